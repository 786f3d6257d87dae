"""Samples of what a running Python program does: py-spy, stacks of its main thread only."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .places import MissingError, last_line
from .stations import Stack

RATE = 200
"""Samples a second. The program stands still for each, while its sockets fill: at 500 it lost a
third of its speed, and shares moved away from the guest; at 200, about a tenth."""
MAIN = "MainThread"
STOP_SECONDS = 10.0


@contextmanager
def sampled(process: int, seconds: int) -> Iterator[Counter[Stack]]:
    """Sample a process from now on; at the end of the block this waits for the last sample.

    Args:
        process: its number.
        seconds: for which samples are taken; those in which it waits do not count.

    Returns:
        what becomes the samples of each stack, when the block has ended.

    Raises:
        MissingError: there is no py-spy, or the system does not let it look.
    """
    stacks: Counter[Stack] = Counter()
    with tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-") as folder:
        output = Path(folder) / "stacks"
        command = [
            *(str(program()), "record", "--pid", str(process), "--threads"),
            *("--rate", str(RATE), "--duration", str(seconds)),
            *("--format", "raw", "--output", str(output)),
        ]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as sampler:
            try:
                yield stacks
                _, words = sampler.communicate(timeout=seconds + STOP_SECONDS)
            except subprocess.TimeoutExpired:
                raise MissingError("py-spy does not end") from None
            finally:
                sampler.kill()
        if sampler.returncode != 0:
            raise MissingError(f"py-spy failed: {last_line(words)}")
        stacks.update(parse(output.read_text()))


def parse(text: str) -> Counter[Stack]:
    """The stacks of the main thread in py-spy's raw format, the thread itself left away."""
    stacks: Counter[Stack] = Counter()
    for line in text.splitlines():
        frames, _, samples = line.rpartition(" ")
        thread, *stack = frames.split(";")
        if thread.endswith(f": {MAIN}"):
            stacks[tuple(stack)] += int(samples)
    return stacks


def program() -> Path:
    """Py-spy; raises ``MissingError`` where there is none."""
    beside = Path(sys.executable).with_name("py-spy")
    found = str(beside) if beside.exists() else shutil.which("py-spy")
    if found is None:
        raise MissingError("py-spy is not installed: pip install py-spy")
    return Path(found)
