# SPDX-License-Identifier: MIT
"""Sources that are compiled together: most of a compiler's time goes into the headers, and into the
functions in them, which this does once for many files.

    python3 tools/jumbo.py FOLDER FILE...

Writes FOLDER/<kind>_<number>.cpp, each of which includes some of the files, and FOLDER/jumbo.mk, which
lists them for make. Neighbours come together; not so two files that give one name to something of
their own. What has not changed keeps its date.
"""

import functools
import re
import sys
from pathlib import Path

from check_includes import includes

# What a kind is compiled with may differ from another's.
KINDS = ("kernel/mm/", "kernel/arch/", "kernel/", "drivers/", "shell/", "tests/support/", "tests/")
TOGETHER = 10
NAMESPACE = re.compile(r"^(?:namespace ([\w:]+) \{|\}  // namespace \w.*)$", re.M)
# What stands at the beginning of a line is declared for the whole file.
IMPORTED = re.compile(r"^using (?!namespace)([\w:]+)::(\w+);", re.M)
DECLARED = (re.compile(r"^using (\w+) =", re.M),
            re.compile(r"^(?:template <.*> )?(?:struct|class|union|enum|enum class|concept)\s+(\w+)", re.M),
            # A function, a variable: the last word in front of what begins its parameters or its value.
            re.compile(r"^(?=\w)(?!using|namespace|TEST|static_assert)[\w:<>,*&\[\]\" ]*?(?<![:~\w])(\w+)(?:\[\w*\])*(?=[({;]| =)", re.M))


@functools.cache
def included(path):
    """(files of the project, other headers) that it includes itself."""
    found = list(includes(path))
    return ({Path(project) for _, project, _ in found if project is not None and Path(project).exists()},
            {name for _, project, name in found if project is None})


@functools.cache
def files_behind(path):
    """The file and every header of the project that it includes, also through others."""
    found = {path}
    waiting = [path]
    while waiting:
        new = included(waiting.pop())[0] - found
        found |= new
        waiting += new
    return sorted(found)


@functools.cache
def library_of(path):
    """The headers that are not the project's, here or in what it includes."""
    return set().union(*(included(file)[1] for file in files_behind(path)))


def including(batch):
    """The text of a file that includes all of the batch. A test framework defines `new` anew: what uses it comes
    last, and before all of them the library's headers."""
    library = {path: library_of(path) for path in batch}
    framework = {path for path in batch if any("CppUTest" in name for name in library[path])}
    lines = [f"#include <{name}>" for name in sorted(set().union(*library.values())) if "CppUTest" not in name]
    lines += [f'#include "{path}"' for path in sorted(batch, key=lambda path: path in framework)]
    return "\n".join(lines) + "\n"


class Names:
    """What a file declares, and the headers behind it."""

    def __init__(self, path):
        text = path.read_text(encoding="utf-8")
        # What each stands for: of what `using` brings in, its namespace; else something of its own.
        self.own = {match[2]: match[1] for match in IMPORTED.finditer(text)}
        self.scoped = set()
        parts = NAMESPACE.split(text)
        for scope, part in zip([None, *parts[1::2]], parts[::2]):
            declared = {match[1] for pattern in DECLARED for match in pattern.finditer(part)}
            self.scoped |= {(scope, name) for name in declared}
            self.own.update((name, None) for name in declared)
        self.headers = set(files_behind(path)) - {path}

    def hides_from(self, other):
        """True if a header of the other has a name of ours in the same namespace."""
        return any(self.scoped & names_in(header).scoped for header in other.headers - self.headers)

    def clashes(self, other):
        common = self.own.keys() & other.own.keys()
        return (any(self.own[name] is None or self.own[name] != other.own[name] for name in common) or
                self.hides_from(other) or other.hides_from(self))


@functools.cache
def names_in(path):
    return Names(path)


def batches(files, together=TOGETHER):
    """Lists of at most so many files."""
    found = []
    for path in files:
        for batch in found:
            if len(batch) < together and not any(names_in(path).clashes(names_in(other)) for other in batch):
                batch.append(path)
                break
        else:
            found.append([path])
    return found


def write(path, text):
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def main(folder, names):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    kinds = {}
    for name in names:
        kind = next(kind for kind in KINDS if name.startswith(kind))
        kinds.setdefault(kind, []).append(Path(name))
    written = []
    for kind, files in kinds.items():
        for number, batch in enumerate(batches(files)):
            file = folder / f"{kind.strip('/').replace('/', '_')}_{number}.cpp"
            write(file, including(batch))
            written.append(file)
    for old in set(folder.glob("*.cpp")) - set(written):
        old.unlink()
    # This one is new whenever it was asked for, or make would ask again.
    (folder / "jumbo.mk").write_text("JUMBO := " + " ".join(map(str, written)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
