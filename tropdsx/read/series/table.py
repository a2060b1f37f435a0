"""Read a table of total delays observed at stations: a row for each observation."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.errors import InputError, warn
from tropdsx.read.tables.columns import (
    find_column,
    is_there,
    names_of,
    numbers_of,
)
from tropdsx.read.tables.headings import Heading
from tropdsx.read.tables.layout import Table, read_table
from tropdsx.read.tables.time_columns import has_times, read_times, time_headings
from tropdsx.read.tables.time_names import TIME_NAMES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["METRES", "STATION_NAMES", "names_in", "read_station_table"]


def names_in(text: str) -> tuple[str, ...]:
    """Split a list of names of columns.

    Parameters
    ----------
    text : str
        Between blanks.

    Returns
    -------
    tuple of str
    """
    return tuple(text.split())


STATION_NAMES = names_in(
    "station site name marker station_name site_name marker_name station_id site_id station_code "
    "site_code code id sta stationname primary_station_id"
)
"""What columns with names of stations are called."""
_TOTAL = (*QUANTITIES["ztd"].aliases, "trotot")
_PARTS = tuple((name, *QUANTITIES[name].aliases) for name in ("zhd", "zwd"))
"""Names of the two delays whose sum total ones are, where no column has these."""
_ERROR = names_in(
    "sigma ztd_sigma sigma_ztd formal_error sigma_formal error ztd_error std ztd_std stddev sigztd "
    "zenith_total_delay_random_uncertainty"
)
METRES = {"m": 1.0, "km": 1000.0, "ft": 0.3048, "cm": 0.01, "mm": 1e-3}
"""Units of lengths [m]."""
_NO_STATIONS = {*_TOTAL, "trop", "tropo", "gnss", "gps", "delays", "data", "dataframe"}
"""What names of files begin with that is no name of a station."""
_TWO_COLUMNS = ("time", "ztd")
"""A series of one station may come without headings, its name that of the file."""
_POSSIBLE = (0.5, 4.0)
"""Total delays that a station can observe: from beyond Everest's summit to the Dead Sea [m]."""
_WET = (-0.09, 0.7)
"""Wet delays that can be estimated [m]."""


def read_station_table(path: str | Path, *, average: bool = False) -> xr.Dataset:
    r"""Read a table of total delays observed at stations, with their formal errors.

    Parameters
    ----------
    path : str or Path
        As :func:`tropdsx.read_observations` takes it. Formal errors are in a column such as
        ``sigma_m``, in the unit of the delays where it says none. A table of one station may come
        without names (that of the file serves), and as two bare columns, time and delay [m].
    average : bool, optional
        Take the mean of observations of one station and epoch, weighted by the inverse of their
        variance, instead of refusing them.

    Returns
    -------
    Dataset
        ``ztd`` and, where the table has them, ``ztd_sigma`` (time, station) [m].

    Raises
    ------
    InputError
        As :func:`tropdsx.read_observations`.

    Examples
    --------
    >>> import tempfile
    >>> rows = "station,time,ztd_m,sigma_m\nA,2022-03-09,2.30,0.001\nA,2022-03-09,2.35,0.002\n"
    >>> with tempfile.NamedTemporaryFile(suffix=".csv") as file:
    ...     _ = Path(file.name).write_text(rows)
    ...     read_station_table(file.name, average=True).ztd.values
    array([[2.31]])
    """
    import pandas as pd

    known = {*STATION_NAMES, *TIME_NAMES, *_TOTAL, *itertools.chain(*_PARTS)}
    table = read_table(path, known, assumed=_TWO_COLUMNS)
    names = _names(table)
    times, system = read_times(table)
    columns = {"ztd": _totals(table).to_numpy()}
    if (errors := _errors(table)) is not None:
        columns["ztd_sigma"] = errors.to_numpy()
    index = pd.MultiIndex.from_arrays([times, names], names=["time", "station"])
    frame = pd.DataFrame(columns, index)
    if index.has_duplicates:
        time, station = index[index.duplicated()][0]
        if not average:
            msg = f"{path}: station {station} has two observations at {time}; keep one"
            raise InputError(msg)
        frame = _averaged(frame)
    found = {}
    for name in columns:
        grid = frame[name].unstack("station")
        found[name] = (("time", "station"), grid.to_numpy(), QUANTITIES["ztd"].attributes)
    ds = xr.Dataset(found)
    if "ztd_sigma" in ds:
        ds["ztd_sigma"].attrs["long_name"] = "formal error of the zenith total delay"
    times = grid.index.to_numpy().astype("datetime64[ns]")
    ds = ds.assign_coords(time=times, station=np.asarray(grid.columns, str))
    return ds if system == "UTC" else ds.assign_attrs(time_system=system)


