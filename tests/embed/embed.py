# SPDX-License-Identifier: MIT
"""Lifts kernel/mm out of the kernel, as somebody who writes another one would."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from check_includes import includes
from support import expect

PROGRAM = Path("tests/embed/main.cpp")


def lifted_files():
    """kernel/mm and the base headers it names, directly or through one another. kernel/format.cpp
    comes with its header: it prints what is wrong with a frame."""
    found = sorted(Path("kernel/mm").rglob("*.[ch]pp"))
    for path in found:  # The list grows as it is read.
        for _, project, _ in includes(path):
            if project is not None and Path(project) not in found:
                found.append(Path(project))
                if project == "kernel/format.hpp":
                    found.append(Path("kernel/format.cpp"))
    return found


def run(command, folder):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    expect(done.returncode == 0, f"`{' '.join(command)}` gave {done.returncode}:\n{done.stdout}")
    return done.stdout.strip()


def test_builds_and_runs_in_an_empty_folder():
    files = lifted_files()
    expect(all(path.parts[0] == "kernel" and path.parts[1] in {"mm", path.name} for path in files),
           f"kernel/mm needs base headers only: {files}")
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            (Path(folder) / path.parent).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, Path(folder) / path)
        shutil.copy(PROGRAM, folder)
        units = [str(path) for path in files if path.suffix == ".cpp"]
        run(["g++", "-std=c++20", "-I.", "-o", "embedded", PROGRAM.name, *units], folder)
        said = run(["./embedded"], folder)
    return f"{len(files)} files, {said}"
