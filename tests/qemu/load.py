# SPDX-License-Identifier: MIT
"""`load` receives another kernel over the line, from the senders of lrzsz and from our own, and runs
it as the loader has run this one. What is wrong with a file or a transfer is refused.

build/landing.img is a kernel of 5 KiB that tells how it was started, and then resets the machine."""

import re
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from qemu import DEFAULT_KERNEL
from support import (PI3_UPSTREAM, booted, everyday_or, expect, expect_equal, expect_failure,
                     expect_success, tree, zones)
from ymodem import Sender, TransferError

LANDING = "build/landing.img"
YMODEM, XMODEM = ("sb", "-k"), ("sx", "-k")
LONGEST_SECONDS = 120
TREE_MAGIC = 0xd00dfeed


def restarting(**options):
    """A machine at its prompt, whose line is a terminal. A reset starts it anew."""
    return booted(terminal=True, extra=["-action", "reboot=reset"], **options)


def invited(machine):
    """Types `load`, which takes what is sent from now on."""
    machine.send("load\r")
    machine.wait_for("gives up\r\n")


def send(machine, path, program=YMODEM):
    """Has a program of lrzsz send a file; returns what the kernel said afterwards, so far."""
    invited(machine)
    with open(machine.terminal, "r+b", buffering=0) as line:
        done = subprocess.run([*program, str(path)], stdin=line, stdout=line, check=False,
                              stderr=subprocess.PIPE, timeout=LONGEST_SECONDS)
    expect_equal(0, done.returncode, f"the status of {program}: {done.stderr[-300:]}")


class Line:
    """The machine's line for our own sender."""

    def __init__(self, machine):
        self._machine = machine

    def read(self, seconds):
        return self._machine.read_some(seconds)

    def write(self, data):
        self._machine.send(data)


class DamagingSender(Sender):
    """Spoils the bytes of so many deliveries, from the second block on."""

    def __init__(self, line, damaged):
        super().__init__(line)
        self._damaged = damaged
        self._blocks = 0

    def _once(self, words):
        self._blocks += 1
        if self._blocks > 2 and self._damaged:
            self._damaged -= 1
            words = words[:100] + bytes([words[100] ^ 4]) + words[101:]
        return super()._once(words)


def header_of(image, text_offset=0x80000, image_size=0x40000, magic=b"ARM\x64"):
    """The image with another header."""
    return (image[:8] + struct.pack("<QQ", text_offset, image_size) + image[24:56] + magic +
            image[60:])


def expect_landed(machine, place=0x80000, level=2, magic=None):
    """What the landing kernel says is what a loader promises."""
    said = machine.wait_for(r"landed: that is all\r\n")
    lines = re.findall(r"^landed: (core .*)$", said, re.M)
    expect_equal([f"core {core}: el {level} sctlr 0 daif f rest 0" for core in range(4)],
                 [line.split(" at ")[0] for line in lines], f"how the cores came:\n{said}")
    found = re.search(r" at (\w+) tree (\w+) magic (\w+) (\w+)$", lines[0])
    at = int(found[2], 16)
    expect_equal(place, int(found[1], 16), "where it runs")
    expect_equal("whole", found[4], "what arrived")
    expect_equal(magic or 0, int.from_bytes(int(found[3], 16).to_bytes(4, "little"), "big"),
                 f"what x0 = {at:#x} points to")
    expect(at % 8 == 0 and not place <= at < place + 0x40000, f"the tree's place, {at:#x}")


def test_another_kernel_is_started_as_this_one_was():
    """How it came, tries with each sender by turns: 20 of 20 in CI."""
    machines = [({}, {}), ({"machine": "virt-el2"}, {"place": 0x4008_0000, "magic": TREE_MAGIC}),
                ({"machine": "virt"}, {"place": 0x4008_0000, "level": 1, "magic": TREE_MAGIC}),
                ({"dtb": tree(PI3_UPSTREAM)}, {"magic": TREE_MAGIC})]
    tries = 0
    for options, expected in machines[:everyday_or(2, 4)]:
        with restarting(**options) as machine:
            for number in range(everyday_or(1, 5)):
                send(machine, LANDING, (YMODEM, XMODEM)[number % 2])
                expect_landed(machine, **expected)
                machine.wait_for_prompt()
                tries += 1
    return f"{tries} of {tries} tries"


def boot_facts(text):
    """What a boot says but for what time it is and where the tree was."""
    return re.sub(r"x0 = 0x\w+|at 0x\w+|ready .*", "", text.strip())


def test_a_loaded_kernel_loads_the_next_one():
    with restarting(dtb=tree(PI3_UPSTREAM)) as machine:
        first, before = machine.boot_text, zones(machine)
        for program in everyday_or([YMODEM], [YMODEM, XMODEM]):
            start = time.monotonic()
            send(machine, DEFAULT_KERNEL, program)
            seconds = time.monotonic() - start
            said = machine.wait_for_prompt().split("\n", 2)
            expect_equal(boot_facts(first), boot_facts(said[2]), "what the loaded kernel says")
            expect("cores   4 of 4 run\n" in said[2], f"all cores run:\n{said[2]}")
            expect_equal(before, zones(machine), "the zones of the loaded kernel")
            for line in ("mmu audit", "verify", "on 3 verify", "selftest"):
                expect_success(machine, line)
        send(machine, LANDING)
        expect_landed(machine, magic=TREE_MAGIC)
    return f"{Path(DEFAULT_KERNEL).stat().st_size / 1024 / seconds:.0f} KiB/s"


