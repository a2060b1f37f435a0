"""Read site-wise files of the VMF Data Server: delays of weather models at geodetic stations."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.constants import ZERO_CELSIUS
from tropdsx.cf.time.day_counts import DAY, dates_after, settle_dates
from tropdsx.errors import InputError
from tropdsx.read.series.programs.rows import numbers_of_rows, whole_lines
from tropdsx.read.series.station_series import lay_out, without_impossible, without_strange_air
from tropdsx.read.text import read_text

__all__ = ["is_vmf_sites", "read_vmf_sites"]

_NUMBER = r"\s+(-?\d+\.\d+)"
_ROW = re.compile(rf"^\s*([^\s!#%]\S*)\s+(\d{{5}}\.\d+){_NUMBER * 4}((?:\s+-?[\d.]+)*)\s*$")
_COEFFICIENTS = (1e-5, 1e-2)
"""Range of ah and aw [1]."""
_AIR = {8: 5, 9: 6, 10: 6, 12: 5}
"""Where the pressure stands among so many numbers behind the name; VMF1 has Tm before it."""
_WIDTHS = (5, *_AIR)


def is_vmf_sites(head: str) -> bool:
    r"""Tell whether a text is a site-wise file of the VMF Data Server.

    Parameters
    ----------
    head : str
        The first lines.

    Returns
    -------
    bool
        By its first row: a name, a modified Julian date, ah, aw, zhd and zwd.

    Examples
    --------
    >>> is_vmf_sites("# head\nADEA  59215.25  0.00118931  0.00046532  2.2613  0.0341\n")
    True
    """
    row = next((line for line in head.splitlines() if line.strip() and line[0] not in "#!%"), "")
    found = _ROW.match(row)
    if found is None or 1 + len(found[7].split()) + 4 not in _WIDTHS:
        return False
    ah, aw, zhd, zwd = (float(found[place]) for place in range(3, 7))
    low, high = _COEFFICIENTS
    return low < ah < high and low < aw < high and 0.3 < zhd < 3.0 and -0.1 < zwd < 1.0


def read_vmf_sites(path: str | Path) -> xr.Dataset:
    """Read a site-wise file of the VMF Data Server.

    Parameters
    ----------
    path : str or Path
        VMF1, VMF3 or V3GR of GNSS, VLBI or DORIS stations (``2021001.vmf3_r``), of an epoch, a
        day or a year; plain, .xz or .gz.

    Returns
    -------
    Dataset
        On (time, station): ``zhd``, ``zwd``, their sum ``ztd`` [m], ``ah``, ``aw`` [1] and, where
        the file has them, ``pressure`` [hPa] and ``temperature`` [K]; gradients are left out. The
        file places no station: its heights are those of the server's lists of stations (.ell).

    Raises
    ------
    InputError
        If it is no such file, or a row is damaged.
    """
    path = Path(path)
    lines = [line for line in whole_lines(path, read_text(path)) if line.strip()]
    rows = [line.split() for line in lines if line[0] not in "#!%"]
    width = len(rows[0]) - 1 if rows else 0
    if width not in _WIDTHS:
        msg = f"{path} is no site-wise file of VMF1, VMF3 or V3GR: a row has {width} numbers"
        raise InputError(msg)
    other = next((row for row in rows if len(row) != width + 1), None)
    if other is not None:
        msg = (
            f"{path}: the row '{' '.join(other)[:60]}' has {len(other)} words, others {width + 1}; "
            "the file is damaged. Fetch it again, or take the row out"
        )
        raise InputError(msg)
    numbers = numbers_of_rows(path, [row[1:] for row in rows], width)
    seconds = (numbers[:, 0] - 40587.0) * DAY
    if not np.isfinite(seconds).all() or np.abs(seconds).max() > 1e10:
        msg = f"{path}: a row has no modified Julian date behind the name; fetch the file again"
        raise InputError(msg)
    times = settle_dates(dates_after("1970-01-01", seconds), 0.005 * DAY).dates
    zhd, zwd = numbers[:, 3], numbers[:, 4]
    values = {
        name: (without_impossible(path, name, found), {"long_name": about, "units": "m"})
        for name, found, about in (
            ("ztd", zhd + zwd, "zenith total delay"),
            ("zhd", zhd, "zenith hydrostatic delay"),
            ("zwd", zwd, "zenith wet delay"),
        )
    }
    for name, part, place in (("ah", "hydrostatic", 1), ("aw", "wet", 2)):
        about = {"long_name": f"{part} mapping coefficient", "units": "1"}
        values[name] = (numbers[:, place], about)
    values |= _air(path, numbers)
    ds = lay_out(path, np.array([row[0] for row in rows], object), times, values, {})
    return ds.assign_attrs(source="VMF site-wise", time_system="UTC")


def _air(
    path: Path, numbers: NDArray[np.float64]
) -> dict[str, tuple[NDArray[np.float64], dict[str, str]]]:
    """Find pressure and temperature, where rows are long enough to have them."""
    first = _AIR.get(numbers.shape[1])
    if first is None:
        return {}
    found = {
        "pressure": (numbers[:, first], "hPa"),
        "temperature": (numbers[:, first + 1] + ZERO_CELSIUS, "K"),
    }
    return {
        name: (without_strange_air(path, name, values), {"long_name": name, "units": unit})
        for name, (values, unit) in found.items()
    }
