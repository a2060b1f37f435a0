"""Epochs without any value get no file of their own: they are told of together, at the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tropdsx.errors import OutputError, warn

__all__ = ["MOST", "tell_of_empty"]

#: Epochs that are named.
MOST = 8


def tell_of_empty(empty: Mapping[np.datetime64, Path], count: int) -> None:
    """Warn of the epochs that were left out.

    Parameters
    ----------
    empty : mapping of datetime64 to Path
        Epochs without a value, and the files that they would have had.
    count : int
        Epochs in all.

    Raises
    ------
    OutputError
        If all of them are empty.

    Examples
    --------
    >>> tell_of_empty({}, 2)
    >>> tell_of_empty({np.datetime64("2021-01-01T06"): Path("20210101.ztd")}, 1)
    Traceback (most recent call last):
    tropdsx.errors.OutputError: all delays are missing (NaN) at 2021-01-01T06; accepted ...
    """
    if not empty:
        return
    names = [f"{time!s:.16}" for time in empty]
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    at = ", ".join(names[:MOST]) + more
    if len(empty) == count:
        msg = f"all delays are missing (NaN) at {at}; accepted are epochs with values"
        raise OutputError(msg)
    there = [path.name for path in empty.values() if path.exists()]
    old = f"; {', '.join(there[:MOST])} of before stays as it is" if there else ""
    warn(
        f"{len(empty)} of {count} epochs have no value of a delay, and get no file: {at}{old}",
    )
