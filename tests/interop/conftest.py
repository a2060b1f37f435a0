"""Results in the forms that users have, made once."""

import numpy as np
import pytest
import xarray as xr

import tropdsx
from tropdsx.workflows.convert.files import convert

from helpers.interop import ask
from helpers.odd_inputs import plain


def means():
    """Delays of six hours, with the intervals that they are means of."""
    ds = plain()
    ends = ds.time.values[:, None] + np.array([-3, 3]) * np.timedelta64(1, "h")
    ds = ds.assign_coords(time_bnds=(("time", "nv"), ends))
    ds.time.attrs["bounds"] = "time_bnds"
    ds.time.encoding["units"] = "hours since 2022-01-01"
    for name in ("zhd", "zwd"):
        ds[name].attrs["cell_methods"] = "time: mean"
    return ds


def signed():
    """South up, from -180 deg on."""
    ds = plain()
    return ds.assign_coords(lon=(ds.lon + 180) % 360 - 180).sortby(["lat", "lon"])


WITH_ERRORS = {"ztd": True, "sigma": True, "model": "default"}
KINDS = {
    "with errors": (plain, WITH_ERRORS),
    "across the antimeridian": (lambda: plain(True), WITH_ERRORS),
    "packed": (plain, {"ztd": True, "pack": True}),
    "rounded": (plain, {"ztd": True, "quantize": True}),
    "means": (means, {"ztd": True}),
    "signed and south up": (signed, {"ztd": True}),
    "one epoch": (lambda: plain(True).isel(time=0), {"ztd": True}),
    "of the accessor": (lambda: plain(True), WITH_ERRORS),
}


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    """Files of all kinds by name; that of the accessor is written by xarray itself."""
    folder = tmp_path_factory.mktemp("results")
    files = {}
    for name, (make, options) in KINDS.items():
        ds, files[name] = make(), folder / f"{len(files)}.nc"
        options = {"target": 5.0, "model": None} | options
        if name == "of the accessor":
            tropdsx.downscale(ds, tropdsx.Options(**options)).to_netcdf(files[name])
        else:
            ds.to_netcdf(folder / "in.nc")
            convert(folder / "in.nc", files[name], **options)
    return files


@pytest.fixture(params=list(KINDS))
def result(request, results):
    """One of them: its file, and what xarray reads from it."""
    with xr.open_dataset(results[request.param], engine="netcdf4") as ds:
        return results[request.param], ds.load()


@pytest.fixture
def seen(result, results):
    """Ask a library what it sees in the file, all files in one process."""

    def look(code, *modules):
        return ask(code, *results.values(), modules=modules)[str(result[0])]

    return look


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder with the plain input in it."""
    made = tmp_path_factory.mktemp("coarse")
    plain().to_netcdf(made / "plain.nc")
    return made
