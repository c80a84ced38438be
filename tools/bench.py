# SPDX-License-Identifier: MIT
"""Measures what the allocators cost, side by side, and what the boot and the serial line cost.

    python3 tools/bench.py [--json]

Instructions are exact, and the same on every machine; times are this machine's.
"""

import json
import sys
import time
from pathlib import Path

TESTS = Path(__file__).parent.parent / "tests"
sys.path[1:1] = [str(TESTS / "bench"), str(TESTS / "qemu")]

from budget import instructions_to_the_prompt  # noqa: E402  (the path comes first)
from check_image import IMAGE  # noqa: E402
from pasted import KIB, lines_of  # noqa: E402
from support import PI3_DOWNSTREAM, PI3_UPSTREAM, NotRun, booted, tree  # noqa: E402
from tables import measure, show_all  # noqa: E402


def boot_instructions():
    """(what, value, unit): a text where there is no value."""
    yield "boot to the prompt, without a tree", instructions_to_the_prompt(), "instructions"
    for name in (PI3_DOWNSTREAM, PI3_UPSTREAM):
        what = f"boot to the prompt, {name}"
        try:
            yield what, instructions_to_the_prompt(dtb=tree(name)), "instructions"
        except NotRun as reason:
            yield what, f"not measured: {reason}", ""


def milliseconds(action):
    start = time.monotonic()
    action()
    return round(1000 * (time.monotonic() - start))


def machine():
    """(what, value, unit) of the whole kernel."""
    yield "size of the image", IMAGE.stat().st_size, "bytes"
    yield from boot_instructions()
    yield "QEMU's start to the prompt", milliseconds(lambda: booted().close()), "ms"
    lines = lines_of(64 * KIB)
    with booted() as running:
        yield (f"64 KiB pasted, {len(lines)} commands",
               milliseconds(lambda: running.commands(lines)), "ms")


def main():
    data = measure()
    if "--json" in sys.argv[1:]:
        data["machine"] = [{"what": what, "value": value, "unit": unit}
                           for what, value, unit in machine()]
        print(json.dumps(data))
        return
    show_all(data)
    for what, value, unit in machine():
        print(f"{what:44} {value if isinstance(value, str) else f'{value:,}':>12} {unit}", flush=True)


if __name__ == "__main__":
    main()
