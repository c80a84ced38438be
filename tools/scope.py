# SPDX-License-Identifier: MIT
"""The files whose tests are graded: tools/scope.txt, read.

    python3 tools/scope.py [FILE...]

Prints the lines that include every header among them, for one file that compiles them all.
"""

import sys
from pathlib import Path

PATTERNS = Path("tools/scope.txt")


def scope(only=()):
    """Every file of the scope, or those of them that are named in `only`."""
    files = set()
    for line in PATTERNS.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "not":
            files -= set(Path(".").glob(words[1]))
        else:
            files |= set(Path(".").glob(words[0]))
    strangers = [name for name in only if Path(name) not in files]
    if strangers:
        sys.exit(f"error: {' '.join(strangers)}: not in {PATTERNS}")
    return sorted(files if not only else {Path(name) for name in only})


def main(names):
    print("// Made by tools/scope.py.")
    for path in scope(names):
        if path.suffix == ".hpp":
            print(f'#include "{path}"')


if __name__ == "__main__":
    main(sys.argv[1:])
