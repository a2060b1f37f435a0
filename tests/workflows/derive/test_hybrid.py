"""Hybrid levels: pressure from their coefficients."""

import numpy as np
import pytest
import xarray as xr

from tropdsx import atmos
from tropdsx.errors import GridError, UnitsError
from tropdsx.workflows.derive.hybrid import hybrid_pressure
from tropdsx.workflows.derive.zenith import zenith_delays


def test_hybrid_levels_lie_between_their_half_levels():
    half = np.concatenate([[0.0], np.geomspace(1e-3, 1.0, 60)])
    t = ("hybrid", np.full(60, 270.0), {"units": "K", "GRIB_pv": np.r_[0 * half, half]})
    surface = {"sp": ((), 85000.0, {"units": "Pa"}), "zs": ((), 1500.0, {"units": "m"})}
    ds = xr.Dataset(
        {"t": t, "q": ("hybrid", np.zeros(60), {"units": "1"}), **surface},
        coords={"hybrid": np.arange(1.0, 61), "lat": 50.0, "lon": 5.0},
    ).rename(zs="orography")
    ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns"))
    dry = "'q' is 0 on all levels"
    with pytest.warns(match=dry):
        found = zenith_delays(ds)
    expected = atmos.saastamoinen_zhd(850.0, 50.0, 1500.0)
    assert found.zhd.item() == pytest.approx(expected, abs=0.6e-3)
    named = ds.assign(hyam=("hybrid", np.zeros(60), {"units": "Pa"}))
    named["hybm"] = "hybrid", (half[1:] + half[:-1]) / 2
    del named.t.attrs["GRIB_pv"]
    with pytest.warns(match=dry):
        again = zenith_delays(named)
    assert again.zhd.item() == pytest.approx(found.zhd.item(), abs=1e-9)
    with pytest.raises(GridError, match="surface pressure"):
        zenith_delays(ds.drop_vars("sp"))


@pytest.mark.parametrize(
    ("unit", "factor", "said"),
    [("Pa", 0.01, "units 'Pa'"), ("hPa", 1.0, "units 'hPa'"), (None, 0.01, "no units attribute")],
)
def test_coefficients_in_another_unit_are_refused(unit, factor, said):
    a = np.array([2000.0, 10000.0, 18000.0, 9000.0, 100.0]) * factor
    b = [0.0, 0.02, 0.2, 0.6, 0.99]
    ds = xr.Dataset({"hyam": ("lev", a, {} if unit is None else {"units": unit})})
    ds["hybm"] = "lev", b
    with pytest.raises(UnitsError, match=f"'hyam' of the hybrid levels has {said}"):
        hybrid_pressure(ds, "lev", xr.DataArray(1000.0))


def test_levels_of_pure_sigma_and_the_lowest_ones_alone_pass():
    for a, b in (([0.0, 0.0, 0.0], [0.1, 0.5, 0.99]), ([150.0, 0.0], [0.98, 0.998])):
        ds = xr.Dataset({"hyam": ("lev", a, {"units": "Pa"}), "hybm": ("lev", b)})
        found = hybrid_pressure(ds, "lev", xr.DataArray(1000.0))
        np.testing.assert_allclose(found, np.array(a) / 100 + 1000 * np.array(b))


@pytest.mark.parametrize("part", [slice(None), slice(20, None)])
@pytest.mark.parametrize("kind", ["full", "half"])
def test_coefficients_that_are_turned_with_the_levels(part, kind):
    """As `cdo invertlev` does; as NCO does, they stay as they are. Numbers count from the top."""
    half = np.geomspace(1e-3, 1.0, 61)
    b = half if kind == "half" else (half[1:] + half[:-1]) / 2
    names = ("hyai", "hybi", "nhyi") if kind == "half" else ("hyam", "hybm", "nhym")
    number = ("lev", np.arange(1.0, 61), {"units": "level", "positive": "down"})
    ds = xr.Dataset(coords={"lev": number}).isel(lev=part)
    pressure = xr.DataArray(1000.0)

    def of(levels, coefficients):
        a = (names[2], 0 * coefficients, {"units": "Pa"})
        given = levels.assign({names[0]: a, names[1]: (names[2], coefficients)})
        return hybrid_pressure(given, "lev", pressure)

    right = of(ds, b)
    turned = ds.isel(lev=slice(None, None, -1))
    np.testing.assert_allclose(of(turned, b[::-1])[::-1], right)
    np.testing.assert_allclose(of(turned, b)[::-1], right)
