# SPDX-License-Identifier: MIT
"""Sources that are compiled together: none is left out, and none is in another one's way."""

import re
import tempfile
from collections import Counter
from pathlib import Path

import jumbo
from support import expect, expect_equal

APART = {"tests/main.cpp", "tests/support/broken_promise.cpp"}
FOLDERS = ("tests", "tests/support", "tests/arch", "tests/mm", "tests/mm/*", "tests/drivers", "tests/shell")


def test_every_unit_test_is_compiled_once():
    compiled = Counter(name for path in Path("build/jumbo").glob("*.cpp")
                       for name in re.findall(r'^#include "(.*)"$', path.read_text(), re.M))
    there = {str(path) for folder in FOLDERS for path in Path(".").glob(f"{folder}/*.cpp")} - APART
    expect_equal(there, {name for name in compiled if name.startswith("tests/")}, "tests that are compiled")
    expect_equal([], [name for name, times in compiled.items() if times > 1], "what is compiled twice")
    return f"{len(compiled)} sources"


def batches_of(*texts, header="int counted;\n"):
    """The numbers of the texts that come together, in files that have these texts."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "used.hpp").write_text(f"namespace mm {{\n{header}}}  // namespace mm\n")
        paths = [Path(folder, f"{number}.cpp") for number in range(len(texts))]
        for path, text in zip(paths, texts):
            path.write_text(text.replace("HEADER", f'#include "{folder}/used.hpp"'))
        return [[paths.index(path) for path in batch] for batch in jumbo.batches(paths)]


def test_what_would_clash_is_apart():
    for name, declared in (("kPage", "constexpr int kPage = 4;"), ("take", "void take(int) {}"),
                           ("Model", "struct Model {"), ("Rule", "using Rule = int;")):
        one = f"namespace {{\n{declared}\n}}  // namespace\n"
        expect_equal([[0, 2], [1]], batches_of(one, one, "int other() {\n"), f"who has {name}")
    expect_equal([[0, 1]], batches_of("using mm::Order;\n", "using mm::Order;\n"), "the same of another")
    expect_equal([[0], [1]], batches_of("using mm::Order;\n", "using test::Order;\n"), "different ones")
    expect_equal([[0, 1]], batches_of("    int local = 1;\n", "    int local = 1;\n"), "what is local")
    hides = "namespace mm {\nnamespace {\nconstexpr int kWide = 1;\n}  // namespace\n}  // namespace mm\n"
    expect_equal([[0], [1]], batches_of("HEADER\n", hides, header="constexpr int kWide = 2;\n"),
                 "a name of a header that only the other knows")
    expect_equal([[0, 1]], batches_of("HEADER\n", hides), "no name of that header")


def test_a_group_has_an_end():
    expect_equal([jumbo.TOGETHER, 1], [len(batch) for batch in batches_of(*["\n"] * (jumbo.TOGETHER + 1))],
                 "how many come together")
