"""Samples of what a running Python program does: py-spy, stacks of its main thread only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .places import MissingError
from .stations import Stack

RATE = 200
"""Samples a second. The program stands still for each, and what fills its sockets meanwhile makes
its batches larger: more often would be more exact about something else."""
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
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "RUST_BACKTRACE": "0"},
        ) as sampler:
            try:
                yield stacks
                _, words = sampler.communicate(timeout=seconds + STOP_SECONDS)
            except subprocess.TimeoutExpired:
                raise MissingError("py-spy does not end") from None
            finally:
                sampler.kill()
        if sampler.returncode != 0:
            raise MissingError(f"py-spy failed: {_reason(words)}")
        stacks.update(parse(output.read_text(), process))
    if not stacks:
        raise MissingError("py-spy has not seen its main thread at work")


def parse(text: str, process: int) -> Counter[Stack]:
    """The stacks of a process's main thread in py-spy's raw format, the thread itself left away."""
    stacks: Counter[Stack] = Counter()
    for line in text.splitlines():
        frames, _, samples = line.rpartition(" ")
        thread, *stack = frames.split(";")
        if thread.partition(":")[0] == f"thread ({process})":
            stacks[tuple(stack)] += int(samples)
    return stacks


def _reason(words: str) -> str:
    """What it says first, beside how it goes."""
    lines = [line for line in words.splitlines() if line and not line.startswith("py-spy>")]
    return lines[0].removeprefix("Error: ") if lines else "it says nothing"


def program() -> Path:
    """Py-spy; raises ``MissingError`` where there is none."""
    beside = Path(sys.executable).with_name("py-spy")
    found = str(beside) if beside.exists() else shutil.which("py-spy")
    if found is None:
        raise MissingError("py-spy is not installed: pip install py-spy")
    return Path(found)
