"""Which processors may be used by whom."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def alone(process: int, others: Iterable[int]) -> Iterator[None]:
    """Give the main thread of a process a processor, and everybody else the remaining ones.

    A kernel that preempts only at system calls lets a sampler on the same processor in there, and
    nowhere else: what calls the system would seem to take all the time. With one processor there
    is nothing to give.

    Args:
        process: whose main thread it is.
        others: processes that work for it; those that this one starts in the block also count.
    """
    allowed = os.sched_getaffinity(0)
    mine, rest = {min(allowed)}, allowed - {min(allowed)}
    others = (os.getpid(), process, *others)
    if rest:
        _keep_to(rest, others)
        _keep_thread_to(mine, process)
    try:
        yield
    finally:
        _keep_to(allowed, others)


def _keep_to(processors: set[int], processes: Iterable[int]) -> None:
    for process in processes:
        for thread in Path(f"/proc/{process}/task").glob("*"):
            _keep_thread_to(processors, int(thread.name))


def _keep_thread_to(processors: set[int], thread: int) -> None:
    with suppress(ProcessLookupError):  # it has ended meanwhile
        os.sched_setaffinity(thread, processors)
