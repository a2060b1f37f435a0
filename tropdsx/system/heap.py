"""Set how the C library gives memory to threads."""

from __future__ import annotations

import ctypes

__all__ = ["share_one_heap"]

M_ARENA_MAX = -8  # glibc's malloc.h


def share_one_heap() -> bool:
    """Let the threads of this process share one heap, until it ends.

    That is for a command to do and not for a library, whose caller may want it otherwise.
    glibc gives each thread a heap of its own, and each keeps what its largest field needed. With
    large fields in few threads one heap holds 150 MB less and is no slower.

    Returns
    -------
    bool
        Whether the C library did it; others than glibc do not, and need not.

    Examples
    --------
    >>> isinstance(share_one_heap(), bool)
    True
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1))
    except (AttributeError, OSError, TypeError):
        return False
