# SPDX-License-Identifier: MIT
"""What all that plant bugs have in common: a bug is pieces of text in a file, and what replaces them.
"""

import concurrent.futures
import shutil
import subprocess
from pathlib import Path

AT_A_TIME = 2


class Failure(Exception):
    """What went wrong, in words."""


def changed(file, *change):
    """The text of `file` with old text, which is there exactly once, and new text in turn."""
    text = Path(file).read_text(encoding="utf-8")
    for old, new in zip(change[::2], change[1::2]):
        if text.count(old) != 1:
            raise Failure(f"`{old}` is {text.count(old)} times in {file}, not once")
        text = text.replace(old, new)
    return text


def plant(copy, file, *change, folders=(), leave_out=()):
    """In the new folder `copy`: what is in `folders`, and `file` with the bug in it."""
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for folder in folders:
        shutil.copytree(folder, copy / folder, ignore=shutil.ignore_patterns(*leave_out))
    if file:
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        (copy / file).write_text(changed(file, *change), encoding="utf-8")
    return copy


def try_all(title, try_one, bugs):
    """Prints what `try_one` says of each bug, (passed, line), and how many passed. The exit status: 0
    only if all did, and there is one."""

    def attempt(bug):
        try:
            return try_one(bug)
        except (Failure, subprocess.TimeoutExpired) as failure:
            return False, f"FAILED: {failure}"

    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        results = list(pool.map(attempt, bugs))
    for bug, (_, line) in zip(bugs, results):
        print(f"planted {bug[0]}: {line}")
    passed = sum(1 for result, _ in results if result)
    print(f"{title}: {passed} passed, {len(results) - passed} failed")
    return 0 if results and passed == len(results) else 1
