"""VMF text files: header, rows, engine."""

from __future__ import annotations

import gzip
import lzma
import os

import dask
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.delays import open_delays
from tropdsx.read.vmf import VmfBackendEntrypoint, open_vmf_files
from tropdsx.read.vmf_text import read_block
from tropdsx.workflows.convert.files import convert

from helpers.files import shared
from helpers.vmf import LAT, LON, opened, rows, text


@pytest.mark.parametrize("suffix", ["", ".xz", ".gz"])
def test_engine_reads_what_the_rows_hold(tmp_path, suffix):
    path = tmp_path / f"VMF3_20210304.H06{suffix}"
    pack = {"": bytes, ".xz": lzma.compress, ".gz": gzip.compress}[suffix]
    path.write_bytes(pack(text().encode()))
    ds = opened(path)
    table, _ = rows(LAT, LON)
    for column, name in enumerate(("ah", "aw", "zhd", "zwd"), start=2):
        assert ds[name].dims == ("time", "lat", "lon")
        assert ds[name].dtype == np.float32
        np.testing.assert_array_equal(ds[name].values.ravel(), table[:, column].astype("f4"))
    assert ds.time.values[0] == np.datetime64("2021-03-04T06")
    np.testing.assert_array_equal(ds.lat, LAT)
    np.testing.assert_array_equal(ds.lon, LON)
    assert ds.zhd.attrs["units"] == "m"
    assert ds.attrs["source"] == "made up"
    assert ds.attrs["comment"] == "for tests"
    np.testing.assert_array_equal(
        ds.zwd.isel(lat=slice(1, 3), lon=[4, 2]).values, ds.zwd.values[:, 1:3, [4, 2]]
    )


def test_engine_does_not_read_rows_before_they_are_wanted(tmp_path, monkeypatch):
    (tmp_path / "VMF3_20210304.H06").write_text(text())
    monkeypatch.setattr("tropdsx.read.vmf.read_block", lambda *_: pytest.fail("read"))
    opened(tmp_path / "VMF3_20210304.H06")
    with dask.config.set(scheduler="synchronous"):
        opened(tmp_path / "VMF3_20210304.H06", chunks={})


def test_engine_leaves_variables_out_and_guesses_by_name(tmp_path):
    path = tmp_path / "VMF3_20210304.H06"
    path.write_text(text())
    assert set(opened(path, drop_variables=["ah", "aw"])) == {"zhd", "zwd"}
    guess = VmfBackendEntrypoint().guess_can_open
    for name in ("VMF3_20210101.H00", "VMFG_20210101.H18.xz", "VMF1_20210101.H06.gz"):
        assert guess(name)
    for name in ("VMF3_20210101.nc", "a.txt", "orography_ell", 5):
        assert not guess(name)


def test_rewritten_file_is_read_anew(tmp_path):
    path = tmp_path / "VMF3_20210304.H06"
    path.write_text(text(seed=1))
    ds = opened(path, cache=False)
    first = ds.zhd.values
    before = path.stat()
    path.write_text(text(seed=2))
    # Written within one tick of a coarse clock, it would bear the same time.
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
    second = rows(LAT, LON, seed=2)[0][:, 4].astype("f4").reshape(first.shape)
    assert not np.array_equal(first, second)
    for again in (ds, opened(path)):
        np.testing.assert_array_equal(again.zhd.values, second)


def test_repeated_column_is_kept_as_stored(tmp_path):
    lat, lon = np.arange(90.0, -91, -30), np.arange(0.0, 361, 30)
    (tmp_path / "VMFG_20210304.H06").write_text(text(range_="-90 90 0 360 30 30", lat=lat, lon=lon))
    ds = opened(tmp_path / "VMFG_20210304.H06")
    assert ds.sizes["lon"] == 13
    grid, record = standardise_grid(ds.assign(zhd=ds.zhd))
    assert grid.sizes["lon"] == 12
    assert record.duplicate_column


