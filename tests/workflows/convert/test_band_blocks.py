"""Bands of rows: the same bits as a whole, in both outputs, in any orientation."""

import json
import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning
from tropdsx.workflows.convert.band_blocks import Latest
from tropdsx.workflows.convert.files import convert

from helpers.conversion import VOLATILE, interrupted, leftovers, series, stop_after

ELLIPSOIDAL = {"units": "m", "standard_name": "height_above_reference_ellipsoid"}


@pytest.fixture
def dem():
    """A terrain of 120 x 90 points, with gaps."""
    lat, lon = 49.9 - np.arange(120) / 30, 7.1 + np.arange(90) / 30
    height = 1500 * (0.5 + 0.5 * np.sin(3 * lat)[:, None] * np.cos(2 * lon)) ** 2
    height[40:44, 60:63] = np.nan
    field = (("lat", "lon"), height.astype(np.float32), ELLIPSOIDAL)
    return xr.Dataset({"orography": field}, {"lat": lat, "lon": lon})


@pytest.fixture
def narrow(monkeypatch):
    """Bands of few rows, of two epochs at a time, and heights that are read row by row."""

    def set_narrow():
        monkeypatch.setattr("tropdsx.workflows.convert.blocks.BLOCK_BYTES", 2**14)
        monkeypatch.setattr("tropdsx.workflows.convert.blocks.STEPS", 2)
        monkeypatch.setattr("tropdsx.workflows.convert.bands.BAND_BYTES", 2**15)
        monkeypatch.setattr("tropdsx.workflows.convert.bands.HEIGHTS_AT_ONCE", 900)
        monkeypatch.setattr("tropdsx.grid.heights.rows.HELD_BYTES", 2**14)
        monkeypatch.setattr("tropdsx.grid.heights.rows.AT_ONCE", 1000)
        # What is worked on at once: several times in a band.
        monkeypatch.setattr("tropdsx.reduce.separable.TARGETS_AT_ONCE", 500)
        monkeypatch.setattr("tropdsx.predict.rows.BAND", 700)
        monkeypatch.setattr("tropdsx.predict.nodal.BAND", 700)

    return set_narrow


@pytest.fixture
def whole(monkeypatch):
    """The same steps within an epoch, which is made as a whole."""
    monkeypatch.setattr("tropdsx.reduce.separable.TARGETS_AT_ONCE", 500)
    monkeypatch.setattr("tropdsx.predict.nodal.BAND", 700)


def opened(path):
    return xr.open_zarr(path) if path.suffix == ".zarr" else xr.open_dataset(path)


def same_bits(one, other):
    with opened(one) as a, opened(other) as b:
        assert list(a.variables) == list(b.variables)
        for name, var in a.variables.items():
            left, right = var.values, b.variables[name].values
            assert (left.dtype, left.tobytes()) == (right.dtype, right.tobytes()), name
            assert {k: str(v) for k, v in var.attrs.items()} == {
                k: str(v) for k, v in b.variables[name].attrs.items()
            }
        kept = [{k: v for k, v in ds.attrs.items() if k not in VOLATILE} for ds in (a, b)]
        assert kept[0] == kept[1]


TURNED = {
    "as it is": lambda ds: ds,
    "south first": lambda ds: ds.isel(lat=slice(None, None, -1)),
    "from east to west": lambda ds: ds.isel(lon=slice(None, None, -1)),
}


def test_the_cost_of_a_precision_is_that_of_all_bands(
    coarse, dem, narrow, tmp_path, tiny_checkpoint
):
    """Also where the first ones have no heights."""
    dem["orography"][:60] = np.nan
    given = {"model": tiny_checkpoint, "precision": "bf16"}
    series(coarse, 2).to_netcdf(tmp_path / "in.nc")
    dem.to_netcdf(tmp_path / "dem.nc")
    said = []
    for name, prepare in (("whole", lambda: None), ("bands", narrow)):
        prepare()
        with pytest.warns(TropdsxWarning, match="5400 NaN"):
            file = convert(
                tmp_path / "in.nc", tmp_path / f"{name}.nc", target=tmp_path / "dem.nc", **given
            )
        with xr.open_dataset(file) as found:
            said.append(json.loads(found.attrs["tropdsx_precision_error"]))
    assert set(said[0]) == {"zhd", "zwd"}
    assert 0 < said[0]["zwd"]["rms_mm"] < said[0]["zwd"]["max_mm"]
    for name in said[0]:
        assert said[1][name] == pytest.approx(said[0][name], abs=1.01e-4)


