"""Patches equal what isel gives, bit for bit."""

import numpy as np
import pytest
import xarray as xr

import tropdsx
from tropdsx.errors import DomainError


def ocean(lon=None, dtype="f4"):
    lon = np.arange(0.0, 360.0, 20.0) if lon is None else lon
    axes = {
        "time": np.array(["2024-02-28", "2024-02-29", "2024-03-01"], "M8[ns]"),
        "member": [0, 1],
        "depth": [0.5, 10.0, 100.0],
        "lat": np.arange(40.0, -41.0, -8.0),
        "lon": lon,
    }
    shape = [len(axis) for axis in axes.values()]
    values = np.random.default_rng(0).normal(size=shape).astype(dtype)
    values[1, :, :, :3, :4] = np.nan
    return xr.Dataset({"thetao": (list(axes), values)}, axes)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2"])
@pytest.mark.parametrize("lazy", [False, True])
def test_each_patch_equals_isel(dtype, lazy):
    ds = ocean().fillna(0).astype(dtype) if dtype == "i2" else ocean(dtype=dtype)
    cut = tropdsx.patches(
        ds.chunk(time=1) if lazy else ds, "thetao", levels=[100, 0.5], size=6, stride=4,
        max_nodata=1.0,
    )  # fmt: skip
    found = list(cut)
    assert len(found) == 3 * 2 * len(cut.layout.windows)
    for values, place in found:
        wanted = ds.thetao.isel(
            time=place["time_index"],
            member=place["index_member"],
            depth=[2, 0],
            lat=slice(place["y0"], place["y0"] + 6),
            lon=[(place["x0"] + step) % 18 for step in range(6)],
        )
        assert values.dtype == ds.thetao.dtype
        assert values.tobytes() == np.ascontiguousarray(wanted).tobytes()
        assert place["time"] == wanted.time.values
        assert (place["lat0"], place["lat1"]) == (wanted.lat[0], wanted.lat[-1])
        assert (place["lon0"], place["lon1"]) == (wanted.lon[0], wanted.lon[-1])


@pytest.mark.parametrize("order", [("lat", "depth", "lon", "member", "time"), None])
def test_every_cell_is_in_a_patch_whatever_the_order_of_dimensions(order):
    ds = ocean(np.arange(18.0))
    ds = ds.transpose(*order) if order else ds
    cut = tropdsx.patches(ds, "thetao", size=5, max_nodata=1.0)
    seen = np.zeros((11, 18), bool)
    for y0, x0 in cut.layout.windows:
        seen[y0 : y0 + 5, x0 : x0 + 5] = True
    assert seen.all()
    assert next(iter(cut)).values.shape == (3, 5, 5)


def test_missing_values_are_counted_at_each_time():
    """The middle one of three days has a gap of 3 x 4 nodes: 12 of 25 cells of its first patch."""
    cut = [
        each.place
        for each in tropdsx.patches(ocean(), "thetao", size=5, stride=5, max_nodata=0.48)
        if (each.place["y0"], each.place["x0"]) == (0, 0)
    ]
    assert [each["nodata_fraction"] for each in cut] == [0, 0, 0.48, 0.48, 0, 0]
    fewer = tropdsx.patches(ocean(), "thetao", size=5, stride=5, max_nodata=0.47)
    times = [e.place["time_index"] for e in fewer if (e.place["y0"], e.place["x0"]) == (0, 0)]
    assert times == [0, 0, 2, 2]


def test_forecasts_have_the_time_at_which_they_hold():
    axes = {"step": np.arange(3).astype("m8[h]").astype("m8[ns]"), "lat": np.arange(4.0)}
    axes |= {"lon": np.arange(4.0), "time": np.datetime64("2024-02-29", "ns")}
    ds = xr.Dataset({"zwd": (["step", "lat", "lon"], np.ones((3, 4, 4)))}, axes)
    for given in (ds, ds.assign_coords(valid_time=ds.time + ds.step)):
        times = [each.place["time"] for each in tropdsx.patches(given, "zwd", size=4)]
        assert times == list(ds.time.values + ds.step.values)


def test_steps_without_dates_are_numbered():
    ds = ocean().drop_vars("time")
    places = [each.place for each in tropdsx.patches(ds, "thetao", size=11)]
    assert {(each["time_index"], each["time"]) for each in places} == {(n, None) for n in range(3)}


def test_zero_is_a_value():
    ds = ocean() * 0
    found = next(iter(tropdsx.patches(ds, "thetao", size=5)))
    assert found.place["valid_fraction"] == 1.0


def test_the_centre_crosses_the_seam():
    at = {
        each.place["x0"]: each.place["lon"]
        for each in tropdsx.patches(ocean(), "thetao", size=3, stride=1)
    }
    assert at[0] == 20
    assert at[17] == 0
    half = ocean(np.arange(-180.0, 180.0, 20.0))
    at = {e.place["x0"]: e.place["lon"] for e in tropdsx.patches(half, "thetao", size=3, stride=1)}
    assert abs(at[17]) == 180
    wide = next(iter(tropdsx.patches(ocean(), "thetao", size=11, stride=11)))
    assert wide.place["lon"] == 100
    back = tropdsx.patches(ocean(np.arange(100.0, 82.0, -1.0)), "thetao", size=3, stride=3)
    assert next(iter(back)).place["lon"] == 99


def test_levels_of_a_field_without_any_are_refused():
    surface = ocean().isel(depth=0, drop=True)
    assert next(iter(tropdsx.patches(surface, "thetao", size=5))).values.shape == (1, 5, 5)
    with pytest.raises(DomainError, match="has no levels"):
        tropdsx.patches(surface, "thetao", levels=[0.5], size=5)


def test_a_patch_larger_than_the_grid_is_refused():
    with pytest.raises(DomainError, match="64 cells on an axis of 11"):
        tropdsx.patches(ocean(), "thetao")


@pytest.mark.realdata
def test_glorys(shared):
    path = shared / "data/ocean/glorys12_thetao_so_20210629_neatlantic.nc"
    with xr.open_dataset(path) as ds:
        found = list(tropdsx.patches(ds, "thetao", levels=[3, 9, 17], size=32, max_nodata=0.5))
        assert len(found) > 3
        for values, place in found:
            rows = slice(place["y0"], place["y0"] + 32)
            columns = slice(place["x0"], place["x0"] + 32)
            wanted = ds.thetao[[0, 1, 2], rows, columns].to_numpy()
            assert values.tobytes() == wanted.tobytes()
            assert str(place["time"])[:10] == "2021-06-29"
