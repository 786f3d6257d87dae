"""One setting of the C library that matters for large bodies."""

from __future__ import annotations

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT = 64 * 2**20


def keep_freed_memory() -> bool:
    """Let this process keep up to 64 MiB of freed memory instead of giving it back at once.

    glibc returns large blocks to the system with every ``free``; for bodies of a megabyte the page
    faults that follow cost more than handling them. It is for programs that are hosts, like
    ``wasi-messaging run``; a program that embeds one may have other wishes.

    Returns:
        Whether the C library knows the setting.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_TRIM_THRESHOLD, _KEPT) and mallopt(_M_MMAP_THRESHOLD, _KEPT // 2))
