# SPDX-License-Identifier: MIT
"""A second opinion: another benchmark of frame allocators, which this project neither carries nor
needs, tries ours through tests/bench/judge_adapter.cpp."""

import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parent.parent / "qemu"))

from support import NotRun, expect  # noqa: E402  (the path comes first)

FOLDER = Path("../shared/bench")
OUT = Path("build/judge")


def in_its_folder(script, *arguments):
    if not FOLDER.exists():
        raise NotRun(f"no {FOLDER}")
    environment = {**os.environ, "OUT": str(OUT.absolute()), "PROJECT": str(Path().absolute()),
                   "PROJECT_ADAPTER": str(Path("tests/bench/judge_adapter.cpp").absolute())}
    done = subprocess.run([f"./{script}", *arguments], cwd=FOLDER, env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    expect(done.returncode == 0, done.stdout)
    return done.stdout


def test_finds_every_block_right_and_all_memory_whole_again():
    in_its_folder("build.sh", "x86")
    done = subprocess.run([OUT / "x86/b_mine", "check"], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    whole = re.search(r"check ok huge_after_free_all=(\d+)/(\d+) rest_frames=0$", done.stdout, re.M)
    expect(done.returncode == 0 and whole is not None and whole[1] == whole[2], done.stdout)
    return f"{whole[1]} of {whole[2]} blocks of 2 MiB after 300,000 calls"