@pytest.mark.usefixtures("whole", "tight")
@pytest.mark.parametrize("turn", TURNED.values(), ids=TURNED)
@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_bands_are_the_whole_bit_by_bit(
    coarse, dem, narrow, tmp_path, tiny_checkpoint, monkeypatch, suffix, turn
):
    # Corrections that lower a delay meet the floor.
    monkeypatch.setattr("tropdsx.predict.corrections.LEAST_SHARE", 1.0)
    series(coarse, 3).to_netcdf(tmp_path / "in.nc")
    turn(dem).to_netcdf(tmp_path / "dem.nc")
    how = {"target": tmp_path / "dem.nc", "model": tiny_checkpoint, "sigma": True, "ztd": True}
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        one = convert(tmp_path / "in.nc", tmp_path / f"whole.{suffix}", **how)
        before = sorted({str(each.message) for each in said})
        said.clear()
        narrow()
        seen = []
        other = convert(
            tmp_path / "in.nc",
            tmp_path / f"bands.{suffix}",
            progress=lambda done, total: seen.append((done, total)),
            **how,
        )
    assert sorted({str(each.message) for each in said}) == before
    same_bits(one, other)
    assert seen[-1] == (3, 3)
    assert seen == sorted(seen)
    with opened(other) as fine:
        rows = (fine.zwd.encoding.get("chunksizes") or fine.zwd.encoding["chunks"])[1]
        assert 1 < rows < 60
        assert int(fine.zwd_floored.sum()) > 0


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
@pytest.mark.parametrize("storage", [{}, {"pack": True}, {"quantize": True}])
@pytest.mark.filterwarnings("ignore:'orography' holds")
def test_physics_and_storage(coarse, dem, narrow, tmp_path, suffix, storage):
    series(coarse, 3).to_netcdf(tmp_path / "in.nc")
    dem.to_netcdf(tmp_path / "dem.nc")
    how = {"target": tmp_path / "dem.nc", "model": None, **storage}
    narrow()
    other = convert(tmp_path / "in.nc", tmp_path / f"bands.{suffix}", **how)
    # In memory: the heights of a Dataset.
    one = convert(tmp_path / "in.nc", tmp_path / f"whole.{suffix}", **{**how, "target": dem})
    with opened(one) as a, opened(other) as b:
        xr.testing.assert_equal(a.load(), b.load())


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
@pytest.mark.filterwarnings("ignore:'orography' holds", "ignore:no time found")
def test_a_field_without_a_date(coarse, dem, narrow, tmp_path, suffix, whole):
    coarse.isel(time=0, drop=True).to_netcdf(tmp_path / "in.nc")
    dem.to_netcdf(tmp_path / "dem.nc")
    how = {"target": tmp_path / "dem.nc", "model": None}
    one = convert(tmp_path / "in.nc", tmp_path / f"whole.{suffix}", **how)
    narrow()
    other = convert(tmp_path / "in.nc", tmp_path / f"bands.{suffix}", **how)
    with opened(other) as fine:
        assert fine.zwd.dims == ("lat", "lon")
    same_bits(one, other)


@pytest.mark.usefixtures("whole", "quick", "tight")
@pytest.mark.parametrize("form", ["nc", "zarr", "zarr2"])
@pytest.mark.filterwarnings("ignore:'orography' holds")
def test_an_interrupted_run_is_continued_within_an_epoch(
    coarse, dem, narrow, tmp_path, tiny_checkpoint, form
):
    series(coarse, 5).to_netcdf(tmp_path / "in.nc")
    dem.to_netcdf(tmp_path / "dem.nc")
    out = tmp_path / f"out.{form.rstrip('2')}"
    how = {"target": tmp_path / "dem.nc", "model": tiny_checkpoint}
    how |= {"zarr_format": 2} if form == "zarr2" else {}
    narrow()
    whole = convert(tmp_path / "in.nc", tmp_path / f"whole.{form.rstrip('2')}", **how)
    with interrupted():
        convert(tmp_path / "in.nc", out, progress=stop_after(2.2), **how)
    assert leftovers(tmp_path)
    seen = []
    convert(tmp_path / "in.nc", out, resume=True, progress=lambda n, _: seen.append(n), **how)
    assert seen[0] > 2.2
    same_bits(whole, out)
    assert not leftovers(tmp_path)


def test_what_fails_is_told_to_all_who_wait():
    latest = Latest()

    def fail():
        raise OSError("gone")

    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            latest(1, fail)
    assert latest(2, lambda: "made") == "made"


def test_what_failed_once_is_tried_again():
    latest = Latest()

    def fail():
        raise MemoryError

    with pytest.raises(MemoryError):
        latest(1, fail)
    assert latest(1, lambda: "made") == "made"
