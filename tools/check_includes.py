# SPDX-License-Identifier: MIT
"""Checks who includes whom, and with what of the standard library; and that each name which `using`
brings into a source is used there.

    python3 tools/check_includes.py

    base        kernel/*.hpp, kernel/*.cpp      sees base
    kernel/mm                                   sees base
    kernel/arch                                 sees base, kernel/mm
    drivers                                     sees base
    shell                                       sees base, kernel/mm
    boot/, kernel/main.cpp, kernel/start        see everything
    tests                                       see everything
"""

import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)
USING = re.compile(r"^\s*using\s+(?:\w+::)+(\w+);", re.M)
# What another benchmark builds as a single file.
MADE_OF_ONE_FILE = Path("tests/bench/judge_adapter.cpp")
SOURCE_FOLDERS = ("boot", "kernel", "drivers", "shell", "tests")
LAYERS = {
    "base": {"base"},
    "kernel/mm": {"base", "kernel/mm"},
    "kernel/arch": {"base", "kernel/mm", "kernel/arch"},
    "drivers": {"base", "drivers"},
    "shell": {"base", "kernel/mm", "shell"},
}
SEES_EVERYTHING = {"boot", "tests", "main", "kernel/start"}
# With -ffreestanding every header of this library compiles; these are those that need no library.
FREESTANDING = set(
    "algorithm array atomic bit charconv compare concepts cstddef cstdint limits new optional span "
    "string_view type_traits utility".split())


def sources(folders=SOURCE_FOLDERS):
    """Every C++ file of the project."""
    for folder in folders:
        yield from sorted(path for pattern in ("*.cpp", "*.hpp") for path in Path(folder).rglob(pattern))


def layer(path):
    """The layer a file belongs to."""
    parts = Path(path).parts
    if str(path) == "kernel/main.cpp":
        return "main"
    if parts[0] == "kernel":
        return "base" if len(parts) == 2 else "/".join(parts[:2])
    return parts[0]


def includes(path):
    """(line number, project file or None, standard header or None) for each #include."""
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start(1 if match[1] else 2)) + 1, match[1], match[2]


def findings_in(path):
    mine = layer(path)
    for line, project, standard in includes(path):
        where = f"{path}:{line}"
        if project is not None:
            if not Path(project).exists():
                yield f'{where}: "{project}" is no file, counted from the root'
            elif project.endswith(".cpp") and path != MADE_OF_ONE_FILE:
                yield f"{where}: {project} is a source, and nobody includes those"
            elif mine not in SEES_EVERYTHING and layer(project) not in LAYERS[mine]:
                yield f"{where}: {mine} must not know {layer(project)}: {project}"
        elif mine != "tests" and standard not in FREESTANDING:
            yield f"{where}: <{standard}> is not among the headers that need no library"


def unused_names_in(path):
    """Of a source: a header may bring in names for others."""
    if path.suffix == ".hpp":
        return
    text = path.read_text(encoding="utf-8")
    rest = USING.sub("", text)
    for match in USING.finditer(text):
        if not re.search(rf"\b{match[1]}\b", rest):
            yield f"{path}:{text.count(chr(10), 0, match.start(1)) + 1}: nothing here uses {match[1]}"


def main():
    files = list(sources())
    findings = [finding for path in files for finding in (*findings_in(path), *unused_names_in(path))]
    print("\n".join(findings) or f"{len(files)} files include only what their layer may know")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
