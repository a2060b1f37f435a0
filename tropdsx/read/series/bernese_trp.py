"""Read the troposphere files (.TRP) of the Bernese GNSS Software."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import InputError
from tropdsx.read.series.programs.rows import epochs_of, numbers_of_rows, whole_lines
from tropdsx.read.series.station_series import lay_out, without_impossible
from tropdsx.read.text import read_text

__all__ = ["is_bernese_trp", "read_bernese_trp"]

_COLUMNS = {
    "TOTAL_U": ("ztd", "zenith total delay"),
    "SIGMA_U": ("ztd_sigma", "standard deviation of the zenith total delay"),
    "MOD_U": ("apriori", "a priori zenith delay, of the model that the attribute names"),
    "CORR_N": ("gradient_north", "total delay gradient, towards north"),
    "SIGMA_N": ("gradient_north_sigma", "standard deviation of the north gradient"),
    "CORR_E": ("gradient_east", "total delay gradient, towards east"),
    "SIGMA_E": ("gradient_east_sigma", "standard deviation of the east gradient"),
}
"""Columns by their headings, and the variables that they become; the correction is told by both."""

_HEADING = re.compile(r"^ STATION NAME\s+FLG\s.*$", re.M)
_EPOCH = r"(\d{4} \d{2} \d{2} \d{2} \d{2} \d{2})"
_ROW = re.compile(rf"^ (.{{16}})\s+(\S+)\s+{_EPOCH}\s+(?:{_EPOCH}\s+)?(.*)$")


def is_bernese_trp(head: str) -> bool:
    """Tell whether a text is a troposphere file of Bernese.

    Parameters
    ----------
    head : str
        The first lines.

    Returns
    -------
    bool
        By its line of headings.

    Examples
    --------
    >>> is_bernese_trp(" STATION NAME     FLG   YYYY MM DD HH MM SS  MOD_U  TOTAL_U")
    True
    """
    return _HEADING.search(head) is not None


def read_bernese_trp(path: str | Path) -> xr.Dataset:
    """Read a troposphere file of the Bernese GNSS Software.

    Parameters
    ----------
    path : str or Path
        Of version 5.0 to 5.4; plain, .xz or .gz.

    Returns
    -------
    Dataset
        On (time, station): ``ztd``, ``ztd_sigma``, ``apriori``, and where the file has them
        ``gradient_north``, ``gradient_east`` and their ``*_sigma`` [m]. The file places no station.
        A row with two epochs stands at the middle of them.

    Raises
    ------
    InputError
        If the file is no such file, or a row has other columns than the headings name.
    """
    path = Path(path)
    text = read_text(path)
    heading = _HEADING.search(text)
    if heading is None:
        msg = f"{path} is no troposphere file of Bernese: no line begins with STATION NAME  FLG"
        raise InputError(msg)
    columns = [word for word in heading[0].split() if re.fullmatch(r"[A-Z]+_[UNE]", word)]
    rows = list(_rows(path, text[heading.end() :], columns))
    if "TOTAL_U" not in columns or not rows:
        msg = f"{path} holds no row of TOTAL_U (columns {' '.join(columns)}). Fetch it again"
        raise InputError(msg)
    names = np.array([name for name, *_ in rows], object)
    first, last = (
        epochs_of(path, numbers_of_rows(path, [row[place] for row in rows], 6)) for place in (1, 2)
    )
    times = first + (last - first) // 2
    numbers = numbers_of_rows(path, [words for *_, words in rows], len(columns))
    values: dict[str, tuple[NDArray[np.float64], dict[str, Any]]] = {}
    for column in [column for column in _COLUMNS if column in columns]:
        name, about = _COLUMNS[column]
        values[name] = (numbers[:, columns.index(column)], {"long_name": about, "units": "m"})
    values["ztd"] = (without_impossible(path, "ztd", values["ztd"][0]), values["ztd"][1])
    ds = lay_out(path, names, times, values, {})
    model = re.search(r"A PRIORI MODEL:\s+(-?\d+)", text)
    if model:
        ds["apriori"].attrs["comment"] = f"a priori model {model[1]} of Bernese"
    return ds.assign_attrs(source="Bernese TRP", time_system="GPS")


def _rows(
    path: Path, text: str, columns: list[str]
) -> Iterator[tuple[str, list[str], list[str], list[str]]]:
    """Split rows into the name, the words of the first and of the last epoch, and the numbers."""
    for line in whole_lines(path, text):
        found = _ROW.match(line)
        if found is None:
            if line.strip():
                msg = f"{path}: the row '{line.strip()[:60]}' cannot be read"
                raise InputError(msg)
            continue
        name, _, first, last, rest = found.groups()
        words = rest.split()
        if len(words) != len(columns):
            msg = (
                f"{path}: behind {name.strip()} {first} stands '{rest}', which does not hold the "
                f"{len(columns)} numbers {' '.join(columns)}"
            )
            raise InputError(msg)
        yield name.strip(), first.split(), (last or first).split(), words
