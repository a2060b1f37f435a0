"""Read the troposphere files (ztd_YYYYDDD_site) of PRIDE PPP-AR."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import xarray as xr

from tropdsx.errors import InputError
from tropdsx.read.series.programs.rows import epochs_of, numbers_of_rows, whole_lines
from tropdsx.read.series.station_series import lay_out, without_impossible
from tropdsx.read.text import read_text

__all__ = ["is_pride", "read_pride"]

_FIRST = re.compile(r"^(\S{4}).{56}STATION\s*\n.{60}POS MODE")
_HEADING = re.compile(r"^\*(.*)$")
_COLUMNS = ["Year", "Mon", "Day", "Hour", "Min", "Sec", "ZDD", "ZWDini", "ZWDcor"]


def is_pride(head: str) -> bool:
    r"""Tell whether a text is a result of PRIDE PPP-AR.

    Parameters
    ----------
    head : str
        The first lines.

    Returns
    -------
    bool
        By the labels of its first two lines.

    Examples
    --------
    >>> is_pride(f"{'abpo':60}STATION\n{'Static':60}POS MODE/PRIORI (meter)\n")
    True
    """
    return _FIRST.match(head) is not None


def read_pride(path: str | Path) -> xr.Dataset:
    """Read a troposphere file of PRIDE PPP-AR.

    Parameters
    ----------
    path : str or Path
        ``ztd_YYYYDDD_site`` of version 2 or 3; plain, .xz or .gz.

    Returns
    -------
    Dataset
        On (time, station): ``zhd``, ``zwd``, the a priori wet delay and its correction, and their
        sum ``ztd`` [m]. The file places no station. Times are GPS time.

    Raises
    ------
    InputError
        If it is another file of PRIDE PPP-AR, or damaged.
    """
    path = Path(path)
    text = read_text(path)
    first = _FIRST.match(text)
    if first is None:
        msg = f"{path} is no result of PRIDE PPP-AR: its first line does not name a STATION"
        raise InputError(msg)
    _, end, body = text.partition("END OF HEADER")
    lines = [line for line in whole_lines(path, body) if line.strip()]
    heading = _HEADING.match(lines[0]) if lines else None
    columns = heading[1].split() if heading else []
    if not end or columns != _COLUMNS:
        msg = (
            f"{path} is a result of PRIDE PPP-AR with the columns {' '.join(columns) or 'none'}; "
            f"accepted is its ztd_ file, with {' '.join(_COLUMNS)}"
        )
        raise InputError(msg)
    numbers = numbers_of_rows(path, [line.split() for line in lines[1:]], len(_COLUMNS))
    times = epochs_of(path, numbers[:, :6])
    zhd, zwd = numbers[:, 6], numbers[:, 7] + numbers[:, 8]
    values = {
        name: (without_impossible(path, name, found), {"long_name": about, "units": "m"})
        for name, found, about in (
            ("ztd", zhd + zwd, "zenith total delay"),
            ("zhd", zhd, "zenith hydrostatic delay, a priori"),
            ("zwd", zwd, "zenith wet delay"),
        )
    }
    names = np.full(times.size, first[1].upper(), object)
    ds = lay_out(path, names, times, values, {})
    return ds.assign_attrs(source="PRIDE PPP-AR", time_system="GPS")
