"""Dates in the names of files, for those that hold none."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

__all__ = ["date_in_name"]

_DAY = re.compile(r"(?<!\d)(\d{4})[-_]?(\d{2})[-_]?(\d{2})(?!\d)")
_MONTH = re.compile(r"(?<!\d)(\d{4})[-_]?(\d{2})(?!\d)")


def date_in_name(name: str | Path) -> np.datetime64:
    """Find the date in the name of a file.

    Parameters
    ----------
    name : str or Path
        With ``YYYYMMDD`` (also ``YYYY-MM-DD``) or ``YYYYMM`` in it, whose 15th is taken.

    Returns
    -------
    datetime64[D]
        NaT where the name has no date; a day that does not exist is none.

    Examples
    --------
    >>> date_in_name("thetao_20240229.nc"), date_in_name("so_202311.nc"), date_in_name("a.nc")
    (np.datetime64('2024-02-29'), np.datetime64('2023-11-15'), np.datetime64('NaT','D'))
    """
    stem = Path(name).name
    texts = ["-".join(found) for found in _DAY.findall(stem)]
    texts += ["-".join((*found, "15")) for found in _MONTH.findall(stem)]
    for text in texts:
        try:
            return np.datetime64(text, "D")
        except ValueError:
            continue
    return np.datetime64("NaT", "D")
