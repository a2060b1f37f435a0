"""Make ZWD of a northern summer out of files of a weather model.

``python -m benchmarks.summer OUT.nc FILE.nc --moisture [--spacing 1]`` takes the column of water
vapour and the 2 m temperature of a model (GFS, ERA5) through ``ds.tropds.zenith_delays()``, at the
nodes of a grid of cell centres among its own. Their ground is not at hand: heights are 0, for
texture alone, and never to be compared with those of another grid.

``python -m benchmarks.summer OUT.nc RELIEF.nc RUC_f000.grb RUC_f012.grb`` reads forecasts of the
Rapid Update Cycle (40 km, North America: temperature and relative humidity on pressure levels,
surface pressure), integrates them from the ground up and writes ZWD at 1 degree nodes. Then
``tropdsx evaluate heldout --no-neighbours --data OUT.nc --decimate 5x5 --all-phases``.

The files hold no orography: the ground has the height of a 20 minute relief (``height`` by ``lat``
and ``lon``), averaged to 40 minutes. ZWD hangs on the surface pressure, not on that height, which
only takes part in the interpolation and in the lifting; ZHD would hang on it and is not made.
Needs ``pip install '.[grib]'``.
"""

from __future__ import annotations

import argparse
import warnings

import cfgrib
import numpy as np
import xarray as xr
from scipy.interpolate import LinearNDInterpolator, RegularGridInterpolator
from scipy.ndimage import uniform_filter

import tropdsx
from tropdsx.atmos.constants import DRY_GAS_CONSTANT, EPSILON, STANDARD_GRAVITY
from tropdsx.atmos.profile.integrate import integrate_delays
from tropdsx.atmos.water_vapour import saturation_vapour_pressure

#: Gas constant of dry air over gravity [m K-1].
R_G = DRY_GAS_CONSTANT / STANDARD_GRAVITY
#: Nodes of the result [degrees], and the scale height that ZWD is interpolated with [m].
LAT, LON = np.arange(53.0, 24.0, -1.0), np.arange(237.0, 288.0)
SCALE_HEIGHT = 2000.0


def relief(path: str) -> RegularGridInterpolator:
    """Height of the ground [m] at latitude, longitude."""
    with xr.open_dataset(path) as ds:
        land = ds["height"].sortby(["lat", "lon"]).clip(min=0).astype(float)
        # The mean of a node and the one before lies half a step before the node.
        smooth = uniform_filter(land.to_numpy(), 2, mode="nearest")
        axes = [land[name].to_numpy() for name in ("lat", "lon")]
        return RegularGridInterpolator([axis - (axis[1] - axis[0]) / 2 for axis in axes], smooth)


def zwd_of(path: str, ground: RegularGridInterpolator) -> xr.DataArray:
    """ZWD [m] at the ground, on the nodes."""
    parts = cfgrib.open_datasets(path, backend_kwargs={"indexpath": ""})
    levels = next(ds for ds in parts if "isobaricInhPa" in ds.dims and "t" in ds)
    levels = levels.sortby("isobaricInhPa", ascending=False)
    surface = next(ds["sp"] for ds in parts if "sp" in ds).to_numpy().astype(float) / 100.0
    known = np.isfinite(surface)
    p = levels["isobaricInhPa"].to_numpy()
    t, humidity = (levels[name].to_numpy().astype(float)[:, known] for name in ("t", "r"))
    e = humidity.clip(0, 100) / 100.0 * saturation_vapour_pressure(t)
    place = np.stack([levels[name].to_numpy()[known] for name in ("latitude", "longitude")], -1)
    place[:, 1] %= 360.0
    z0 = ground(place)
    # Heights of the levels from the hypsometric equation, shifted so that the ground lies at z0.
    virtual = t / (1.0 - (1.0 - EPSILON) * e / p[:, None])
    layers = R_G * (virtual[1:] + virtual[:-1]) / 2.0 * np.log(p[:-1] / p[1:])[:, None]
    above = np.concatenate([np.zeros((1, z0.size)), np.cumsum(layers, axis=0)])
    log_p, at = np.log(p[::-1]), np.log(surface[known])
    lowest = R_G * virtual[0] * np.minimum(np.log(p[0]) - at, 0.0)
    column = np.array([np.interp(x, log_p, col) for x, col in zip(at, above[::-1].T, strict=True)])
    height = z0 + above - (column + lowest)
    zwd = integrate_delays(p, t, e, height, z0, humidity_kind="water_vapour_pressure").zwd
    nodes = np.stack(np.meshgrid(LAT, LON, indexing="ij"), -1)
    at_sea = LinearNDInterpolator(place, zwd * np.exp(z0 / SCALE_HEIGHT))(nodes)
    return xr.DataArray(
        (at_sea * np.exp(-ground(nodes) / SCALE_HEIGHT))[None],
        {"time": [levels["valid_time"].to_numpy()], "lat": LAT, "lon": LON},
        ("time", "lat", "lon"),
        "zwd",
        {"units": "m"},
    )


def of_moisture(path: str, spacing: float) -> xr.Dataset:
    """ZWD [m] of a column of water vapour on the centres of cells, which are nodes of the file."""
    ds = tropdsx.open_levels(path)
    lat = np.intersect1d(np.arange(-90.0 + spacing / 2.0, 90.0, spacing), ds["lat"])
    lon = np.intersect1d(np.arange(spacing / 2.0, 360.0, spacing), ds["lon"])
    zwd = ds.sel(lat=lat[::-1], lon=lon).tropds.zenith_delays()[["zwd"]].compute()
    zwd.attrs = {"source": str(ds.attrs.get("source", path))}
    return zwd.assign(orography=xr.zeros_like(zwd["zwd"][0], float).assign_attrs(units="m"))


def of_levels(relief_file: str, files: list[str]) -> xr.Dataset:
    """ZWD [m] of forecasts of the RUC, with the heights of a relief."""
    ground = relief(relief_file)
    ds = xr.concat([zwd_of(file, ground) for file in files], "time").to_dataset()
    nodes = np.stack(np.meshgrid(LAT, LON, indexing="ij"), -1)
    ds["orography"] = (("lat", "lon"), ground(nodes), {"units": "m"})
    return ds.assign_attrs(source="Rapid Update Cycle, 40 km")


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", metavar="OUT.nc")
    parser.add_argument("files", nargs="+", metavar="RELIEF.nc RUC.grb ... | FILE.nc")
    parser.add_argument("--moisture", action="store_true", help="one file of water vapour")
    parser.add_argument("--spacing", type=float, default=1.0, help="of the nodes [degrees]")
    given = parser.parse_args()
    if given.moisture:
        ds = of_moisture(given.files[0], given.spacing)
    else:
        ds = of_levels(given.files[0], given.files[1:])
    ds.to_netcdf(given.out)
    least, most, missing = float(ds.zwd.min()), float(ds.zwd.max()), int(ds.zwd.isnull().sum())
    print(f"{given.out}: {dict(ds.sizes)}, {least:.3f} to {most:.3f} m, {missing} missing")


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main()
