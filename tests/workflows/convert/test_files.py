"""Conversion of files: the numbers of the lazy path, in flat memory."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.workflows.convert.files import convert, warn_of_other_errors
from tropdsx.write.provenance import read_provenance

from helpers.conversion import (
    interrupted,
    same,
    series,
)
from helpers.forecasts import HOUR, RUNNING, in_runs


@pytest.mark.parametrize("epochs", [1, 2, 8, 11])
@pytest.mark.parametrize("network", [False, True])
def test_streamed_equals_lazy(coarse, tiny_checkpoint, tmp_path, epochs, network):
    model = tiny_checkpoint if network else None
    series(coarse, epochs).to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", model=model, target=2.5, ztd=True)
    with xr.open_dataset(tmp_path / "in.nc") as ds, xr.open_dataset(out) as fine:
        lazy = ds.tropds.downscale(2.5, model=model, ztd=True)
        assert set(lazy.data_vars) <= set(fine.data_vars)
        for name in lazy.data_vars:
            np.testing.assert_array_equal(fine[name], lazy[name])
        np.testing.assert_array_equal(fine.time, lazy.time)


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
@pytest.mark.usefixtures("tight", "quick")
def test_provenance_counts_what_limits_held(coarse, tiny_checkpoint, tmp_path, suffix):
    """In a run that was interrupted, too."""
    series(coarse, 10).to_netcdf(tmp_path / "in.nc")
    with xr.open_dataset(tmp_path / "in.nc") as ds:
        eager = ds.load().tropds.downscale(5.0, model=tiny_checkpoint)
    out, given = tmp_path / f"out.{suffix}", {"model": tiny_checkpoint, "target": 5.0}

    def stop(done, _):
        if done >= 6:
            raise KeyboardInterrupt

    with interrupted(KeyboardInterrupt):
        convert(tmp_path / "in.nc", out, progress=stop, **given)
    convert(tmp_path / "in.nc", out, resume=True, **given)
    limits = read_provenance(out)["limits"]
    assert limits == read_provenance(eager)["limits"]
    assert limits["zwd_bounded"]["count"] > 0
    assert limits["zwd_bounded"]["out_of"] == 10 * 36 * 72
    expected = read_provenance(out)["expected"]
    assert set(expected) == {"zhd", "zwd"}
    assert expected["zwd"] == pytest.approx(read_provenance(eager)["expected"]["zwd"])


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_orientation_and_order_of_the_caller(coarse, tmp_path, quick, suffix):
    """South first, -180..180, epochs shuffled (files sort them), other names and dimensions."""
    ds = series(coarse, 10).isel(time=[3, 9, 0, 1, 8, 2, 7, 4, 6, 5], lat=slice(None, None, -1))
    ds = ds.assign_coords(lon=(ds.lon + 180) % 360 - 180).sortby("lon")
    ds = ds.rename(lat="latitude", time="valid_time").transpose("lon", "latitude", "valid_time")
    ds.to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", tmp_path / f"out.{suffix}", model=None, target=5.0)
    opened = xr.open_zarr(out) if suffix == "zarr" else xr.open_dataset(out)
    with opened as fine, xr.open_dataset(tmp_path / "in.nc") as given:
        lazy = given.tropds.downscale(5.0, model=None).sortby("valid_time")
        np.testing.assert_array_equal(fine.time, lazy.valid_time)
        np.testing.assert_array_equal(
            fine.zwd.transpose("time", "lat", "lon"),
            lazy.zwd.transpose("valid_time", "latitude", "lon"),
        )


def test_vmf_text_of_many_epochs(shared, tmp_path):
    files = sorted((shared / "data/vmf3/5x5").glob("*.xz"))
    out = convert(
        files,
        tmp_path / "out.nc",
        model=None,
        target=5.0,
        coarse_orography=shared / "data/orography/orography_ell_5x5",
    )
    with xr.open_dataset(out) as fine:
        assert fine.sizes["time"] == len(files)


def test_two_conversions_at_once(small, tiny_checkpoint, tmp_path, quick):
    import torch

    threads = torch.get_num_threads()
    series(small, 12).to_netcdf(tmp_path / "in.nc")
    whole = convert(tmp_path / "in.nc", tmp_path / "whole.nc", model=tiny_checkpoint, target=5.0)
    failed = []

    def work(name):
        try:
            convert(tmp_path / "in.nc", tmp_path / name, model=tiny_checkpoint, target=5.0)
        except BaseException as error:
            failed.append(error)

    both = [threading.Thread(target=work, args=(f"{k}.nc",)) for k in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert not failed
    for k in range(2):
        same(whole, tmp_path / f"{k}.nc")
    assert torch.get_num_threads() == threads


MEMORY = """
from pathlib import Path
from tropdsx.system import workers as stream_engine
from tropdsx.workflows.convert.files import convert, warn_of_other_errors
stream_engine.usable_cores = lambda: 2  # each core more holds one block more
convert("in.nc", "out.nc", model="none", overwrite=True)
# Not ru_maxrss: it starts with what the parent had when it forked.
status = Path("/proc/self/status").read_text().splitlines()
print(next(line for line in status if "VmHWM" in line).split()[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_memory_does_not_grow_with_the_series(coarse, tmp_path):
    used = []
    for epochs in (192, 768):
        series(coarse, epochs).to_netcdf(tmp_path / "in.nc")
        ran = subprocess.run(
            [sys.executable, "-c", MEMORY], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        used.append(int(ran.stdout) / 1024)
    # The peak comes out 0 to 11 MB apart by chance; 576 epochs are 190 MB as stored, 300 as values.
    assert used[1] - used[0] < 32, used


def test_files_are_sorted_in_time(coarse, tmp_path):
    coarse.isel(time=[2, 0, 1]).to_netcdf(tmp_path / "mixed.nc")
    with xr.open_dataset(convert(tmp_path / "mixed.nc", model=None, target=5.0)) as out:
        np.testing.assert_array_equal(out.time, coarse.time)
        np.testing.assert_array_equal(out.zwd, coarse.tropds.downscale(5.0, model=None).zwd)


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_static_fields_are_written(coarse, tiny_checkpoint, tmp_path, suffix):
    coarse.to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", tmp_path / f"out.{suffix}", model=tiny_checkpoint, target=5.0)
    with xr.open_dataset(out, engine="zarr" if suffix == "zarr" else None) as fine:
        for name in ("orography", "zhd_rmse", "zwd_rmse", "lat_bnds", "zwd"):
            assert not fine[name].isnull().any(), name


def test_options_of_files_are_recorded(coarse, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    physics = convert(tmp_path / "in.nc", tmp_path / "truth.nc", model="none")
    out = convert(tmp_path / "in.nc", tmp_path / "out.nc", model="none", reference=physics)
    with xr.open_dataset(out) as fine:
        recorded = json.loads(fine.attrs["tropdsx_parameters"])
    assert recorded["reference"]["file"] == "truth.nc"
    assert len(recorded["reference"]["sha256"]) == 64
    assert "start" not in recorded


def test_options_of_tropds_do_not_pass_in_silence(coarse, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    with pytest.raises(InputError, match=r"norm given, but in\.nc does not go through"):
        convert(tmp_path / "in.nc", tmp_path / "out.nc", norm=(0, 50))


def test_epochs_without_dates_are_converted(coarse, tmp_path):
    dated = coarse.tropds.downscale(5.0, model=None)
    source, out = tmp_path / "undated.nc", tmp_path / "fine.nc"
    coarse.drop_vars("time").to_netcdf(source)
    with pytest.warns(TropdsxWarning, match="without dates: .*lifted with the mean of the year"):
        convert(source, out, target=5.0, model=None)
    with xr.open_dataset(out) as fine:
        assert "without dates" in fine.attrs["tropdsx_notes"]
        assert "time" not in fine.coords
        # The climatology of the year stands in for that of the day.
        np.testing.assert_allclose(fine.zwd, dated.zwd, atol=5e-4)


@pytest.mark.parametrize("layout", RUNNING)
def test_forecasts_hold_at_their_valid_time(small, tmp_path, layout):
    usual = small.tropds.downscale(5.0, model=None)
    forecast = RUNNING[layout](small)
    forecast.to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", tmp_path / "out.nc", target=5.0, model=None)
    with xr.open_dataset(out) as fine:
        np.testing.assert_array_equal(fine.time, small.time)
        np.testing.assert_array_equal(fine.zwd, usual.zwd)
        assert fine.time.attrs["standard_name"] == "time"
        starts = [n for n, v in fine.coords.items() if v.dtype.kind == "M" and n != "time"]
        assert all(fine[name].attrs.get("standard_name") != "time" for name in starts)
        assert fine.attrs["time_coverage_end"] == "2022-03-09T12:00:00Z"
    in_memory = forecast.tropds.downscale(5.0, model=None)
    np.testing.assert_array_equal(in_memory.zwd.squeeze(), usual.zwd)


def test_runs_and_steps_are_streamed_along_one_axis(small, tmp_path):
    ds = series(small, 4)
    in_runs(ds).to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", tmp_path / "out.nc", target=5.0, model=None)
    with xr.open_dataset(out) as fine:
        np.testing.assert_array_equal(fine.time, ds.time)
        np.testing.assert_array_equal(fine.zwd, ds.tropds.downscale(5.0, model=None).zwd)
        assert "made one time axis" in fine.attrs["tropdsx_notes"]


def test_epochs_off_their_step_have_their_neighbours(small, tiny_checkpoint, tmp_path):
    """A network sees the epochs before and after: what is lost of them changes ZWD."""
    ds = series(small, 6)
    usual = ds.tropds.downscale(5.0, model=tiny_checkpoint)
    off = ds.assign_coords(time=ds.time + np.array([0, 64, -60, 9, 30, 1], "m8[s]"))
    off.to_netcdf(tmp_path / "in.nc")
    with pytest.warns(TropdsxWarning, match="up to 64 s off steps of 6 h"):
        out = convert(tmp_path / "in.nc", tmp_path / "out.nc", target=5.0, model=tiny_checkpoint)
    with xr.open_dataset(out) as fine:
        np.testing.assert_array_equal(fine.time, ds.time)
        np.testing.assert_array_equal(fine.zwd, usual.zwd)
    nudged = ds.assign_coords(time=ds.time + np.array([0, 1] * 3, "m8[ns]"))
    np.testing.assert_array_equal(
        nudged.tropds.downscale(5.0, model=tiny_checkpoint).zwd, usual.zwd
    )


def test_starts_without_leads_are_refused(small, tmp_path):
    small.rename(time="forecast_reference_time").to_netcdf(tmp_path / "in.nc")
    with pytest.raises(ValueError, match="says when 3 forecasts began"):
        convert(tmp_path / "in.nc", tmp_path / "out.nc", model=None)
    assert not (tmp_path / "out.nc").exists()
    ahead = (
        in_runs(series(small, 4)).drop_vars("valid_time").assign_coords(step=[0 * HOUR, 12 * HOUR])
    )
    ahead.to_netcdf(tmp_path / "two.nc")
    with pytest.raises(ValueError, match="holds 2 forecasts for 2022-01-01T12:00"):
        convert(tmp_path / "two.nc", tmp_path / "out.nc", model=None)


def test_errors_far_beyond_those_of_the_validation_are_told(tmp_path):
    attrs = {"tropdsx_version": "0.2.0"}
    rmse = (("lat", "lon"), [[0.01, 0.01]])
    axes = {"lat": [47.0], "lon": [8.0, 9.0]}
    expected = {"zwd_expected_error": ("time", [0.025, 0.025]), "zwd_rmse": rmse}
    ds = xr.Dataset(expected, axes, attrs)
    for axis, unit in (("lat", "degrees_north"), ("lon", "degrees_east")):
        ds[axis].attrs["units"] = unit
    ds.to_netcdf(tmp_path / "out.nc")
    with pytest.warns(TropdsxWarning, match=r"validation, 10 mm .* expects 25 mm \(zwd_expected"):
        assert warn_of_other_errors(tmp_path / "out.nc") == tmp_path / "out.nc"
    ds.assign(zwd_expected_error=ds.zwd_expected_error * 0.7).to_netcdf(tmp_path / "other.nc")
    warn_of_other_errors(tmp_path / "other.nc")  # a warning would be an error
