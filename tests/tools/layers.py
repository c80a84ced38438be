# SPDX-License-Identifier: MIT
"""The check of the layers finds what it is there to find."""

import os
import tempfile
from pathlib import Path

from check_includes import findings_in
from support import expect

PLANTED = {
    "kernel/base.hpp": (["kernel/other.hpp", "<cstdint>"], ["kernel/mm/zone.hpp", "drivers/uart.hpp",
                                                           "<vector>", "kernel/absent.hpp"]),
    "kernel/mm/zone.hpp": (["kernel/base.hpp"], ["kernel/arch/mmu.hpp", "shell/words.hpp"]),
    "kernel/arch/mmu.hpp": (["kernel/mm/zone.hpp"], ["drivers/uart.hpp"]),
    "drivers/uart.hpp": (["kernel/base.hpp"], ["kernel/mm/zone.hpp", "kernel/arch/mmu.hpp"]),
    "shell/words.hpp": (["kernel/mm/zone.hpp"], ["drivers/uart.hpp", "kernel/arch/mmu.hpp"]),
    "kernel/main.cpp": (["drivers/uart.hpp", "shell/words.hpp", "kernel/arch/mmu.hpp"], ["<map>"]),
}


def include_line(name):
    return f"#include {name}\n" if name.startswith("<") else f'#include "{name}"\n'


def test_each_forbidden_include_is_found_and_no_other():
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for name in [*PLANTED, "kernel/other.hpp"]:
                Path(name).parent.mkdir(parents=True, exist_ok=True)
                Path(name).touch()
            for name, (allowed, forbidden) in PLANTED.items():
                Path(name).write_text("".join(map(include_line, allowed + forbidden)))
                found = list(findings_in(Path(name)))
                expect(len(found) == len(forbidden), f"{name} has {len(forbidden)}, found: {found}")
                for wanted in forbidden:
                    expect(any(wanted in finding for finding in found), f"{name}: {wanted} is found")
        finally:
            os.chdir(here)
