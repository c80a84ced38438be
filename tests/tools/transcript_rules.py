# SPDX-License-Identifier: MIT
"""The transcripts' own runner: what it accepts, and what it must not."""

import tempfile

from support import expect, expect_equal
from transcript import Bindings, Mismatch, cores_needed, replay


class Recorded:
    """A machine that gives fixed answers and remembers what was typed. Its tables are in order."""

    def __init__(self, boot, *answers, audit="0 rules broken\n"):
        self.boot = boot
        self.answers = list(answers)
        self.audit = audit
        self.typed = []

    def wait_for_prompt(self):
        return self.boot

    def command(self, line):
        if line == "mmu audit":
            return self.audit
        self.typed.append(line)
        return self.answers.pop(0)


def read_by(reader, text):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(text)
        file.flush()
        return reader(file.name)


def played(text, machine, known=()):
    return read_by(lambda path: replay(path, machine, known), text)


def expect_mismatch(text, machine, words):
    try:
        played(text, machine)
    except Mismatch as difference:
        expect(words in str(difference), f"`{words}` is in the report:\n{difference}")
        return
    raise AssertionError(f"this must not match:\n{text}")


def test_a_number_is_bound_once_and_then_must_be_the_same():
    names = Bindings()
    expect(names.match("#1 {a}..{a+0xfff} late", "#1 0x00200000..0x00200fff late"), "binds")
    expect(names.match("{a}", "0x00200000"), "the same number")
    expect(not names.match("{a}", "0x00201000"), "another number")
    expect(not names.match("{b}..{b+0xfff}", "0x00200000..0x00201fff"), "a sum that is wrong")
    expect_equal("free 0x00201000", names.fill("free {a+0x1000}"), "a sum that is typed")


def test_wildcards_stop_at_what_follows():
    names = Bindings()
    expect(names.match("since {*}: {} ms", "since power-on: 12.5 ms"), "text and a number")
    expect(not names.match("since {*}: {} ms", "since power-on: soon ms"), "no number")
    expect(names.match('{"zones":[{*}],"n":{n}}', '{"zones":[{"a":1}],"n":4}'), "JSON")


def test_prose_is_for_the_reader():
    machine = Recorded("boot\n", "3\n")
    expect_equal(1, played("# What it says.\n#\nberyl> echo 3\n3\n\n# The end.\n", machine), "typed")
    expect_equal(["echo 3"], machine.typed, "typed lines")


def test_lines_that_are_missing_or_too_many_are_found():
    text = "beryl> two\none\ntwo\n"
    expect_mismatch(text, Recorded("", "one\n"), "nothing more")
    expect_mismatch(text, Recorded("", "one\ntwo\nthree\n"), "three")
    expect_mismatch(text, Recorded("", "one\nnone\n"), "none")
    expect_mismatch("Beryl\nberyl> a\n", Recorded("Brass\n", ""), "Brass")


def test_dots_stand_for_any_number_of_lines():
    text = "beryl> all\nfirst\n...\n{x} last\n"
    for answer in ("first\n1 last\n", "first\na\nb\n2 last\n"):
        played(text, Recorded("", answer))
    expect_mismatch(text, Recorded("", "first\na\n"), "last")


def test_places_of_the_machine_are_known():
    machine = Recorded("", "0x40080000 reserved\n")
    text = "beryl> frame {ram+0x80000}\n{ram+0x80000} reserved\n"
    expect_equal(1, played(text, machine, {"ram": "0x40000000"}), "typed")
    expect_equal(["frame 0x40080000"], machine.typed, "typed lines")


def test_what_a_session_needs_is_said_in_its_prose():
    expect_equal(1, read_by(cores_needed, "# Whatever.\nberyl> on 4 uptime\n"), "cores")
    expect_equal(4, read_by(cores_needed, "# On all.\n# Needs 4 cores.\nberyl> a\n"), "cores")


def test_tables_that_break_a_rule_at_the_end_are_found():
    broken = Recorded("", "3\n", audit="error: mmu: a page is both written and executed\n")
    expect_mismatch("beryl> echo 3\n3\n", broken, "break a rule")
