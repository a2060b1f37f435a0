"""Mapping factors and slant delays of series at stations."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import AssetError, DomainError, GridError, TropdsxWarning
from tropdsx.workflows.stations import slants as module
from tropdsx.workflows.stations.series import at_stations
from tropdsx.workflows.stations.slants import Directions, with_slants

from helpers.files import shared
from helpers.stations import places, slanted, weather


@pytest.mark.parametrize("times", [None, ["2021-06-30T15", "2021-07-01T01"]])
def test_the_slants_are_those_of_the_accessor(times):
    """At the epochs of the grid and between them, with the gradients of the station."""
    found = at_stations(slanted(), places(5), times=times, elevation=[30, 5], azimuth=[90, 0, -20])
    assert found.elevation.values.tolist() == [5.0, 30.0]
    assert found.azimuth.values.tolist() == [-20.0, 0.0, 90.0]
    assert found.slant_delay.dims == ("time", "station", "elevation", "azimuth")
    assert found.mfh.dims == ("time", "station", "elevation")
    for elevation in (5.0, 30.0):
        mapping = found.tropds.mapping(elevation)
        for name in ("mfh", "mfw"):
            np.testing.assert_allclose(found[name].sel(elevation=elevation), mapping[name], 1e-7)
        for azimuth in (-20.0, 90.0):
            here = found.slant_delay.sel(elevation=elevation, azimuth=azimuth)
            np.testing.assert_allclose(here, found.tropds.slant(elevation, azimuth), rtol=1e-7)
    parts = found.slant_delay_hydrostatic + found.slant_delay_wet
    np.testing.assert_allclose(parts, found.slant_delay, rtol=2e-7)
    assert found.slant_delay.dtype == found.mfw.dtype == np.float32
    spread = found.slant_delay.max("azimuth") - found.slant_delay.min("azimuth")
    assert float(spread.sel(elevation=5.0).min()) > 0.01


def test_nothing_is_computed_before_it_is_used_and_then_in_blocks(monkeypatch):
    where = places(5)
    whole = at_stations(slanted(), where, elevation=[5, 30]).compute()
    monkeypatch.setattr(module, "_AT_ONCE", 20)
    seen, inner = [], module.slant_delays

    def look(ds, *rays):
        seen.append({dim: max(sizes) for dim, sizes in ds.chunksizes.items()})
        return inner(ds, *rays)

    monkeypatch.setattr(module, "slant_delays", look)
    found = at_stations(slanted(), where, elevation=[5, 30])
    assert seen == [{"time": 2, "station": 1}]
    for name in ("mfh", "slant_delay", "slant_delay_wet"):
        assert found[name].chunks is not None
        np.testing.assert_array_equal(found[name], whole[name])
    assert found.zwd.chunks is None


def test_an_azimuth_without_gradients_changes_nothing_and_is_told():
    ds = slanted().drop_vars([name for name in slanted() if str(name).startswith("gradient")])
    with pytest.warns(TropdsxWarning, match="the grid has no gradients: slant delays are the same"):
        found = at_stations(ds, places(3), elevation=10, azimuth=[0, 90])
    assert found.slant_delay.dims == ("time", "station", "elevation")
    xr.testing.assert_identical(found, at_stations(ds, places(3), elevation=10))


@pytest.mark.parametrize(
    ("elevation", "azimuth", "message"),
    [
        (0, None, "elevation 0 found; accepted are degrees from 3 to 90"),
        ([5, 100], None, "elevation 100 found; accepted are degrees from 3 to 90"),
        (np.nan, None, "elevation nan found"),
        ([], None, "elevation of no value found"),
        ("low", None, "elevation 'low' found; accepted are degrees"),
        (5, "north", "azimuth 'north' found; accepted are degrees from -180 to 360"),
        (5, 361, "azimuth 361 found"),
        (None, 90, "an azimuth is given without an elevation"),
    ],
)
def test_angles_that_are_none(elevation, azimuth, message):
    with pytest.raises(DomainError, match=message):
        at_stations(slanted(), places(3), elevation=elevation, azimuth=azimuth)


def test_grids_that_give_no_slant_delay(monkeypatch):
    with pytest.raises(GridError, match=r"slant delays need zhd, .* has no zhd; add"):
        at_stations(slanted().drop_vars("zhd"), places(3), elevation=5)
    with (
        pytest.warns(TropdsxWarning, match="mean of the year"),
        pytest.raises(GridError, match="the grid has no dates; add them"),
    ):
        at_stations(slanted().isel(time=0, drop=True), places(3), elevation=5)
    monkeypatch.setattr(module, "find_asset", lambda name: None)
    with pytest.raises(AssetError, match="tropdsx assets fetch gpt3_5"):
        at_stations(weather(), places(3), elevation=5)


@pytest.mark.realdata
def test_gpt3_where_the_grid_has_no_coefficients(monkeypatch):
    path = shared("gpt/gpt3_5.grd.xz")
    monkeypatch.setattr(module, "find_asset", lambda name: path if name == "gpt3_5" else None)
    with pytest.warns(TropdsxWarning, match=r"those of the climatology GPT3 \(gpt3_5.grd.xz\)"):
        found = at_stations(weather(), places(3), elevation=[5, 30])
    at = found.isel(time=2, station=1)
    values = module.gpt3(at.time.values, at.lat, at.lon, 0.0, path)
    np.testing.assert_allclose([at.ah, at.aw], [values.ah, values.aw], rtol=1e-6)
    assert "GPT3" in found.ah.attrs["comment"]
    slant = found.compute().tropds.slant(5.0)
    np.testing.assert_allclose(found.slant_delay.sel(elevation=5.0), slant, rtol=1e-6)


def test_the_directions_of_a_series_may_be_added_later():
    series = at_stations(slanted(), places(3))
    found = with_slants(series, Directions.of(10.0, None))
    xr.testing.assert_identical(found, at_stations(slanted(), places(3), elevation=10.0))
