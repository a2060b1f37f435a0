"""VMF text files: header, rows, engine."""

from __future__ import annotations

import gzip
import lzma
import os

import dask
import numpy as np
import pytest
import xarray as xr

from tropdsx.atmos.mapping.empirical import chen_herring_gradient
from tropdsx.errors import GridError, InputError, TropdsxWarning
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.delays import open_delays
from tropdsx.read.vmf import VmfBackendEntrypoint, open_vmf_files
from tropdsx.read.vmf_text import read_blocks
from tropdsx.workflows.convert.files import convert
from tropdsx.workflows.derive.slant import slant_delay

from helpers.files import shared
from helpers.vmf import LAT, LON, epochs, opened, rows, table, text


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
    monkeypatch.setattr("tropdsx.read.vmf.read_blocks", lambda *_: pytest.fail("read"))
    opened(tmp_path / "VMF3_20210304.H06")
    with dask.config.set(scheduler="synchronous"):
        opened(tmp_path / "VMF3_20210304.H06", chunks={})


def test_engine_leaves_variables_out_and_guesses_by_name(tmp_path):
    path = tmp_path / "VMF3_20210304.H06"
    path.write_text(text())
    assert set(opened(path, drop_variables=["ah", "aw"])) == {"zhd", "zwd"}
    guess = VmfBackendEntrypoint().guess_can_open
    names = (
        "VMF3_20210101.H00",
        "VMFG_20210101.H18.xz",
        "VMF1_20210101.H06.gz",
        "V3GR_20210101.H06",
    )
    for name in names:
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
    for number, body in enumerate(epochs(count, **options)):
        day, hour = divmod(6 * number, 24)
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
        "tropdsx.read.vmf.read_blocks", lambda *a: calls.append(a[0]) or read_blocks(*a)
    )
    open_vmf_files(paths).compute(scheduler="synchronous")
    assert sorted(calls) == paths


def test_few_epochs_are_parsed_at_once_where_that_is_asked_for(tmp_path):
    paths = series(tmp_path, 9)
    few, lazy = open_vmf_files(paths[2::-1], small=2**20), open_vmf_files(paths[:3])
    assert few.zhd.chunks is None
    xr.testing.assert_identical(few, lazy.compute())
    assert open_vmf_files(paths, small=2**20).zhd.chunks is not None
    assert open_vmf_files(paths[:3], small=few.zhd.nbytes).zhd.chunks is not None


@pytest.mark.parametrize("line", ["unknown", "2021 01 01"])
def test_a_header_without_an_epoch_is_told_of_and_the_name_counts(tmp_path, line):
    path = tmp_path / "VMF3_20210101.H06"
    stored = text()
    own = next(each for each in stored.splitlines() if "Epoch" in each)
    path.write_text(stored.replace(own, f"! Epoch: {line}"))
    said = f"VMF3_20210101.H06: the line '! Epoch: {line}' is no epoch"
    for read in (open_vmf_files, open_delays):
        with pytest.warns(TropdsxWarning, match=said) as caught:
            ds = read([path])
        assert len(caught) == 1
        assert str(ds.time.values[0])[:13] == "2021-01-01T06"
    with pytest.warns(TropdsxWarning, match=said):
        _, record = standardise_grid(xr.open_dataset(path, engine="vmf"))
    assert any(said in note for note in record.notes)


@pytest.mark.parametrize("clock", ["26 00 0.0", "06 75 0.0", "06 00 99.0"])
def test_an_hour_that_no_day_has_is_refused(tmp_path, clock):
    path = tmp_path / "VMF3_20210101.H06"
    stored = text()
    own = next(each for each in stored.splitlines() if "Epoch" in each)
    path.write_text(stored.replace(own, f"! Epoch: 2021 01 01 {clock}"))
    with pytest.raises(InputError, match="which is no epoch"):
        open_delays(path)


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
        f"{lat} {lon} 0.0012 0.0006 2.30{abs(lat) // 10:.0f} 0.1000"
        for lat in np.arange(87.5, -90, -5)
        for lon in np.arange(2.5, 360, 5)
    ]
    source.write_text("\n".join(rows) + "\n")
    nodes = {"lat": np.arange(87.5, -90, -5), "lon": np.arange(2.5, 360, 5)}
    flat = xr.DataArray(np.zeros((36, 72)), nodes, ("lat", "lon"), attrs={"units": "m"})
    flat.to_dataset(name="orography").to_netcdf(tmp_path / "flat.nc")
    with pytest.warns(TropdsxWarning, match="'time' holds no date"):
        convert(source, out, coarse_orography=tmp_path / "flat.nc", target=5.0, model=None)
    with xr.open_dataset(out) as fine:
        assert fine.sizes["time"] == 1
        assert "time" not in fine.coords


