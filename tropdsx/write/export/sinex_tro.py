"""Write SINEX_TRO 2.00: delays at stations as the IGS and E-GVAP exchange them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.sinex_tro import (
    PARAMETERS,
    STDDEV,
    Parameter,
    check_names,
    sigma_name,
    spell_epoch,
    time_system_of,
)
from tropdsx.cf.units import in_unit
from tropdsx.errors import OutputError, warn
from tropdsx.geoid.cartesian import cartesian_of
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.system.staging import check_target, output_errors, stage
from tropdsx.system.workers import Progress
from tropdsx.write.export.decimals import Letters, decimal_letters, join_letters, letters_of
from tropdsx.write.export.stations import Stations, find_complete, stations_of, tell_rays
from tropdsx.write.provenance import software_version

__all__ = ["write_sinex_tro"]

_RULE = f"*{'-' * 79}"
_LINES = 20_000
"""Lines that are written at once: their letters stay in the processor's cache."""
_TECHNIQUES = {
    "P": "GNSS",
    "F": "forecast of a weather model",
    "M": "analysis of a weather model",
    "N": "climate model",
    "S": "radiosonde",
    "W": "radiometer",
    "R": "VLBI",
    "D": "DORIS",
    "C": "combination",
}


class Column(NamedTuple):
    """One column of TROP/SOLUTION.

    Attributes
    ----------
    code : str
        As the file names it.
    parameter : Parameter
        How its values are written; of a STDDEV that of the parameter before it.
    values : ndarray, shape (T, P)
        In the unit of the parameter.
    """

    code: str
    parameter: Parameter
    values: NDArray[np.floating]


