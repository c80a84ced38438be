# SPDX-License-Identifier: MIT
"""Runs one function of a Python test file, in a process of its own.

    python3 tools/one_test.py FILE FUNCTION

Prints what the function returns, a fact worth reading, or why it failed. The status is what
tools/run_tests.py counts: 0 passed, 77 not run, 1 failed.
"""

import importlib.util
import sys
import traceback
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parent.parent / "tests" / "qemu"))

from qemu import QemuError  # noqa: E402  (the path comes first)
from support import NotRun  # noqa: E402

NOT_RUN = 77


def main(path, function):
    specification = importlib.util.spec_from_file_location(Path(path).stem, path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    try:
        fact = getattr(module, function)()
    except NotRun as reason:
        print(reason)
        return NOT_RUN
    except (AssertionError, QemuError) as failure:
        # The test's own line says what was being tried.
        frames = [frame for frame in traceback.extract_tb(failure.__traceback__)
                  if Path(frame.filename).name == Path(path).name]
        print(f"{path}:{frames[-1].lineno}: {frames[-1].line}\n{failure}")
        return 1
    print(fact or "")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
