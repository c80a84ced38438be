# SPDX-License-Identifier: MIT
"""What documents show of a session is what the kernel answers, but for its numbers."""

from pathlib import Path

from retype import Document
from support import expect


def expect_current(name):
    document = Document(Path(name))
    differences, _ = document.retype()
    expect(not differences, "\n".join([*differences, "if that is meant: "
                                       f"python3 tools/retype.py --write {name}"]))
    return f"{sum(len(exchanges) for _, exchanges in document.sessions())} answers"


def test_the_tour_of_the_shell():
    return expect_current("docs/shell.md")


def test_what_people_read_first():
    return expect_current("README.md")


def test_the_pages_on_memory():
    return expect_current("docs/memory.md")