def series(folder, count, **options):
    paths = []
    for number in range(count):
        day, hour = divmod(6 * number, 24)
        body = text(seed=number, **options).replace(
            "03 04 06 00", f"03 {4 + day:02d} {hour:02d} 00"
        )
        paths.append(folder / f"VMF3_202103{4 + day:02d}.H{hour:02d}")
        paths[-1].write_text(body)
    return paths


def test_many_files_are_one_lazy_series(tmp_path):
    paths = series(tmp_path, 11)
    with dask.config.set(scheduler=lambda *_, **__: pytest.fail("computed")):
        ds = open_delays(paths[::-1])
        grid, _ = standardise_grid(ds)
    assert ds.zhd.chunks[0] == (8, 3)
    assert (np.diff(ds.time.values) == np.timedelta64(6, "h")).all()
    for step, path in enumerate(paths):
        np.testing.assert_array_equal(grid.zwd[step], opened(path).zwd[0])
    xr.testing.assert_identical(open_delays(str(tmp_path / "VMF3_*")).compute(), ds.compute())


def test_each_file_is_parsed_once_for_all_variables(tmp_path, monkeypatch):
    paths = series(tmp_path, 3)
    calls = []
    monkeypatch.setattr(
        "tropdsx.read.vmf.read_block", lambda *a: calls.append(a[0]) or read_block(*a)
    )
    open_vmf_files(paths).compute(scheduler="synchronous")
    assert sorted(calls) == paths


def test_files_that_do_not_go_together(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    paths = series(tmp_path / "a", 2)
    with pytest.raises(GridError, match="same epoch 2021-03-04T00"):
        open_delays([*paths, *series(tmp_path / "b", 1)])
    lat, lon = np.arange(85.0, -86, -10), LON
    other = series(tmp_path / "b", 3, range_="-85 85 15 345 10 30", lat=lat, lon=lon)[2]
    with pytest.raises(GridError, match=r"18 x 12 nodes where .* 6 x 12"):
        open_delays([*paths, other])


@pytest.mark.realdata
def test_real_coarse_grid_is_the_fine_one_decimated():
    fine = open_delays(shared("vmf3/1x1/VMF3_20210101.H00.xz"))
    coarse = open_delays(shared("vmf3/5x5/VMF3_20210101.H00.xz"))
    for name in ("ah", "aw", "zhd", "zwd"):
        if name in ("zhd", "zwd"):
            np.testing.assert_array_equal(coarse[name], fine[name][:, 2::5, 2::5])


@pytest.mark.realdata
def test_real_text_and_netcdf_agree():
    ds = open_delays(shared("vmf1/VMFG_20210101.H00.xz"))
    packed = open_delays(shared("vmf1/vmf1_2x2.5_dev.nc")).isel(time=[0])
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(ds[name], packed[name], atol=1e-6)


def test_vmf_text_of_unknown_epoch_is_converted(tmp_path):
    source, out = tmp_path / "nameless.txt", tmp_path / "fine.nc"
    rows = [
        f"{lat} {lon} 0.0012 0.0006 2.2{abs(lat) // 10:.0f} 0.1000"
        for lat in np.arange(87.5, -90, -5)
        for lon in np.arange(2.5, 360, 5)
    ]
    source.write_text("\n".join(rows) + "\n")
    nodes = {"lat": np.arange(87.5, -90, -5), "lon": np.arange(2.5, 360, 5)}
    flat = xr.DataArray(np.zeros((36, 72)), nodes, ("lat", "lon"), attrs={"units": "m"})
    flat.to_dataset(name="orography").to_netcdf(tmp_path / "flat.nc")
    convert(source, out, coarse_orography=tmp_path / "flat.nc", target=5.0, model=None)
    with xr.open_dataset(out) as fine:
        assert fine.sizes["time"] == 1
        assert "time" not in fine.coords
