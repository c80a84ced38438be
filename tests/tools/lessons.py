# SPDX-License-Identifier: MIT
"""Bugs that others have shipped with in how their checks are built and what their tests test."""

import re
from pathlib import Path

from support import expect

KERNEL = ("boot", "drivers", "kernel", "shell")
COMPARED_WITH_ITSELF = re.compile(
    r"\b(?:CHECK_EQUAL|\w+_EQUAL|CHECK_COMPARE)(?:_TEXT)?\(\s*([^,()]+),\s*\1\s*[,)]"
    r"|\bCHECK\(\s*([\w.\[\]>()-]+) == \2\s*\)")
TEST = re.compile(r"^TEST\((\w+, \w+)\) \{\n(.*?)^\}", re.M | re.S)
COMMENT = re.compile(r"//[^\n]*")


def sources(folders):
    for folder in folders:
        yield from sorted(path for path in Path(folder).rglob("*.[ch]pp"))


def conditional_checks(text):
    """What is there in one kind of build only."""
    return re.findall(r"NDEBUG|<cassert>|<assert\.h>|(?<!static_)\bassert\(|^ *#\s*if.*DEBUG",
                      COMMENT.sub("", text), re.M)


def idle_tests(text):
    """Tests that cannot fail, in full or in part."""
    found = [match[0] for match in COMPARED_WITH_ITSELF.finditer(text)]
    for name, body in TEST.findall(text):
        stray = re.search(r"^    return;\n(?=.*\S)", body, re.M | re.S)
        if stray:
            found.append(f"{name}: statements behind a return")
    return found


def test_no_check_is_left_out_of_a_build():
    """Shipped: a double free was noticed in debug builds only."""
    expect(conditional_checks("#ifndef NDEBUG\n  assert(is_free);\n#endif"), "an assert is found")
    expect(not conditional_checks("static_assert(true);  // Not assert()."), "nothing else is")
    files = 0
    for path in sources(KERNEL):
        found = conditional_checks(path.read_text())
        expect(not found, f"{path}: {found}: checks are there in every build; use `require`")
        files += 1
    expect(files > 100, f"{files} files were read")
    return f"{files} files"


def test_no_test_stands_behind_a_return_or_compares_a_value_with_itself():
    """Shipped: 77 lines of test behind a stray return; a value compared with itself."""
    for text in ("TEST(A, B) {\n    return;\n    CHECK(x);\n}\n", "CHECK(list[0] == list[0]);",
                 "UNSIGNED_LONGS_EQUAL(x, x);"):
        expect(idle_tests(text), f"this is found: {text}")
    expect(not idle_tests("TEST(A, B) {\n    if (x) {\n        return;\n    }\n    CHECK(y);\n}\n"
                          "CHECK(a == b);\nCHECK_EQUAL(x, x2);"), "nothing else is")
    tests = 0
    for path in sources(["tests"]):
        text = path.read_text()
        found = idle_tests(text)
        expect(not found, f"{path}: {found}")
        tests += len(TEST.findall(text))
    expect(tests > 400, f"{tests} tests were read")
    return f"{tests} tests"
