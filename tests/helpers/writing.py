"""Described delays to write, with and without dask, and child processes that write them."""

import subprocess
import sys
import textwrap

import numpy as np
import xarray as xr

from tropdsx.cf import description as cf
from tropdsx.cf.axes import find_axis_names
from tropdsx.write.netcdf import write_netcdf
from tropdsx.write.zarr import write_zarr

from helpers.fields import interruptible
from helpers.paths import ROOT

WRITERS = [write_netcdf, write_zarr]


def delays(epochs=7, *, time_name="time", order=None):
    rng = np.random.default_rng(3)
    lat, lon = np.arange(60.0, 50.0, -1.0), np.arange(5.0, 17.0)
    dims, shape = (time_name, "lat", "lon"), (epochs, lat.size, lon.size)
    zhd, zwd = (m + 0.1 * rng.random(shape).astype(np.float32) for m in (2.2, 0.1))
    zwd[0, 1, 2] = np.nan
    times = np.datetime64("2021-01-01", "ns") + np.arange(epochs) * np.timedelta64(6, "h")
    period = {"validation_period": "2020-01-01/2020-12-31"}
    ds = xr.Dataset(
        {
            "zhd": (dims, zhd),
            "zwd": (dims, zwd),
            "zhd_rmse": (dims[1:], zhd[0] / 1000, period),
            "quality": (dims[:1], np.arange(epochs), {"units": "1"}),
        },
        {time_name: times, "lat": lat, "lon": lon, "orography": (dims[1:], 1000.0 * zwd[2])},
        {"history": "made", "numbers": [1.5, 2.5]},
    )
    ds = ds if order is None else ds.transpose(*order, missing_dims="ignore")
    return cf.describe(ds, attrs={"date_created": "2026-01-01T00:00:00Z"})


def lazy(ds, steps=3, then=None):
    """The same with dask chunks along time; ``then`` is called on every block of zhd."""
    time_dim = find_axis_names(ds).time
    out = ds.copy()
    for name in ("zhd", "zwd"):
        out[name] = out[name].chunk({time_dim: steps})
    if then is not None:
        blocks_of_zhd = out["zhd"].variable.data
        meta = np.empty((0, 0, 0), np.float32)
        out["zhd"].variable.data = blocks_of_zhd.map_blocks(then, dtype=np.float32, meta=meta)
    return out


def reopen(path):
    with xr.open_dataset(path, engine="zarr" if path.is_dir() else "netcdf4") as ds:
        return ds.load()


HEAD = """
import os, resource, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dask, dask.array
import numpy as np
import xarray as xr

from tropdsx.cf import description as cf
from tropdsx.errors import OutputError
from tropdsx.system import blocks
from tropdsx.system.hdf5 import hdf5_lock
from tropdsx.write.netcdf import write_netcdf
from tropdsx.write.zarr import write_zarr

from helpers.writing import delays, lazy
"""


def run(code, *args):
    """Start a child process that runs ``code``, with ``sys.argv[1:]`` as given, behind HEAD."""
    path = f"import sys; sys.path[:0] = {[str(ROOT / 'tests'), *sys.path]!r}"
    text = "\n".join([path, HEAD, textwrap.dedent(code)])
    return subprocess.Popen(
        [sys.executable, "-c", text, *map(str, args)],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=interruptible,
    )
