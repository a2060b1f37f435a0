import shlex

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner

import tropdsx
from tropdsx.cli.reconstruct import reconstruct as command
from tropdsx.errors import OutputError
from tropdsx.pipeline.options import Options
from tropdsx.workflows.reconstruct.files import leave_out_files, reconstruct_files

from helpers.network_of_stations import coarse_grid, observe, some_stations


@pytest.fixture
def folder(tmp_path):
    """A grid, a table of stations and a table of delays."""
    grid = coarse_grid()
    grid.to_netcdf(tmp_path / "grid.nc")
    observed = observe(grid, some_stations(), 0.01)
    frame = observed.ztd.to_series().reset_index(name="ztd_m")
    frame.to_csv(tmp_path / "ztd.csv", index=False)
    places = {name: observed[name].values for name in ("station", "lat", "lon")}
    pd.DataFrame(places | {"height_m": observed.height.values}).to_csv(
        tmp_path / "stations.csv", index=False
    )
    return tmp_path


OPTIONS = {"target": 1.0, "orography": None, "model": "none"}


def test_a_file_is_what_the_function_gives(folder):
    names = [folder / name for name in ("grid.nc", "stations.csv", "ztd.csv")]
    seen = []
    path = reconstruct_files(
        *names, progress=lambda what, _: lambda *done: seen.append((what, *done)), **OPTIONS
    )
    assert path == folder / "grid_reconstructed.nc"
    assert {("background at the stations", 4, 4), ("reconstructing", 4, 4)} <= set(seen)
    with xr.open_dataset(folder / "grid.nc") as ds:
        fine = tropdsx.reconstruct(ds, *names[1:], options=Options(target=1.0, model=None))
    with xr.open_dataset(path) as found:
        for name in ("zhd", "zwd", "ztd", "ztd_sigma", "stations_used", "station_residual"):
            np.testing.assert_array_equal(found[name], fine[name])
        said = tropdsx.read_provenance(path)
    assert said["command"] == (
        "tropdsx reconstruct grid.nc stations.csv ztd.csv --target=1 --model=none"
    )
    assert said["parameters"]["observations"]["file"] == "ztd.csv"
    with pytest.raises(OutputError, match="exists"):
        reconstruct_files(*names, **OPTIONS)
    with pytest.raises(OutputError, match="is an input"):
        reconstruct_files(*names, folder / "ztd.csv", overwrite=True, **OPTIONS)


def test_the_recorded_command_does_it_again(folder, monkeypatch):
    """With the estimates of the whole also for a part of it."""
    names = [folder / name for name in ("grid.nc", "stations.csv", "ztd.csv")]
    est = folder / "est.nc"
    reconstruct_files(*names, folder / "a.nc", save_estimates=est, quantiles=(0.1,), **OPTIONS)
    with xr.open_dataset(names[0]) as ds:
        ds.isel(time=[1, 2]).to_netcdf(folder / "part.nc")
    parts = [folder / "part.nc", *names[1:]]
    reconstruct_files(*parts, folder / "b.nc", estimates=est, quantiles=(0.1,), **OPTIONS)
    monkeypatch.chdir(folder)
    for name in ("a", "b"):
        words = shlex.split(tropdsx.read_provenance(folder / f"{name}.nc")["command"])
        assert words[:2] == ["tropdsx", "reconstruct"]
        ran = CliRunner().invoke(command, [*words[2:], "-o", f"{name}2.nc"])
        assert ran.exit_code == 0, ran.output
        with xr.open_dataset(f"{name}.nc") as one, xr.open_dataset(f"{name}2.nc") as two:
            xr.testing.assert_equal(one, two)
    with xr.open_dataset("a.nc") as whole, xr.open_dataset("b.nc") as part:
        np.testing.assert_array_equal(part.ztd, whole.ztd.isel(time=[1, 2]))
    with pytest.raises(OutputError, match="is an input"):
        reconstruct_files(*parts, folder / "c.nc", save_estimates=parts[0], **OPTIONS)
    with pytest.raises(OutputError, match=r"est\.nc exists"):
        reconstruct_files(*names, folder / "c.nc", save_estimates=est, **OPTIONS)
    reconstruct_files(*names, folder / "a.nc", save_estimates=est, overwrite=True, **OPTIONS)


def test_places_go_into_a_store(folder):
    names = [folder / name for name in ("grid.nc", "stations.csv", "ztd.csv")]
    places = folder / "stations.csv"
    path = reconstruct_files(*names, folder / "out.zarr", where=places, **OPTIONS)
    with xr.open_zarr(path) as found:
        assert found.ztd.sizes == {"time": 4, "station": 25}
        assert "reconstruct" in found.attrs["tropdsx_command"]


def test_places_have_no_cells_and_no_step(folder):
    names = [folder / name for name in ("grid.nc", "stations.csv", "ztd.csv")]
    path = reconstruct_files(*names, folder / "rovers.nc", where=folder / "stations.csv", **OPTIONS)
    with xr.open_dataset(path) as found:
        assert not {"lat_bnds", "lon_bnds"} & set(found.variables)
        assert not [
            name for name in found.attrs if name.endswith(("lat_resolution", "lon_resolution"))
        ]
        assert found.attrs["title"] == "Zenith tropospheric delays at 25 places"
        assert "grid" not in found.attrs["summary"]


def test_leaving_out_takes_files_and_a_period(folder):
    found = leave_out_files(
        [folder / "grid.nc"],
        folder / "stations.csv",
        folder / "ztd.csv",
        folds=3,
        period="2022-03-09T00/2022-03-09T07",
        **OPTIONS,
    )
    assert found.sizes["time"] == 2
