"""Make the shipped tables from the ITU-R digital maps inside the PyPI package ``itur``.

Run ``pip install itur && python tools/make_tables.py`` in the checkout to write the files of
``tropdsx/assets/tables`` again. ``itur`` is needed for this alone; only its map files are read,
none of its code runs.

``orography_1deg.nc``
    Mean terrain height of every 1 degree cell above the WGS84 ellipsoid: ITU-R P.1511-2
    topography (1/12 degree, sea = 0) plus EGM2008 geoid undulation.
``climatology.nc``
    Monthly temperature reduced to the ellipsoid (ITU-R P.1510-1 surface temperature) and water
    vapour scale height (ITU-R P.836-6, median), on a 2.5 degree grid.
``geoid.nc``
    Height of the geoid (EGM2008) above the WGS84 ellipsoid at whole degrees.

Two choices, made on VMF1 4 x 5 -> 2 x 2.5 degree epochs of 2021, 2022 and 2024 and confirmed on
VMF3 5 -> 1 degree pairs of 2021-01-01:

* Over cold ground the air above the surface inversion, not the surface, carries the pressure:
  half of what the sea-level temperature lacks to 268 K is given back (ZHD 1.67 -> 1.54 mm).
* The P.836 scale height alone is too short under high ground (ZWD 16.6 mm); a quarter of it plus
  three quarters of 2.9 km is used (15.44 mm; a constant 2 km gives 15.9 mm).
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator
from scipy.ndimage import uniform_filter

from tropdsx.atmos.constants import STANDARD_LAPSE_RATE
from tropdsx.reduce.hypsometric import INVERSION_SHARE, INVERSION_TEMPERATURE

FOLDER = Path(__file__).resolve().parents[1] / "tropdsx" / "assets" / "tables"
"""Where the package keeps its tables."""

SCALE_HEIGHT, SCALE_HEIGHT_SHARE = 2900.0, 0.25
"""Scale height that P.836 is blended with [m]; share of P.836 in the blend [1]."""


def itu_map(name: str) -> NDArray[np.float64]:
    """Read a digital map of ITU-R that the package ``itur`` holds.

    Parameters
    ----------
    name : str
        Recommendation and map, such as "1511/v2_topo" or, for the nodes, "1511/v2_lat".

    Returns
    -------
    ndarray
        Values of the map, shape (lat, lon), in the unit of the recommendation.

    Raises
    ------
    SystemExit
        If ``itur`` is not installed.
    """
    spec = importlib.util.find_spec("itur")
    if spec is None or not spec.submodule_search_locations:
        msg = "the package itur is not installed; run: pip install itur"
        raise SystemExit(msg)
    path = Path(spec.submodule_search_locations[0]) / "data" / f"{name}.npz"
    return np.asarray(np.load(path)["arr_0"], float)


def _field(values: NDArray, lat: NDArray, lon: NDArray) -> RegularGridInterpolator:
    """Bilinear interpolator on ascending axes; longitude is continued to 0..360 by periodicity."""
    if lat[0] > lat[-1]:
        lat, values = lat[::-1], values[::-1]
    west = lon < 0
    if west.any():
        inside = lon < lon[0] + 360.0
        lon, values = lon[inside], values[:, inside]
        order = np.argsort(lon % 360.0)
        lon, values = (lon % 360.0)[order], values[:, order]
    lon = np.concatenate([lon[-1:] - 360.0, lon, lon[:1] + 360.0])
    values = np.concatenate([values[:, -1:], values, values[:, :1]], axis=1)
    return RegularGridInterpolator((lat, lon), values, bounds_error=False, fill_value=None)


def _sample(field: RegularGridInterpolator, lat: NDArray, lon: NDArray) -> NDArray[np.float64]:
    return np.asarray(field(np.stack(np.meshgrid(lat, lon, indexing="ij"), axis=-1)))


def _cell_means(field: RegularGridInterpolator, step: float, per_degree: int) -> NDArray:
    count = round(step * per_degree)
    inner = (np.arange(count) + 0.5) / per_degree
    north = 90.0 - np.arange(round(180 / step)) * step
    west = np.arange(round(360 / step)) * step
    lat = (north[:, None] - inner).ravel()
    lon = (west[:, None] + inner).ravel()
    fine = _sample(field, lat, lon)
    return fine.reshape(north.size, count, west.size, count).mean(axis=(1, 3))


def orography() -> xr.Dataset:
    """Average terrain heights above the ellipsoid over cells of 1 degree.

    Returns
    -------
    Dataset
        ``orography`` (lat, lon) [m], from 89.5 and 0.5 on.
    """
    lat, lon = itu_map("1511/v2_lat")[:, 0], itu_map("1511/v2_lon")[0]
    terrain = _field(np.maximum(itu_map("1511/v2_topo"), 0.0), lat, lon)
    height = _cell_means(terrain, 1.0, 12) + _cell_means(_undulation(), 1.0, 12)
    return xr.Dataset(
        {"orography": (("lat", "lon"), np.rint(height).astype(np.int16))},
        coords={"lat": 89.5 - np.arange(180.0), "lon": 0.5 + np.arange(360.0)},
        attrs={
            "title": "Mean terrain height of 1 degree cells above the WGS84 ellipsoid",
            "source": "ITU-R P.1511-2 topography and EGM2008 undulation, package itur",
            "references": "Recommendation ITU-R P.1511-2 (08/2019)",
        },
    )


def _undulation() -> RegularGridInterpolator:
    undulation = itu_map("1511/v2_egm2008")
    # This map has one row and one column more than the terrain's, half a cell further out on each
    # side.
    lat = (undulation.shape[0] - 1) / 24 - np.arange(undulation.shape[0]) / 12
    lon = -(undulation.shape[1] - 1) / 24 + np.arange(undulation.shape[1]) / 12
    return _field(undulation, lat, lon)


def geoid() -> xr.Dataset:
    """Sample the geoid at whole degrees.

    Bilinear between them it is good to 0.5 m rms, 11 m at most (Himalaya, Andes).

    Returns
    -------
    Dataset
        ``geoid_undulation`` (lat, lon) [m].
    """
    lat, lon = 90.0 - np.arange(181.0, dtype="f4"), np.arange(360.0, dtype="f4")
    return xr.Dataset(
        {"geoid_undulation": (("lat", "lon"), _sample(_undulation(), lat, lon))},
        coords={"lat": lat, "lon": lon},
        attrs={
            "title": "Height of the geoid above the WGS84 ellipsoid at whole degrees",
            "source": "EGM2008 in ITU-R P.1511-2, package itur",
            "references": "Recommendation ITU-R P.1511-2 (08/2019); Pavlis et al. (2012), "
            "doi:10.1029/2011JB008916",
        },
    )


def climatology() -> xr.Dataset:
    """Reduce monthly temperatures to the ellipsoid, and blend the scale height of the wet delay.

    Returns
    -------
    Dataset
        ``temperature`` (month, lat, lon) [K] and ``scale_height`` (lat, lon) [m].
    """
    lat, lon = 90.0 - 2.5 * np.arange(73.0), 2.5 * np.arange(144.0)
    lat_t, lon_t = itu_map("1510/v1_lat")[:, 0], itu_map("1510/v1_lon")[0]
    # P.1510 refers to its own smooth terrain, about 0.75 degree wide.
    terrain = uniform_filter(np.maximum(itu_map("1511/v2_topo"), 0.0), 9)
    height = _sample(
        _field(terrain, itu_map("1511/v2_lat")[:, 0], itu_map("1511/v2_lon")[0]),
        lat_t,
        lon_t % 360.0,
    )
    months = [
        itu_map(f"1510/v1_t_month{month:02d}") + STANDARD_LAPSE_RATE * height
        for month in range(1, 13)
    ]
    temperature = np.stack([_sample(_field(month, lat_t, lon_t), lat, lon) for month in months])
    temperature += INVERSION_SHARE * np.maximum(0.0, INVERSION_TEMPERATURE - temperature)
    vapour = itu_map("836/v6_vsch_50") * 1000.0
    vapour = np.where(np.isfinite(vapour), vapour, np.nanmedian(vapour))
    vapour = _sample(
        _field(vapour[:, :-1], itu_map("836/v6_lat")[:, 0], itu_map("836/v6_lon")[0, :-1]), lat, lon
    )
    scale_height = SCALE_HEIGHT_SHARE * vapour + (1 - SCALE_HEIGHT_SHARE) * SCALE_HEIGHT
    return xr.Dataset(
        {
            "temperature": (("month", "lat", "lon"), temperature.astype(np.float32)),
            "scale_height": (("lat", "lon"), scale_height.astype(np.float32)),
        },
        coords={"month": np.arange(1, 13), "lat": lat, "lon": lon},
        attrs={
            "title": "Climatology that moves zenith delays in height",
            "source": "ITU-R P.1510-1 temperature, P.836-6 vapour scale height, package itur",
            "references": "Recommendations ITU-R P.1510-1 (06/2017) and P.836-6 (12/2017)",
            "comment": "temperature reduced to h = 0 with 6.5 K km-1 and half of any deficit to "
            "268 K given back; scale height = 0.25 P.836 + 0.75 x 2900 m",
        },
    )


def main() -> None:
    """Write all tables."""
    packed: dict[str, Any] = {"zlib": True, "complevel": 9, "shuffle": True}
    attrs = {
        "orography": {"units": "m", "long_name": "terrain height above the WGS84 ellipsoid"},
        "temperature": {"units": "K", "long_name": "air temperature reduced to the ellipsoid"},
        "scale_height": {"units": "m", "long_name": "scale height of the zenith wet delay"},
        "geoid_undulation": {"units": "m", "long_name": "geoid height above the WGS84 ellipsoid"},
    }
    packing: dict[str, dict[str, Any]] = {
        "orography": {"dtype": "int16"},
        "temperature": {
            "dtype": "int16",
            "scale_factor": 0.01,
            "add_offset": 270.0,
            "_FillValue": -32768,
        },
        "scale_height": {
            "dtype": "int16",
            "scale_factor": 1.0,
            "add_offset": 0.0,
            "_FillValue": -1,
        },
        "geoid_undulation": {"dtype": "int16", "scale_factor": 0.5, "_FillValue": -32768},
    }
    tables = {"orography_1deg": orography, "climatology": climatology, "geoid": geoid}
    for name, make in tables.items():
        table = make()
        for variable in table:
            table[variable].attrs = attrs[str(variable)]
        encoding = {variable: packed | packing[str(variable)] for variable in table}
        table.to_netcdf(FOLDER / f"{name}.nc", engine="netcdf4", encoding=encoding)


if __name__ == "__main__":
    main()
