# SPDX-License-Identifier: MIT
"""Feeds bytes to what must withstand any: the shell, the device tree reader, the allocators, the
mailbox driver.

    python3 tests/fuzz/fuzz.py TARGET [RUNS]

runs one target for long, and keeps what reached something new in build/fuzz/new/TARGET. As a test,
each target goes through its corpus and a bounded number of changed inputs, always the same ones; in
CI it goes on for a bounded time. The programs are libFuzzer's, built by `make`.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

for folder in ("qemu", "../tools"):
    sys.path.insert(1, str(Path(__file__).parent.parent / folder))

from support import DEPTH, expect  # noqa: E402  (the path comes first)

BUILD = Path("build/fuzz")
CORPUS = Path("tests/fuzz/corpus")
FINDINGS = BUILD / "findings"
COMMAND_TABLE = Path("shell/command_table.cpp")
SEED = 1
SECONDS_IN_CI = 8
# The longest input that is tried: a line and a bit, a tree with all that the kernel looks for.
LONGEST = {"shell": 1500, "tree": 4096, "trace": 1000, "mailbox": 400}
EVERYDAY_RUNS = {"shell": 20_000, "tree": 10_000, "trace": 10_000, "mailbox": 20_000}
CORPUS_LIMIT = 300 * 1024

WORDS = """-p -b -h -w -x -z -n -t -a -@ early late --json all on off #1 #2 $? ; // ' 0x K M G .. 0x00200000
0x03ffffff 0x04800000 0x06200000 0x0bffffff 0xffffffff80200000 0xffffffff90001000 /soc""".split()
KEYS = [r"\xff\x01", r"\x1b[A", r"\x1b[D", r"\x09", r"\x15", r"\x03", r"\x0d", r"\""]


def dictionary(target):
    """Words that are not found by chance: those that the shell knows."""
    if target != "shell":
        return []
    commands = re.findall(r'\.name = "([a-z?]+)"', COMMAND_TABLE.read_text(), re.M)
    expect(len(commands) > 30, f"{COMMAND_TABLE} has the shell's commands")
    path = BUILD / "shell.dictionary"
    path.write_text("".join(f'"{word}"\n' for word in [*commands, *WORDS, *KEYS]))
    return [f"-dict={path}"]


def command(target, options, folders):
    FINDINGS.mkdir(parents=True, exist_ok=True)
    return [str(BUILD / f"{target}_target"), f"-max_len={LONGEST[target]}", "-entropic=0",
            f"-artifact_prefix={FINDINGS}/{target}-", "-timeout=20", *dictionary(target), *options,
            *map(str, folders), str(CORPUS / target)]


def finding(output):
    """What libFuzzer says of the input that broke something, and how to see it again."""
    words = [line for line in output.splitlines()
             if re.match(r"broken:|.*runtime error:|.*ERROR:|  what\(\)|SUMMARY|Test unit", line)]
    written = re.search(r"Test unit written to (\S*/(\w+)-\S+)", output)
    again = f"again: {BUILD}/{written[2]}_target {written[1]}" if written else output[-2000:]
    return "\n".join([*words, again])


def fuzz(target):
    limit = [f"-runs={EVERYDAY_RUNS[target]}"] if DEPTH == "everyday" else \
        [f"-max_total_time={SECONDS_IN_CI}"]
    with tempfile.TemporaryDirectory() as new:
        done = subprocess.run(command(target, [f"-seed={SEED}", *limit], [new]), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              errors="replace")
    expect(done.returncode == 0, finding(done.stdout))
    runs = re.search(r"^Done (\d+) runs in (\d+) second", done.stdout, re.M)
    expect(runs is not None, f"libFuzzer says how many runs there were:\n{done.stdout[-2000:]}")
    inputs = len(list((CORPUS / target).iterdir()))
    expect(int(runs[1]) > inputs > 0, f"{runs[1]} runs, with a corpus of {inputs}")
    return f"{runs[1]} inputs, {inputs} of them from the corpus"


def test_shell():
    return fuzz("shell")


def test_tree():
    return fuzz("tree")


def test_trace():
    return fuzz("trace")


def test_mailbox():
    return fuzz("mailbox")


def test_corpus_stays_small():
    size = sum(path.stat().st_size for path in CORPUS.glob("*/*"))
    expect(size <= CORPUS_LIMIT, f"the corpus has {size} bytes; make it smaller with -merge=1")
    return f"{size} bytes"


def main(target, runs="2000000"):
    if target not in LONGEST:
        print(f"usage: make fuzz TARGET={'|'.join(LONGEST)} [RUNS=n]", file=sys.stderr)
        return 1
    new = BUILD / "new" / target
    new.mkdir(parents=True, exist_ok=True)
    options = [f"-runs={runs}", "-print_final_stats=1"]
    return subprocess.run(command(target, options, [new]), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*(sys.argv[1:] or [""])))
