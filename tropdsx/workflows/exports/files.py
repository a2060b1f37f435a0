"""Open files of delays, take what is wanted, and write them as other programs read them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.axes import find_axis_names
from tropdsx.cf.time.dates import read_dates
from tropdsx.cf.time.epochs import reach_of
from tropdsx.cf.time.text import as_date
from tropdsx.errors import DomainError, warn
from tropdsx.read.delays import open_delays
from tropdsx.read.orography import open_orography
from tropdsx.workflows.insar.ladder import export_opera as export_opera_cube
from tropdsx.write.export.gacos import write_gacos
from tropdsx.write.export.vmf_text import write_vmf

__all__ = ["export_gacos", "export_opera", "export_vmf"]

Files = str | Path | Sequence[str | Path]


def export_vmf(
    inputs: Files,
    folder: str | Path,
    *,
    coefficients: str | Path | None = None,
    orography: str | Path | None = None,
    time: str | None = None,
    **options: Any,
) -> list[Path]:
    """Write files of delays as text of the VMF Data Server.

    Parameters
    ----------
    inputs : str, Path or sequence of them
        As :func:`tropdsx.open_delays` takes them.
    folder : str or Path
        Where the files go; it exists.
    coefficients : str or Path, optional
        "gpt3", a ``.grd`` file, or VMF files (a pattern) with ``ah`` and ``aw``.
    orography : str or Path, optional
        Heights of the grid [m], when the files have none.
    time : str, optional
        Only the epoch nearest to this, no further away than epochs usually are from each other, or
        a day where there is one [UTC].
    **options
        Of :func:`tropdsx.write.export.vmf_text.write_vmf`, which says what is raised.

    Returns
    -------
    list of Path
        The files.
    """
    with contextlib.ExitStack() as stack:
        ds = stack.enter_context(_opened(inputs, time))
        if orography is not None:
            ds = ds.assign(orography=open_orography(orography))
        given: Any = coefficients
        if coefficients is not None and not _is_gpt3(coefficients):
            given = stack.enter_context(open_delays(coefficients))
        return write_vmf(ds, folder, coefficients=given, **options)


def _is_gpt3(coefficients: str | Path) -> bool:
    return str(coefficients).lower() == "gpt3" or ".grd" in Path(coefficients).name.lower()


def export_gacos(
    inputs: Files, folder: str | Path, *, time: str | None = None, **options: Any
) -> list[Path]:
    """Write files of delays as GACOS gives them.

    Parameters
    ----------
    inputs, folder, time
        As for :func:`export_vmf`.
    **options
        Of :func:`tropdsx.write.export.gacos.write_gacos`, which says what is raised.

    Returns
    -------
    list of Path
        The files.
    """
    with _opened(inputs, time) as ds:
        return write_gacos(ds, folder, **options)


def export_opera(
    inputs: Files, folder: str | Path, *, time: str | None = None, **options: Any
) -> list[Path]:
    """Write files of delays as OPERA TROPO-ZENITH.

    Parameters
    ----------
    inputs, folder, time
        As for :func:`export_vmf`.
    **options
        Of :func:`tropdsx.workflows.insar.ladder.export_opera`, which says what is raised.

    Returns
    -------
    list of Path
        The files.
    """
    with _opened(inputs, time) as ds:
        return export_opera_cube(ds, folder, **options)


@contextlib.contextmanager
def _opened(inputs: Files, time: str | None) -> Iterator[xr.Dataset]:
    with open_delays(inputs) as ds:
        name = find_axis_names(ds).time
        if time is None:
            yield ds
            return
        if name is None or name not in ds.dims:
            msg = "the files have no epochs to choose from; leave the time out"
            raise DomainError(msg)
        yield ds.isel({name: [_nearest(read_dates(ds[name]), time)]})


def _nearest(dates: NDArray[np.datetime64], text: str) -> int:
    """Find the epoch nearest to a time; tell of another, refuse one that is not near."""
    wanted = as_date(text.removesuffix("Z")).astype("datetime64[ns]")
    away = np.abs(dates - wanted)
    place = int(away.argmin())
    found = dates[place]
    if not away[place] <= reach_of(dates):
        msg = (
            f"{text} is far from the epochs of the files, {dates.min()!s:.16} to "
            f"{dates.max()!s:.16}, of which {found!s:.16} is nearest; accepted is a time near "
            "one of them. Give the files of that time"
        )
        raise DomainError(msg)
    if found != wanted:
        warn(f"the epoch nearest to {text} is {found!s:.16}, and is written")
    return place
