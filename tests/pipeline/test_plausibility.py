"""Delays beside heights, heights beside the shipped terrain: what cannot be is told."""

import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.assets import asset_path
from tropdsx.atmos.constants import STANDARD_GRAVITY
from tropdsx.errors import TropdsxError, TropdsxWarning


@pytest.fixture(scope="module")
def world() -> xr.Dataset:
    """Two epochs of a standard atmosphere at the shipped terrain, 5 degrees."""
    with xr.open_dataset(asset_path("orography_1deg")) as shipped:
        height = shipped["orography"].astype(float).coarsen(lat=5, lon=5).mean().load()
    pressure = 1013.25 * (1 - 2.25577e-5 * height.values) ** 5.25588
    zhd = 0.0022768 * pressure / (1 - 0.00266 * np.cos(np.deg2rad(2 * height.lat.values))[:, None])
    zwd = 0.15 * np.exp(-height.values / 2000)
    time = np.datetime64("2022-07-01", "ns") + np.arange(2) * np.timedelta64(6, "h")
    dims, metres = ("time", "lat", "lon"), {"units": "m"}
    attrs = metres | {"standard_name": "height_above_reference_ellipsoid"}
    return xr.Dataset(
        {
            "zhd": (dims, np.stack([zhd, zhd]), metres),
            "zwd": (dims, np.stack([zwd, zwd]), metres),
            "orography": (dims[1:], height.values, attrs),
        },
        {"time": time, "lat": height.lat.values, "lon": height.lon.values},
    )


def told(ds):
    """Warnings of a downscaling, or the refusal."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            ds.tropds.downscale(5.0, model=None).compute()
        except TropdsxError as error:
            return [str(error)]
    return [str(each.message) for each in caught if each.category is TropdsxWarning]


def test_good_fields_are_not_warned_of(world):
    assert told(world) == []
    assert told(world.sel(lat=slice(60, 20), lon=slice(0, 60))) == []


SPOILED = {
    "mirrored north and south": lambda a: a[::-1],
    "shifted by 180 degrees": lambda a: np.roll(a, 36, -1),
    "another place": lambda a: np.roll(a, (7, 20), (0, 1)),
}


@pytest.mark.parametrize("how", SPOILED)
@pytest.mark.parametrize("epoch", [0, 1])
def test_an_epoch_that_contradicts_the_heights_is_told(world, how, epoch):
    zhd = world.zhd.values.copy()
    zhd[epoch] = SPOILED[how](zhd[epoch])
    said = told(world.assign(zhd=(world.zhd.dims, zhd, world.zhd.attrs)))
    assert len(said) == 1, said
    assert "orography" in said[0] or "heights" in said[0]


def test_the_epoch_is_named(world):
    zhd = world.zhd.values.copy()
    zhd[1] = zhd[1][::-1]
    said = told(world.assign(zhd=(world.zhd.dims, zhd, world.zhd.attrs)))
    assert "2022-07-01" in said[0]
    assert "06" in said[0]


def test_lazy_fields_are_looked_at_when_they_are_computed(world):
    zhd = world.zhd.values.copy()
    zhd[1] = zhd[1][::-1]
    lazy = world.assign(zhd=(world.zhd.dims, zhd, world.zhd.attrs)).chunk(time=1)
    assert len(told(lazy)) >= 1


def test_a_geopotential_divided_before_is_seen(world):
    geopotential = {"units": "m**2 s**-2", "standard_name": "geopotential"}
    height = world.orography.drop_attrs().assign_attrs(geopotential)
    assert told(world.assign(orography=height))


def test_heights_in_another_unit_are_seen(world):
    feet = (world.orography.drop_attrs() / 0.3048).assign_attrs(world.orography.attrs)
    tenth = (world.orography.drop_attrs() / STANDARD_GRAVITY).assign_attrs(world.orography.attrs)
    assert told(world.assign(orography=feet))
    assert told(world.assign(orography=tenth))


def test_the_notes_keep_what_was_told(world):
    zhd = world.zhd.values.copy()
    zhd[0] = zhd[0][::-1]
    given = world.assign(zhd=(world.zhd.dims, zhd, world.zhd.attrs))
    with pytest.warns(TropdsxWarning):
        out = given.tropds.downscale(5.0, model=None)
    assert out.attrs["tropdsx_notes"]
