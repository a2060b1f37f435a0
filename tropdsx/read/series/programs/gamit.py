"""Read the delays that GAMIT's metutil writes, met_site.yyddd."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import xarray as xr

from tropdsx.errors import InputError
from tropdsx.read.series.programs.rows import epochs_of, numbers_of_rows, whole_lines
from tropdsx.read.series.station_series import lay_out, without_impossible, without_strange_air
from tropdsx.read.text import read_text

__all__ = ["is_gamit_met", "read_gamit_met"]

_FIRST = re.compile(r"^\* ?Estimated atmospheric values for (\w{4})")
_HEADING = re.compile(r"^\* ?Yr\s+Doy\s+Hr\s+Mn\s+Sec\s+Total Zen\s.*$", re.M)
_UNITS = {"mm": 1e-3, "m": 1.0}
_WIDTH = 10
"""Year, day of the year, hour, minute, second; total and wet delay, sigma, water, its sigma."""
_LONGER = 13
"""And pressure, temperature and the hydrostatic delay, of version 3."""


def is_gamit_met(head: str) -> bool:
    """Tell whether a text is a file of GAMIT's metutil.

    Parameters
    ----------
    head : str
        The first lines.

    Returns
    -------
    bool
        By its first line.

    Examples
    --------
    >>> is_gamit_met("* Estimated atmospheric values for ALGO. Height estimate: 200.9 m.")
    True
    """
    return _FIRST.match(head) is not None


def read_gamit_met(path: str | Path) -> xr.Dataset:
    """Read a file of GAMIT's metutil.

    Parameters
    ----------
    path : str or Path
        ``met_site.yyddd`` of version 1 to 3; plain, .xz or .gz.

    Returns
    -------
    Dataset
        On (time, station): ``ztd``, ``ztd_sigma``, ``zwd`` [m], ``iwv`` [kg m-2] and, of version
        3, ``zhd`` [m], ``pressure`` [hPa] and ``temperature`` [K]; gradients are left out. The
        file places no station. Times are GPS time.

    Raises
    ------
    InputError
        If it is no such file, or damaged.
    """
    path = Path(path)
    text = read_text(path)
    first, heading = _FIRST.match(text), _HEADING.search(text)
    unit = re.search(r"PW.*?\((mm|m)\)", heading[0]) if heading else None
    if first is None or heading is None or unit is None:
        msg = (
            f"{path} is no file of GAMIT's metutil: it has no line '* Yr Doy Hr Mn Sec Total Zen' "
            "that says whether it is in m or mm"
        )
        raise InputError(msg)
    lines = whole_lines(path, text[heading.start() :])
    rows = [line.split() for line in lines if line[:1] != "*"]
    rows = [row for row in rows if row]
    width = _LONGER if "Press" in heading[0] else _WIDTH
    numbers = numbers_of_rows(path, rows, width)
    year = numbers[:, 0]
    numbers[:, 0] = np.where(year < 100, year + np.where(year > 50, 1900, 2000), year)
    times, factor = epochs_of(path, numbers[:, :5]), _UNITS[unit[1]]
    delays = numbers[:, 5:8] * factor
    values = {
        "ztd": (without_impossible(path, "ztd", delays[:, 0]), _about("zenith total delay")),
        "ztd_sigma": (delays[:, 2], _about("standard deviation of the zenith total delay")),
        "zwd": (without_impossible(path, "zwd", delays[:, 1]), _about("zenith wet delay")),
        "iwv": (
            without_strange_air(path, "iwv", numbers[:, 8] * factor * 1e3),
            _about("vertically integrated water vapour", "kg m-2"),
        ),
    }
    if width == _LONGER:
        pressure, temperature = (
            without_strange_air(path, name, numbers[:, place])
            for name, place in (("pressure", 10), ("temperature", 11))
        )
        zhd = without_impossible(path, "zhd", numbers[:, 12] * factor)
        values["zhd"] = (zhd, _about("zenith hydrostatic delay"))
        values["pressure"] = (pressure, _about("pressure", "hPa"))
        values["temperature"] = (temperature, _about("air temperature", "K"))
    names = np.full(times.size, first[1], object)
    ds = lay_out(path, names, times, values, {})
    return ds.assign_attrs(source="GAMIT metutil", time_system="GPS")


def _about(text: str, unit: str = "m") -> dict[str, str]:
    return {"long_name": text, "units": unit}
