# SPDX-License-Identifier: MIT
"""Measures what the boot and the serial line cost, in QEMU.

    python3 tools/bench.py

Instructions are exact, and the same on every machine; seconds are this machine's.
"""

import sys
import time
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parent.parent / "tests" / "qemu"))

from budget import instructions_to_the_prompt  # noqa: E402  (the path comes first)
from check_image import IMAGE  # noqa: E402
from pasted import KIB, lines_of  # noqa: E402
from support import PI3_DOWNSTREAM, PI3_UPSTREAM, NotRun, booted, tree  # noqa: E402


def show(what, value, unit):
    print(f"{what:44} {value:>12,} {unit}", flush=True)


def boot_instructions():
    show("boot to the prompt, without a tree", instructions_to_the_prompt(), "instructions")
    for name in (PI3_DOWNSTREAM, PI3_UPSTREAM):
        try:
            count = instructions_to_the_prompt(dtb=tree(name))
            show(f"boot to the prompt, {name}", count, "instructions")
        except NotRun as reason:
            print(f"boot to the prompt, {name}: not measured: {reason}")


def milliseconds(action):
    start = time.monotonic()
    action()
    return round(1000 * (time.monotonic() - start))


def main():
    show("size of the image", IMAGE.stat().st_size, "bytes")
    boot_instructions()
    show("QEMU's start to the prompt", milliseconds(lambda: booted().close()), "ms")
    lines = lines_of(64 * KIB)
    with booted() as machine:
        show(f"64 KiB pasted, {len(lines)} commands",
             milliseconds(lambda: machine.commands(lines)), "ms")


if __name__ == "__main__":
    main()
