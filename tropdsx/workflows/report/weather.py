"""Say what files of weather models hold that delays can be integrated from."""

from __future__ import annotations

from typing import Any

from tropdsx.cf.variables import find_fields
from tropdsx.errors import TropdsxError
from tropdsx.workflows.derive.fields.names import AT_GROUND
from tropdsx.workflows.derive.levels import drop_single, find_levels
from tropdsx.workflows.derive.moisture.column import find_moisture, place_column
from tropdsx.workflows.derive.open_levels import open_levels

__all__ = ["describe_column", "describe_levels", "rows_of_weather"]


def describe_levels(file: str) -> dict[str, Any] | None:
    """Describe levels of a weather model.

    Parameters
    ----------
    file : str
        As :func:`tropdsx.open_levels` takes it.

    Returns
    -------
    dict or None
        Plain values; None where a file holds none.
    """
    try:
        ds = open_levels(file)
        levels = find_levels(ds)
    except TropdsxError:
        return None
    lat, lon, time = (levels.positions.lat, levels.positions.lon, levels.positions.time)
    return {
        "kind": "levels",
        "levels": int(levels.temperature.sizes[levels.dim]),
        "dimension": str(levels.dim),
        "humidity": levels.humidity_kind,
        "lat": [float(lat.min()), float(lat.max())],
        "lon": [float(lon.min()), float(lon.max())],
        "epochs": 1 if time is None else int(time.size),
        "surface_pressure": levels.surface.pressure is not None,
        "notes": list(levels.notes),
    }


def describe_column(file: str) -> dict[str, Any] | None:
    """Describe a column of water vapour and what lies beside it.

    Parameters
    ----------
    file : str
        As :func:`tropdsx.open_levels` takes it.

    Returns
    -------
    dict or None
        Plain values; None where a file holds none.
    """
    try:
        ds = open_levels(file)
        if find_moisture(ds) is None:
            return None
        field, places = place_column(drop_single(ds, []))
    except TropdsxError:
        return None
    roles = ("surface temperature", "surface pressure", "ground")
    beside = [f[0].name for role in roles if (f := find_fields(ds, AT_GROUND[role]))]
    return {
        "kind": "column",
        "column": str(field.name),
        "beside": list(map(str, beside)),
        "lat": [float(places.lat.min()), float(places.lat.max())],
        "lon": [float(places.lon.min()), float(places.lon.max())],
        "epochs": 1 if places.time is None else int(places.time.size),
    }


def rows_of_weather(about: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """Lay a description of levels or of a column out as a title and labelled lines.

    Parameters
    ----------
    about : dict
        Of :func:`describe_levels` or :func:`describe_column`.

    Returns
    -------
    title : str
    rows : list of (str, str)

    Examples
    --------
    >>> about = {"kind": "column", "column": "tcwv", "beside": [], "lat": [50.0, 46.0],
    ...          "lon": [20.0, 25.0], "epochs": 2}
    >>> rows_of_weather(about)[1][:2]
    [('column', 'tcwv'), ('beside it', 'nothing of use')]
    """
    area = "lat {:g} to {:g}, lon {:g} to {:g}".format(*about["lat"], *about["lon"])
    where = [("grid", area), ("epochs", str(about["epochs"]))]
    if about["kind"] == "column":
        beside = ", ".join(about["beside"]) or "nothing of use"
        rows = [("column", about["column"]), ("beside it", beside)]
        return "a column of water vapour, for tropdsx delays", rows + where
    ground = "with" if about["surface_pressure"] else "without"
    levels = f"{about['levels']} along '{about['dimension']}', {ground} surface pressure"
    rows = [("levels", levels), ("humidity", about["humidity"].replace("_", " "))]
    return "levels of a weather model, for tropdsx delays", rows + where