def write_sinex_tro(
    ds: xr.Dataset,
    path: str | Path,
    *,
    overwrite: bool = False,
    agency: str = "TDX",
    technique: str | None = None,
    description: str = "zenith delays by tropdsx",
    variables: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write delays at stations as SINEX_TRO 2.00.

    Parameters
    ----------
    ds : Dataset
        On (time, station): ``ztd``, or ``zhd`` and ``zwd``; gradients, ``pwv`` and ``*_sigma``
        where they are there; ``lat``, ``lon`` and ``height`` (ellipsoidal) on ``station``. The
        attribute ``time_system`` says what its times are ("GPS" or "G"); default: UTC.
    path : str or Path
        Output.
    overwrite : bool, optional
        Replace an existing file.
    agency : str, optional
        Three letters of the agency, for the first line.
    technique : str, optional
        One letter: P GNSS, M analysis of a weather model, F forecast, S radiosonde, R VLBI;
        default: P of water vapour (``pwv``), else M.
    description : str, optional
        Of FILE/REFERENCE.
    variables : sequence of str, optional
        What is written and in which order, such as ``("ztd", "gradient_north")``; default: all
        that SINEX_TRO has, the total first. A ``*_sigma`` follows its variable.
    progress : callable, optional
        Called with (stations written, stations in all).

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        The file exists or cannot be written, a station has a name that does not fit nine columns,
        nothing is there that SINEX_TRO knows, or no row has all its values.
    GridError
        If stations have no place.

    Notes
    -----
    Delays are written in mm with two digits, gradients with three (TROPO PARAMETER UNITS 1e+03).
    The format has no sign for a missing value: rows that lack one are left out, as are columns
    that are missing everywhere, with a warning, and slant delays.

    Examples
    --------
    >>> import tempfile
    >>> place = {"lat": 49.14, "lon": 12.88, "height": 666.0}
    >>> series = xr.Dataset(
    ...     {"ztd": (("time", "station"), [[2.3012]], {"units": "m"})},
    ...     {"time": [np.datetime64("2021-01-30T06", "ns")], "station": ["WTZR00DEU"]}
    ...     | {name: ("station", [value], {"units": "m"}) for name, value in place.items()},
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lines = write_sinex_tro(series, f"{folder}/out.tro").read_text().splitlines()
    >>> [line for line in lines if line.startswith(" WTZR")][-1]
    ' WTZR00DEU 2021:030:21600  2301.20'
    """
    target = check_target(path, overwrite=overwrite, folder=False)
    stations = stations_of(ds)
    check_names(stations.names)
    ds, technique = _with_water(ds), technique or ("P" if "pwv" in ds else "M")
    if not re.fullmatch(r"\w{3}", agency) or technique not in _TECHNIQUES:
        msg = (
            f"agency {agency!r} and technique {technique!r} found; accepted are three letters, and "
            f"one of {', '.join(f'{key} ({what})' for key, what in _TECHNIQUES.items())}"
        )
        raise OutputError(msg)
    columns = _with_values(_columns(ds, variables))
    complete = find_complete(_by_code(columns), stations.names)
    times = ds["time"].to_numpy().astype("datetime64[s]")
    with (
        stage(target, overwrite=overwrite) as partial,
        output_errors(target),
        partial.open("w", encoding="ascii", errors="replace", newline="\n") as file,
    ):
        system = time_system_of(ds.attrs)
        file.writelines(_head((agency, technique, description), times, system, columns))
        file.write(_sites(stations, times, agency, technique))
        _write_solution(file, (stations.names, times), columns, complete, progress)
        file.write("%=ENDTRO\n")
    return target


def _columns(ds: xr.Dataset, variables: Sequence[str] | None) -> list[Column]:
    by_name: dict[str, Parameter] = {}
    for each in PARAMETERS.values():
        by_name.setdefault(each.name, each)
    if "ztd" not in ds and {"zhd", "zwd"} <= set(ds.data_vars):
        parts = [in_unit(ds[name], name) for name in ("zhd", "zwd")]
        ds = ds.assign(ztd=(parts[0] + parts[1]).assign_attrs(units="m"))
    if variables is None:
        tell_rays(ds, "SINEX_TRO")
    wanted = [name for name in by_name if name in ds] if variables is None else list(variables)
    strange = [name for name in wanted if name not in by_name or name not in ds]
    if strange or not wanted:
        msg = (
            f"{', '.join(strange) or 'no variable'} found for SINEX_TRO; it knows "
            f"{', '.join(by_name)}, and here are {', '.join(map(str, ds.data_vars))}"
        )
        raise OutputError(msg)
    columns = []
    for name in wanted:
        columns.append(Column(by_name[name].code, by_name[name], _values(ds, name, name)))
        if sigma_name(name) in ds:
            columns.append(Column(STDDEV, by_name[name], _values(ds, sigma_name(name), name)))
    return columns


def _with_values(columns: list[Column]) -> list[Column]:
    """Leave out columns that are missing everywhere, a parameter with its standard deviation."""
    there = {c.parameter.code for c in columns if c.code != STDDEV and np.isfinite(c.values).any()}
    kept = [c for c in columns if c.parameter.code in there and np.isfinite(c.values).any()]
    if kept and len(kept) < len(columns):
        gone = [code for code in _by_code(columns) if code not in _by_code(kept)]
        warn(f"{', '.join(gone)} have no value anywhere, and no column in the file")
    return kept or columns


def _by_code(columns: list[Column]) -> dict[str, NDArray[np.floating]]:
    owner = {STDDEV: "STDDEV of "}
    return {owner.get(c.code, "") + c.parameter.code: c.values for c in columns}


def _values(ds: xr.Dataset, name: str, of: str) -> NDArray[np.floating]:
    known = "gradient" if of.startswith("gradient") else of
    # A difference of temperatures has no zero: sigmas are lengths, or as they are.
    da = in_unit(ds[name], known) if known in QUANTITIES and "units" in ds[name].attrs else ds[name]
    return da.transpose("time", "station").to_numpy()


def _with_water(ds: xr.Dataset) -> xr.Dataset:
    """Name precipitable water as the format does: 1 mm of it is 1 kg m-2."""
    names = {"pwv": "iwv", sigma_name("pwv"): sigma_name("iwv")}
    found = {new: in_unit(ds[old], "pwv") for old, new in names.items() if old in ds}
    return ds.assign({new: da for new, da in found.items() if new not in ds})


def _head(
    about_file: tuple[str, str, str],
    times: NDArray[np.datetime64],
    system: str,
    columns: list[Column],
) -> Iterator[str]:
    agency, technique, description = about_file
    now = np.datetime64(datetime.now(UTC).replace(tzinfo=None), "s")
    ends = f"{spell_epoch(times.min())} {spell_epoch(times.max())}"
    yield f"%=TRO 2.00 {agency} {spell_epoch(now)} {agency} {ends} {technique} MIX\n"
    about = {
        "DESCRIPTION": description,
        "OUTPUT": "Tropospheric zenith delays at stations",
        "CONTACT": "see DESCRIPTION",
        "SOFTWARE": f"tropdsx {software_version()}",
        "INPUT": _TECHNIQUES[technique],
        "VERSION NUMBER": "001",
    }
    lines = [f" {key:<18} {text[:60]}" for key, text in about.items()]
    yield _block("FILE/REFERENCE", f"*INFO_TYPE_________ INFO{'_' * 56}", lines)
    step = np.unique(np.diff(np.unique(times)).astype(np.int64))
    widths = [max(column.parameter.width, len(column.code)) for column in columns]
    words: dict[str, list[Any]] = {
        "TROPO SAMPLING INTERVAL": [int(step[0]) if step.size == 1 else 0],
        "TIME SYSTEM": [system],
        "GEOID MODEL": ["EGM2008"],
        "TROPO PARAMETER NAMES": [column.code for column in columns],
        "TROPO PARAMETER UNITS": [column.parameter.units_text for column in columns],
        "TROPO PARAMETER WIDTH": widths,
    }
    rows = [
        f" {key:<29}" + "".join(f" {word!s:>{width}}" for word, width in _aligned(some, widths))
        for key, some in words.items()
    ]
    yield _block("TROP/DESCRIPTION", f"*{'_' * 9}KEYWORD{'_' * 13} __VALUE(S){'_' * 39}", rows)


def _aligned(words: Sequence[Any], widths: Sequence[int]) -> Iterator[tuple[Any, int]]:
    return zip(words, widths if len(words) == len(widths) else [22] * len(words), strict=True)


def _block(name: str, heading: str, lines: Sequence[str]) -> str:
    return "\n".join([_RULE, f"+{name}", heading, *lines, f"-{name}", ""])


def _sites(stations: Stations, times: NDArray[np.datetime64], agency: str, technique: str) -> str:
    lat, lon, height = stations.lat, stations.lon % 360.0, stations.height
    above = height - geoid_undulation(lat, lon)
    ident = [
        f" {name:<9}  A {'-' * 9} {technique} {'':<22} "
        f"{east:10.6f} {north:10.6f} {up:9.3f} {sea:9.3f}"
        for name, east, north, up, sea in zip(stations.names, lon, lat, height, above, strict=True)
    ]
    ends = f"{spell_epoch(times.min())} {spell_epoch(times.max())}"
    where = [
        f" {name:<9}  A    1 {technique} {ends} "
        f"{x:12.3f} {y:12.3f} {z:12.3f} {'WGS84':<6} {agency:<5}"
        for name, x, y, z in zip(stations.names, *cartesian_of(lat, lon, height), strict=True)
    ]
    heading = "*STATION__ PT __DOMES__ T _STATION_DESCRIPTION__ _LONGITUDE _LATITUDE_"
    exact = "*STATION__ PT SOLN T __DATA_START__ __DATA_END____ __STA_X_____ __STA_Y_____"
    return _block("SITE/ID", f"{heading} _HGT_ELI_ _HGT_MSL_", ident) + _block(
        "SITE/COORDINATES", f"{exact} __STA_Z_____ SYSTEM REMRK", where
    )


def _write_solution(
    file: Any,
    rows_of: tuple[NDArray[np.str_], NDArray[np.datetime64]],
    columns: list[Column],
    complete: NDArray[np.bool_],
    progress: Progress | None,
) -> None:
    """Write the complete rows of names and times, station by station."""
    names, times = rows_of
    widths = [max(column.parameter.width, len(column.code)) for column in columns]
    codes = "".join(
        f" {column.code:>{width}}" for column, width in zip(columns, widths, strict=True)
    )
    file.write(f"{_RULE}\n+TROP/SOLUTION\n*STATION__ ____EPOCH_____{codes}\n")
    stamps = letters_of(f" {spell_epoch(time)}" for time in times)
    starts = letters_of(f" {name:<9}" for name in names.tolist())
    step = max(1, _LINES // max(times.size, 1))
    for start in range(0, names.size, step):
        part = slice(start, min(start + step, names.size))
        here = complete.T[part].ravel()
        letters: list[Letters | bytes] = [
            np.repeat(starts[part], times.size, axis=0)[here],
            np.tile(stamps, (part.stop - start, 1))[here],
        ]
        for column, width in zip(columns, widths, strict=True):
            values = column.values.T[part].ravel()[here].astype(np.float64)
            of = column.parameter
            letters += [b" ", decimal_letters(values * of.factor, of.digits, width)]
        file.write(join_letters([*letters, b"\n"], int(here.sum())).decode("ascii"))
        if progress is not None:
            progress(part.stop, names.size)
    file.write("-TROP/SOLUTION\n")