def test_what_is_no_kernel_is_refused():
    image = Path(LANDING).read_bytes()
    wrong = [(header_of(image, magic=b"ARM\x65"), "not a kernel: no arm64 Image header"),
             (b"just some words\n", "not a kernel: no arm64 Image header"),
             (header_of(image, image_size=4096), "longer than its header says"),
             (header_of(image, image_size=1 << 60), "its header makes no sense"),
             (header_of(image, image_size=1 << 29), "no room where it belongs")]
    with restarting() as machine:
        before = zones(machine)
        for content, reason in wrong:
            invited(machine)
            Sender(Line(machine)).send("wrong", content)
            said = machine.wait_for_prompt()
            expect(f"error: load: {reason}" in said, f"it says `{reason}`:\n{said}")
            expect_equal(before, zones(machine), f"the zones after `{reason}`")
        invited(machine)
        Sender(Line(machine)).send("moved", header_of(image, text_offset=0))
        expect_landed(machine, place=0x200000)


def test_what_is_wrong_on_the_way_is_asked_for_again_or_refused():
    image = Path(LANDING).read_bytes()
    with restarting() as machine:
        before = zones(machine)
        invited(machine)
        sender = DamagingSender(Line(machine), damaged=1000)
        try:
            sender.send("kernel", image)
            raise AssertionError("damaged blocks were taken")
        except TransferError:
            said = sender.rest().decode()
        if "beryl> " not in said:
            said += machine.wait_for_prompt()
        expect("error: load: what comes is damaged" in said, f"it says so:\n{said}")
        expect_equal(before, zones(machine), "the zones after a transfer with wrong checksums")

        invited(machine)
        machine.send("\x18\x18poweroff\r")
        expect("error: load: the sender gave up" in machine.wait_for_prompt(), "it says so")
        invited(machine)
        machine.send("\x03")
        expect("error: load: stopped by Ctrl-C" in machine.wait_for_prompt(), "it says so")
        expect_failure(machine, "on 1 load", "only for the core that booted")
        expect_equal(before, zones(machine), "the zones after what never began")

        invited(machine)
        DamagingSender(Line(machine), damaged=3).send("kernel", image)
        expect_landed(machine)


def test_a_transfer_that_is_cut_ends_in_time():
    with restarting() as machine:
        before = zones(machine)
        invited(machine)
        with open(machine.terminal, "r+b", buffering=0) as line, \
                subprocess.Popen([*YMODEM, DEFAULT_KERNEL], stdin=line, stdout=line,
                                 stderr=subprocess.PIPE) as sender:
            told = b""
            while not re.search(rb"sent: *[1-9]\d", told):
                told += sender.stderr.read(1)
            sender.kill()
        start = time.monotonic()
        said = machine.wait_for_prompt(20)
        expect("error: load: no sender answers" in said, f"it says so:\n{said}")
        expect_equal(before, zones(machine), "the zones afterwards")
        send(machine, LANDING)
        expect_landed(machine)
    return f"it took {time.monotonic() - start:.0f} s"


def run_tool(name, *arguments, keys=b""):
    """(status, what it printed)"""
    done = subprocess.run(["python3", f"tools/{name}.py", *arguments], input=keys, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LONGEST_SECONDS)
    return done.returncode, done.stdout.decode(errors="replace").replace("\r", "\n")


def test_make_send_sends_and_shows_the_boot():
    with restarting() as machine, tempfile.NamedTemporaryFile() as file:
        machine.send("echo never ended")
        status, said = run_tool("send", machine.terminal, LANDING)
        expect_equal(0, status, f"the status:\n{said}")
        for words in ("5 of 5 KiB, 100 %", "landed: that is all", "ready "):
            expect(words in said, f"it shows `{words}`:\n{said}")
        Path(file.name).write_bytes(bytes(5 << 20))
        status, said = run_tool("send", machine.terminal, file.name)
        expect(status == 1 and "error: load: the file is too large" in said, f"it says so:\n{said}")
        Path(file.name).write_bytes(b"no kernel")
        status, said = run_tool("send", machine.terminal, file.name)
        expect_equal(1, status, f"the status for what is no kernel:\n{said}")
        expect("error: load: not a kernel" in said, f"it shows why:\n{said}")


def test_make_term_is_a_terminal():
    with restarting() as machine, \
            subprocess.Popen(["python3", "tools/term.py", machine.terminal], bufsize=0,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE) as term:
        term.stdin.write(b"echo a\x1d\x1db\x1dc\r")
        said = b""
        # To the prompt, too: what it does not read is left on the line for the next to come.
        while b"\nabc\r\nberyl> " not in said:
            said += term.stdout.read(1)
        term.stdin.write(b"\x1dxecho no\r")
        expect_equal(0, term.wait(10), "the status")
        expect_equal("still here\n", machine.command("echo still here"), "and nothing else was typed")


def test_lines_that_cannot_be_used_are_explained():
    with restarting() as machine:
        for path, words in (("/dev/ttyNONE", "no such device"), ("Makefile", "not a serial line"),
                            ("", "DEV names no device")):
            for tool in ("send", "term"):
                status, said = run_tool(tool, path, LANDING)
                expect(status == 1 and words in said, f"`{words}` for {path}: {status}\n{said}")
        with subprocess.Popen(["python3", "tools/term.py", machine.terminal], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            expect("leaves" in other.stdout.readline(), "the other one has the line")
            status, said = run_tool("send", machine.terminal, LANDING)
            expect(status == 1 and "busy" in said, f"it is busy: {status}\n{said}")
            other.communicate("\x1dx", timeout=10)
