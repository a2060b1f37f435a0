"""Open a time series of delays at stations, whatever its format."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from tropdsx.errors import InputError
from tropdsx.read.series.bernese_trp import is_bernese_trp, read_bernese_trp
from tropdsx.read.series.cost716 import is_cost716, read_cost716
from tropdsx.read.series.sinex_blocks import is_sinex
from tropdsx.read.series.sinex_tro import read_sinex_tro
from tropdsx.read.text import read_text
from tropdsx.system.names import expand_name

__all__ = ["is_series", "open_series"]


def is_series(path: Path) -> bool:
    r"""Tell a series of stations by its first lines.

    Parameters
    ----------
    path : Path
        Text, plain, .xz or .gz.

    Returns
    -------
    bool

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text("station,time,ztd\n")
    ...     is_series(Path(file.name))
    False
    """
    head = read_text(path, 4096)
    return is_sinex(head) or is_cost716(head) or is_bernese_trp(head)


def open_series(path: str | Path) -> xr.Dataset:
    r"""Open a time series of delays at stations.

    Parameters
    ----------
    path : str or Path
        SINEX_TRO (0.01 to 2.00), COST-716 or Bernese TRP, told by the content; plain, .xz or .gz.

    Returns
    -------
    Dataset
        On (time, station), as :func:`~tropdsx.read.series.sinex_tro.read_sinex_tro`,
        :func:`~tropdsx.read.series.cost716.read_cost716` and
        :func:`~tropdsx.read.series.bernese_trp.read_bernese_trp` give it.

    Raises
    ------
    InputError
        If the file is of another kind, or damaged.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text("station,time,ztd\n")
    ...     open_series(file.name)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tropdsx.errors.InputError: ... is no series of stations that is read here; accepted are ...
    """
    file = expand_name(path)
    if not isinstance(file, Path):
        msg = f"{path} is not on this machine; fetch it first"
        raise InputError(msg)
    head = read_text(file, 4096)
    if is_sinex(head):
        return read_sinex_tro(file)
    if is_cost716(head):
        return read_cost716(file)
    if is_bernese_trp(head):
        return read_bernese_trp(file)
    msg = (
        f"{path} is no series of stations that is read here; accepted are SINEX_TRO, COST-716 and "
        "Bernese TRP. Tables with columns station,time,ztd are read by tropdsx.read_observations, "
        "RINEX meteorological data by `tropdsx pwv`"
    )
    raise InputError(msg)