PACKED = {
    "plain": b"".join,
    "xz": lambda parts: lzma.compress(b"".join(parts)),
    "gz": lambda parts: gzip.compress(b"".join(parts)),
    "xz files joined": lambda parts: b"".join(lzma.compress(part) for part in parts),
    "gz files joined": lambda parts: b"".join(gzip.compress(part) for part in parts),
    "other line ends": lambda parts: b"".join(parts).replace(b"\n", b"\r\n"),
    "backwards": lambda parts: b"".join(parts[::-1]),
}


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("gradients", [False, True])
def test_epochs_of_a_day_in_one_file(tmp_path, packed, gradients):
    """As PRIDE PPP-AR joins them, whatever packs them."""
    parts = epochs(6, gradients=gradients)
    path = tmp_path / "vmf_2021063"
    path.write_bytes(PACKED[packed]([part.encode() for part in parts]))
    expected = np.stack([table(part) for part in parts])[..., 2:].astype("f4")
    engine = opened(path)
    for ds in (open_delays(path), engine.sortby("time")):
        assert ds.sizes == {"time": 6, "lat": LAT.size, "lon": LON.size}
        assert (np.diff(ds.time) == np.timedelta64(6, "h")).all()
        for column, name in enumerate(ds):
            np.testing.assert_array_equal(ds[name].values.reshape(6, -1), expected[..., column])
        assert len(ds) == (8 if gradients else 4)
    # Single epochs and parts of them, as xarray asks for them.
    part = opened(path).zwd[4, 1:3, [0, 3]]
    np.testing.assert_array_equal(part, engine.zwd.values[4, 1:3][:, [0, 3]])
    assert opened(path).zwd[2:2].size == 0


def test_joined_files_and_single_ones_are_one_series(tmp_path, monkeypatch):
    parts = epochs(20)
    (tmp_path / "a").write_text("".join(parts[:9]))
    (tmp_path / "b").write_text(parts[9])
    (tmp_path / "c").write_text("".join(parts[10:]))
    calls = []
    monkeypatch.setattr(
        "tropdsx.read.vmf.read_blocks", lambda *a: calls.append(a[0].name) or read_blocks(*a)
    )
    ds = open_delays([tmp_path / name for name in "cab"])
    assert ds.zhd.chunks[0] == (8, 8, 4)
    loaded = ds.compute(scheduler="synchronous")
    # Eight epochs a chunk: a is read for the first and the second one, c for the last two.
    assert sorted(calls) == ["a", "a", "b", "c", "c"]
    for number, part in enumerate(parts):
        np.testing.assert_array_equal(
            loaded.zwd[number].values.ravel(), table(part)[:, 5].astype("f4")
        )


def test_a_joined_file_is_converted_like_single_ones(tmp_path):
    parts = epochs(3, lat=np.arange(87.5, -90, -5), lon=np.arange(2.5, 360, 5))
    parts = [part.replace("-75 75 15 345 30 30", "-87.5 87.5 2.5 357.5 5 5") for part in parts]
    for number, part in enumerate(parts):
        (tmp_path / f"single{number}").write_text(part)
    (tmp_path / "joined").write_text("".join(parts))
    options = {"coarse_orography": "none", "target": 5.0, "model": None}
    convert(tmp_path / "joined", tmp_path / "one.nc", **options)
    convert([tmp_path / f"single{n}" for n in range(3)], tmp_path / "many.nc", **options)
    with xr.open_dataset(tmp_path / "one.nc") as one, xr.open_dataset(tmp_path / "many.nc") as many:
        xr.testing.assert_equal(one, many)
        assert one.sizes["time"] == 3


def test_gradients_of_v3gr_serve_slant_delays(tmp_path):
    path = tmp_path / "V3GR_20210304.H00.xz"
    (body,) = epochs(1, gradients=True)
    path.write_bytes(lzma.compress(body.encode()))
    ds = open_delays(path)
    names = [
        f"gradient_{way}_{part}" for part in ("hydrostatic", "wet") for way in ("north", "east")
    ]
    assert list(ds)[4:] == names
    for column, name in enumerate(names, start=6):
        assert ds[name].attrs["units"] == "mm"
        np.testing.assert_array_equal(ds[name].values.ravel(), table(body)[:, column].astype("f4"))
    slant = slant_delay(ds, 10.0, 90.0, height=0.0)
    assert "hydrostatic and wet gradients" in slant.attrs["comment"]
    flat = slant_delay(ds.drop_vars(names), 10.0, height=0.0)
    metres = [1e-3 * ds[name].values for name in names]
    expected = [
        chen_herring_gradient(10.0, 90.0, *metres[first : first + 2], kind)
        for first, kind in ((0, "hydrostatic"), (2, "wet"))
    ]
    np.testing.assert_allclose(slant - flat, sum(expected), atol=1e-6)


def test_gradients_that_some_files_lack_are_left_out_with_a_word(tmp_path):
    plain, rich = epochs(1), epochs(2, gradients=True)[1:]
    (tmp_path / "a").write_text(plain[0])
    (tmp_path / "b").write_text(rich[0])
    for order in ("ab", "ba"):
        with pytest.warns(TropdsxWarning, match="gradient_north_hydrostatic, .* left out"):
            ds = open_delays([tmp_path / name for name in order])
        assert list(ds) == ["ah", "aw", "zhd", "zwd"]
        np.testing.assert_array_equal(ds.zwd[1].values.ravel(), table(rich[0])[:, 5].astype("f4"))


def test_an_epoch_in_two_joined_files_is_named(tmp_path):
    parts = epochs(4)
    (tmp_path / "a").write_text("".join(parts[:3]))
    (tmp_path / "b").write_text("".join(parts[2:]))
    with pytest.raises(GridError, match=r"a and .*b hold the same epoch 2021-03-04T12"):
        open_delays([tmp_path / "a", tmp_path / "b"])
