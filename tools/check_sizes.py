# SPDX-License-Identifier: MIT
"""Checks that files stay small, say under what licence they are, and are merged to the end.

    python3 tools/check_sizes.py
"""

import statistics
import subprocess
import sys
from pathlib import Path

LONGEST_FILE = 400
LONGEST_MEDIAN = 120
SUFFIXES = {".cpp", ".hpp", ".S", ".ld", ".py", ".sh", ".awk", ".dts"}
TEXTS = {".md", ".txt"}
CONFLICT = ("<<<<<<< ", ">>>>>>> ")
LICENCE = "SPDX-License-Identifier: MIT"


def main():
    listing = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                             capture_output=True, text=True, check=True).stdout.splitlines()
    lengths = {}
    findings = []
    for path in filter(lambda name: Path(name).suffix in SUFFIXES | TEXTS and Path(name).exists(),
                       listing):
        findings += [f"{path}:{number}: a conflict was left there" for number, line
                     in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1)
                     if line.startswith(CONFLICT)]
    for path in filter(lambda name: Path(name).suffix in SUFFIXES and Path(name).exists(), listing):
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        lengths[path] = len(lines)
        if len(lines) > LONGEST_FILE:
            findings.append(f"{path}: {len(lines)} lines, and {LONGEST_FILE} is the limit")
        if not any(LICENCE in line for line in lines[:3]):
            findings.append(f"{path}: its head does not say `{LICENCE}`")
    median = statistics.median(lengths.values())
    if median > LONGEST_MEDIAN:
        findings.append(f"the median file has {median:g} lines, and {LONGEST_MEDIAN} is the limit")
    longest = max(lengths, key=lengths.get)
    print("\n".join(findings) or f"{len(lengths)} files, median {median:g} lines, the longest is "
          f"{longest} with {lengths[longest]}")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