def _names(table: Table) -> pd.Series:
    """Read the names of stations; a table that has none of them is named by its file."""
    import pandas as pd

    heading = find_column(table, STATION_NAMES)
    if heading is not None:
        return names_of(table, heading)
    if not has_times(table):
        is_there(table, TIME_NAMES, "time")
    if _parts(table) is None:
        is_there(table, _TOTAL, "total delay")
    clocks = [table.headings.index(each) for each in time_headings(table)]
    for column in table.cells.columns.drop(clocks):
        words = table.cells[column].dropna().astype(str)
        repeated = 1 < words.nunique() < words.size  # times of one station come once
        if repeated and pd.to_numeric(words, errors="coerce").isna().all():
            is_there(table, STATION_NAMES, "name")  # several stations under another heading
    words = re.split(r"[_\s]", Path(table.path).name.partition(".")[0])
    own = [each for each in words if not each.isdigit() and each.lower() not in _NO_STATIONS]
    name = [*own, *words][0]
    warn(f"{table.path} names no station; by its name it is taken for {name}")
    return pd.Series(name, table.cells.index)


def _averaged(frame: pd.DataFrame) -> pd.DataFrame:
    """Average rows of one station and epoch by inverse variance."""
    frame = frame.dropna(subset="ztd")
    if "ztd_sigma" not in frame:
        return frame[["ztd"]].groupby(level=[0, 1]).mean()
    sigma = frame["ztd_sigma"]
    # Where a row has no formal error, the usual one of its station counts, else that of all.
    usual = sigma.groupby(level="station").transform("median").fillna(sigma.median())
    weight = sigma.fillna(usual).fillna(1.0) ** -2.0
    sums = (frame["ztd"] * weight).groupby(level=[0, 1]).sum()
    total = weight.groupby(level=[0, 1]).sum()
    known = sigma.notna().groupby(level=[0, 1]).any()
    return (sums / total).to_frame("ztd").assign(ztd_sigma=(total**-0.5).where(known))


def _errors(table: Table) -> pd.Series | None:
    """Read formal errors [m]; those of zero or less are none."""
    heading = find_column(table, _ERROR)
    if heading is None:
        return None
    unit = heading.unit or _unit_of((_parts(table) or [is_there(table, _TOTAL, "delay")])[-1])
    if unit not in METRES:
        msg = f"{table.path}: {heading.text} is in {unit}; accepted are m, cm and mm"
        raise InputError(msg)
    values = numbers_of(table, heading, f"formal errors in {unit}") * METRES[unit]
    return values.where(values > 0)


def _unit_of(heading: Heading) -> str:
    return heading.unit or ("mm" if heading.name == "trotot" else "m")


def _parts(table: Table) -> list[Heading] | None:
    """Find a hydrostatic and a wet delay where no column has the total one."""
    found = [find_column(table, names) for names in _PARTS]
    there = [each for each in found if each is not None]
    return there if len(there) == 2 and find_column(table, _TOTAL) is None else None


def _totals(table: Table) -> pd.Series:
    """Read total delays, or the sum of their parts [m]."""
    parts = _parts(table)
    if parts is None:
        return _delays(table, is_there(table, _TOTAL, "total delay"), _POSSIBLE)
    zhd, zwd = (
        _delays(table, heading, limits)
        for heading, limits in zip(parts, (_POSSIBLE, _WET), strict=True)
    )
    names = "' and '".join(each.text for each in parts)
    warn(f"{table.path}: total delays are the sum of '{names}'")
    return zhd + zwd


def _delays(table: Table, heading: Heading, possible: tuple[float, float]) -> pd.Series:
    """Read delays [m]; refuse another unit, and numbers that stand for a missing one."""
    unit = _unit_of(heading)
    if unit not in ("m", "cm", "mm"):
        msg = f"{table.path}: {heading.text} is in {heading.unit}; accepted are m, cm and mm"
        raise InputError(msg)
    factor = METRES[unit]
    values = numbers_of(table, heading, f"delays in {unit}") * factor
    known = values.dropna()
    if not len(known) or known.between(*possible).all():
        return values
    rename = f", or name the column {heading.name}_mm if they are in mm" if unit == "m" else ""
    found, accepted = (
        f"{low / factor:g} to {high / factor:g}"
        for low, high in ((known.min(), known.max()), possible)
    )
    msg = (
        f"{table.path}: column {heading.text} runs from {found}; accepted are delays of "
        f"{accepted} {unit}. Convert them to {unit}{rename}; leave missing ones empty"
    )
    raise InputError(msg)
