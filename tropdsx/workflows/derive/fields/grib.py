"""Read the levels, the surface and the 2 m fields of one GRIB file, whatever else it holds."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.errors import GridError, InputError, how_to_install
from tropdsx.read.netcdf import ROW_KEYS, refuse_other_rows

__all__ = ["open_grib"]

#: Kind of level, short names to read, and the name that each gets.
_FIELDS = (
    ("isobaricInhPa", dict.fromkeys(("t", "q", "r", "z", "gh"))),
    ("isobaricInPa", dict.fromkeys(("t", "q", "r", "z", "gh"))),
    ("hybrid", {**dict.fromkeys(("t", "q", "r", "lnsp", "pres")), "z": "z"}),
    ("surface", {"sp": "sp", "lnsp": "lnsp", "z": "z_surface", "orog": "orog"}),
    # The 2 m fields of ECMWF in GRIB 1.
    ("surface", {"2t": "t2m", "2d": "d2m"}),
    ("heightAboveGround", {"2t": "t2m", "2d": "d2m", "2sh": "sh2", "2r": "r2", "r": "r2"}),
)
#: The same of what stands in for levels where there are none.
_COLUMNS = (
    *((level, dict.fromkeys(("tcwv", "pwat"))) for level in ("surface", "entireAtmosphere")),
    ("atmosphereSingleLayer", dict.fromkeys(("tcwv", "pwat"))),
    ("unknown", dict.fromkeys(("tcwv", "pwat"))),
    *((level, dict.fromkeys(("msl", "prmsl", "mslet"))) for level in ("meanSea", "surface")),
)
_LEVEL_DIMS = ("isobaricInhPa", "isobaricInPa", "hybrid")
_LABELS = (
    *("number", "step", "surface", "heightAboveGround", "expver", "meanSea"),
    *("entireAtmosphere", "atmosphereSingleLayer", "level"),
)
_OF_A_RUN = ("dataDate", "dataTime", "endStep", "stepUnits", "dataType")
_TIME_DIMS = ("valid_time",)


def open_grib(file: str | Path, notes: list[str]) -> xr.Dataset:
    """Open the fields of a GRIB file that serve delays, without reading them.

    Parameters
    ----------
    file : str or Path
        GRIB 1 or 2 with any kinds of level.
    notes : list of str
        What was left out is appended.

    Returns
    -------
    Dataset
        Short names, but ``z_surface`` for the geopotential of the surface.

    Raises
    ------
    InputError
        If cfgrib is not installed, the file is damaged or holds no levels, holds two forecasts
        for one time, or fields that are not stored as rows from west to east.
    GridError
        If its fields are of different grids.
    """
    try:
        import cfgrib  # noqa: F401 - only whether it is there
    except ImportError as error:
        msg = f"{file} is GRIB, which needs cfgrib: {how_to_install('grib')}."
        raise InputError(msg) from error
    # The index is made once and lives as long as it takes to open the fields: nothing is left
    # beside the caller's file.
    with tempfile.TemporaryDirectory() as folder:
        fields = _open_fields(file, _FIELDS, folder)
        if not any(dim in field.dims for field in fields for dim in _LEVEL_DIMS):
            fields += _open_fields(file, _COLUMNS, folder)
            if not any(field.name in ("tcwv", "pwat") for field in fields):
                msg = (
                    f"{file} holds no temperature on pressure or hybrid levels, and no column of "
                    "water vapour; accepted are GRIB files with t, q or r, and z or gh on levels, "
                    "or with tcwv or pwat. Files of one level each go together by `cat`."
                )
                raise InputError(msg)
    merged = {field.name: field for field in reversed(fields)}
    profiles = [f for f in merged.values() if set(f.dims) & set(_LEVEL_DIMS)]
    others = [f for f in merged.values() if not set(f.dims) & set(_LEVEL_DIMS)]
    # Levels that lack one of the profiles are of no use; the rest must be one grid.
    aligned = list(xr.align(*profiles, join="inner")) if profiles else []
    notes += _list_left_out(profiles, aligned)
    options: dict[str, Any] = {"compat": "override", "combine_attrs": "drop_conflicts"}
    try:
        out = xr.merge(aligned + others, join="exact", **options)
    except ValueError as error:
        reason = " ".join(str(error).split())[:160]
        msg = (
            f"the fields of {file} do not go together ({reason}); accepted are fields of one grid "
            "and the same epochs. Split the file with grib_copy first."
        )
        raise GridError(msg) from error
    out.attrs = fields[0].encoding["file"]
    return out


def _open_fields(file: str | Path, wanted: Any, folder: str) -> list[xr.DataArray]:
    """Those of some fields that a file holds."""
    return [
        field
        for level, names in wanted
        for name, renamed in names.items()
        if (field := _open_field(file, level, name, renamed, folder)) is not None
    ]


def _list_left_out(profiles: Sequence[xr.DataArray], aligned: Sequence[xr.DataArray]) -> list[str]:
    """Say which levels and epochs were left out since a profile lacks them."""
    found: dict[str, list[str]] = {}
    for before, after in zip(profiles, aligned, strict=True):
        for dim in before.dims:
            if before.sizes[dim] == after.sizes[dim]:
                continue
            gone = np.setdiff1d(before[dim].to_numpy(), after[dim].to_numpy())
            few = ", ".join(map(str, gone[:6])) + (" ..." if gone.size > 6 else "")
            found.setdefault(f"{dim} {few}", []).append(str(before.name))
    return [
        f"{what} left out: in {', '.join(sorted(names))} alone" for what, names in found.items()
    ]


def _open_field(
    file: str | Path, level: str, name: str, renamed: str | None, folder: str
) -> xr.DataArray | None:
    """One field of a GRIB file, lazy; None where it holds no such field."""
    options = {
        "indexpath": f"{folder}/{{short_hash}}.idx",
        "time_dims": _TIME_DIMS,
        "filter_by_keys": {"typeOfLevel": level, "shortName": name},
        "read_keys": [*ROW_KEYS, *(["pv"] if level == "hybrid" else [])],
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ds = xr.open_dataset(file, engine="cfgrib", backend_kwargs=options)
    except Exception as error:  # Each library fails in its own ways on a damaged file.
        msg = (
            f"{name} ({level}) of {file} cannot be read ({' '.join(str(error).split())[:160]}); "
            "accepted is one grid and one kind of forecast. Split the file with grib_copy first."
        )
        raise InputError(msg) from error
    if not ds.data_vars:
        return None
    refuse_other_rows(ds, file)
    field = ds[next(iter(ds.data_vars))]
    if level == "heightAboveGround" and float(field.coords.get(level, 2.0)) != 2.0:
        return None
    _check_forecasts(file, level, name, options)
    if level == "hybrid" and name == "z" and "hybrid" not in field.dims:
        renamed = "z_surface"
    field = field.drop_vars(_LABELS, errors="ignore")
    field = field.drop_vars([n for n in _LEVEL_DIMS if n in field.coords and n not in field.dims])
    dims = ["valid_time"] if "valid_time" in field.dims else []
    field = field.chunk(dict.fromkeys(dims, 1)).rename(renamed or name)
    field.encoding["file"] = dict(ds.attrs)
    return field


def _check_forecasts(file: str | Path, level: str, name: str, options: dict[str, Any]) -> None:
    """Refuse two forecasts for one time: cfgrib would keep the one that comes last in the file."""
    from cfgrib.dataset import compute_index_keys, open_fileindex
    from cfgrib.messages import FileStream

    index = open_fileindex(
        FileStream(str(file)),
        options["indexpath"],
        compute_index_keys(_TIME_DIMS, {}),
        filter_by_keys=options["filter_by_keys"],
    )
    keys = list(index.index_keys)
    run = [keys.index(key) for key in _OF_A_RUN]
    rest = [i for i in range(len(keys)) if i not in run]
    seen: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for header, messages in index.iter_index():
        same = tuple(header[i] for i in rest)
        other = seen.setdefault(same, header)
        twice = len(messages) > 1 and not _are_equal(index, messages)
        if other is header and not twice:
            continue
        began = [_describe_run(dict(zip(keys, each, strict=True))) for each in (other, header)]
        which = " and ".join(dict.fromkeys(began))
        msg = (
            f"{file} holds {name} ({level}) more than once for {_describe_time(header, keys)}: "
            f"{which}; accepted is one forecast for each time. Select one, for example with "
            "`grib_copy -w dataDate=20220701,dataTime=0 in.grb out.grb`."
        )
        raise InputError(msg)


def _are_equal(index: Any, messages: Sequence[Any]) -> bool:
    """Whether messages with the same header hold the same values, so that either will do."""
    first, *others = (index.get_field(each)["values"] for each in messages)
    return all(np.array_equal(first, other) for other in others)


def _describe_run(header: dict[str, Any]) -> str:
    date, time = int(header["dataDate"]), int(header["dataTime"])
    day = f"{date // 10000:04d}-{date // 100 % 100:02d}-{date % 100:02d}"
    unit = {"0": "min", "1": "h", "m": "min", "h": "h"}.get(str(header["stepUnits"]), "steps")
    return f"run of {day} {time // 100:02d}:{time % 100:02d} + {float(header['endStep']):g} {unit}"


def _describe_time(header: tuple[Any, ...], keys: list[str]) -> str:
    seconds = float(header[keys.index("valid_time")])
    return str(np.datetime64(int(seconds), "s").astype("datetime64[m]"))
