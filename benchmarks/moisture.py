"""Make the moisture fields that the shipped networks were trained on.

``python -m benchmarks.moisture OUT.nc FILE.nc`` takes precipitable water and 2 m temperature of a
weather model at its own nodes through ``ds.tropds.zenith_delays()`` and writes ZWD. With sea level
pressure in the file it adds ZHD at h = 0, with ``--relief`` (a file of ``height`` by ``lat`` and
``lon``, 20 minutes) the land mask without which no ZHD is learned, with ``--mean 0.5`` the mean
over so many degrees on each side instead of the values of single nodes: a smoother truth.

Heights are 0: the ground of the model is not at hand, so these are texture, for ``tropdsx train
--moisture`` and for scores at h = 0, and never to be compared with delays at real heights.
"""

from __future__ import annotations

import argparse

import numpy as np
import xarray as xr
from scipy.ndimage import convolve1d, maximum_filter

import tropdsx
from tropdsx.atmos.saastamoinen import saastamoinen_zhd


def delays_of(ds: xr.Dataset) -> xr.Dataset:
    """ZWD and, with sea level pressure, ZHD at h = 0 [m]."""
    wet = ds.tropds.zenith_delays()["zwd"].transpose("time", "lat", "lon")
    out = xr.Dataset({"zwd": wet.astype(np.float32).drop_attrs().assign_attrs(units="m")})
    if "prmsl" in ds:
        pressure = ds["prmsl"].transpose("time", "lat", "lon") / 100.0
        zhd = saastamoinen_zhd(pressure.to_numpy(), ds["lat"].to_numpy()[:, None], 0.0)
        out["zhd"] = out["zwd"].copy(data=zhd.astype(np.float32))
    out.attrs = {name: ds.attrs[name] for name in ("source", "license") if name in ds.attrs}
    flat = np.zeros((ds.sizes["lat"], ds.sizes["lon"]), np.float32)
    out["orography"] = ("lat", "lon"), flat, {"units": "m"}
    return out


def land_of(out: xr.Dataset, relief: str) -> xr.DataArray:
    """1 where the relief shows land at the node or beside it, else 0."""
    with xr.open_dataset(relief) as ds:
        height = ds["height"].load().astype(float)
    height = height.assign_coords(lon=height["lon"] % 360).sortby(["lat", "lon"])
    highest = height.copy(data=maximum_filter(height.to_numpy(), 3, mode=("nearest", "wrap")))
    nodes = {"lat": out["lat"], "lon": out["lon"] % 360}
    near = highest.sel(nodes, method="nearest").transpose("lat", "lon")
    axes = {name: out[name] for name in ("lat", "lon")}
    return xr.DataArray((near > 0).to_numpy().astype(np.float32), axes, ("lat", "lon"))


def average(out: xr.Dataset, degrees: float) -> xr.Dataset:
    """Mean over some degrees on each side, the outermost nodes with half of the weight."""
    half = round(degrees / abs(float(out["lat"][1] - out["lat"][0])))
    kernel = np.ones(2 * half + 1)
    kernel[[0, -1]] = 0.5
    kernel /= kernel.sum()
    wraps = out.sizes["lon"] * abs(float(out["lon"][1] - out["lon"][0])) > 359.9
    for name in ("zwd", "zhd"):
        if name in out:
            beyond = "wrap" if wraps else "nearest"
            along = convolve1d(out[name].to_numpy(), kernel, -1, mode=beyond)
            out[name] = out[name].copy(data=convolve1d(along, kernel, -2, mode="nearest"))
    return out


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", metavar="OUT.nc")
    parser.add_argument("file", metavar="FILE.nc")
    parser.add_argument("--relief", metavar="RELIEF.nc")
    parser.add_argument("--mean", type=float, default=0.0, metavar="DEGREES")
    given = parser.parse_args()
    with tropdsx.open_levels(given.file) as ds:
        out = delays_of(ds.load())
    if given.relief:
        out["land_binary_mask"] = land_of(out, given.relief)
    if given.mean:
        out = average(out, given.mean)
    out.to_netcdf(given.out)
    least, most = (float(value) for value in (out["zwd"].min(), out["zwd"].max()))
    print(f"{given.out}: {dict(out.sizes)}, ZWD {least:.3f} to {most:.3f} m")


if __name__ == "__main__":
    main()
