"""Units of any spelling are converted, missing ones are guessed, unknown ones refused."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning, UnitsError
from tropdsx.geoid import geoid_undulation
from tropdsx.grid.standardise import standardise_grid

from helpers.grids import delays


def test_units_are_converted_and_remembered():
    base = delays()
    expected, _ = standardise_grid(base)
    ds = base.assign(
        zhd=(base.zhd.astype("f8") * 1000).assign_attrs(units="mm"),
        zwd=(base.zwd.astype("f8") * 100).assign_attrs(units="Centimetres"),
        orography=(base.orography * 9.80665).assign_attrs(units="m**2 s**-2"),
    )
    with pytest.warns(TropdsxWarning, match="'orography' taken as above the geoid"):
        grid, record = standardise_grid(ds)
    expected["orography"] += geoid_undulation(grid.lat.values[:, None], grid.lon.values)
    xr.testing.assert_allclose(grid, expected, atol=1e-6)
    assert grid.zhd.dtype == np.float32
    assert grid.zhd.attrs["units"] == "m"
    assert record.units == {"zhd": "mm", "zwd": "Centimetres"}
    assert any("9.80665" in note for note in record.notes)


def without_units(ds, *names):
    for name in names:
        ds[name].attrs.pop("units", None)
    return ds


def test_missing_units_that_fit_metres_are_metres_with_a_warning():
    with pytest.warns(TropdsxWarning, match="'zwd' has no units attribute"):
        grid, _ = standardise_grid(without_units(delays(), "zwd"))
    assert any("no units" in note for note in grid.attrs["tropdsx_notes"])


@pytest.mark.parametrize("units", ["Pa", "hPa", "kg m-2", "K", "1"])
def test_unknown_units(units):
    ds = delays()
    ds.zhd.attrs["units"] = units
    with pytest.raises(UnitsError, match=rf"'zhd' has units '{units}'.*accepted are cm"):
        standardise_grid(ds)


def test_geopotential_without_units_is_not_metres(coarse):
    bare = coarse.rename(orography="geopotential")
    bare.geopotential.attrs.clear()
    with pytest.raises(UnitsError, match="m2 s-2"):
        bare.tropds.downscale(5.0, model=None)


CELSIUS = [
    "degC",
    "C",
    "celsius",
    "Celsius",
    "degree_celsius",
    "degrees_celsius",
    "DEGREES_CELSIUS",
]
KELVIN = ["K", "k", "kelvin", "Kelvin", "degK", "degrees_kelvin"]


@pytest.mark.parametrize("units", [*CELSIUS, *KELVIN])
def test_a_temperature_serves_downscale_and_pwv_alike(coarse, units):
    usual = 27.0 - 50.0 * np.sin(np.deg2rad(coarse.lat)) ** 2 - 0.0065 * coarse.orography
    warm = usual.transpose("lat", "lon").values + np.zeros(coarse.zwd.shape)
    kelvin = coarse.assign(t2m=(coarse.zwd.dims, warm + 273.15, {"units": "K"}))
    values = warm if units in CELSIUS else warm + 273.15
    ds = coarse.assign(t2m=(coarse.zwd.dims, values, {"units": units}))
    one, other = (each.tropds.downscale(5.0, model=None) for each in (kelvin, ds))
    np.testing.assert_array_equal(one.zhd, other.zhd)
    np.testing.assert_array_equal(kelvin.tropds.pwv(), ds.tropds.pwv())


@pytest.mark.parametrize("units", ["Pa", "pascals", "hPa", "HPA", "mbar", "mb", "kPa"])
def test_a_pressure_of_any_unit_splits_a_total_delay(units):
    base = delays()
    per_hectopascal = {"p": 100.0, "k": 0.1}.get(units.lower()[0], 1.0)
    sp = (base.zwd.astype("f8") * 0 + 950 * per_hectopascal).assign_attrs(units=units)
    total = (base.zwd + 2.3).assign_attrs(units="m")
    with pytest.warns(TropdsxWarning, match="the input's surface pressure"):
        grid, _ = standardise_grid(base.drop_vars(["zhd", "zwd"]).assign(ztd=total, sp=sp))
    assert float(grid.zhd.mean()) == pytest.approx(0.0022768 * 950, rel=0.004)
