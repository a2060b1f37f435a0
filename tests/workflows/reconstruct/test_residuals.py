from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.workflows.reconstruct.observations import gather_observations
from tropdsx.workflows.reconstruct.residuals import (
    background_at,
    find_residuals,
    interpolate_epochs,
    relative_noise,
)

from helpers.network_of_stations import TIMES, coarse_grid, observe, some_stations

GRID = coarse_grid()


def plan_of(ds=GRID, **options):
    return make_plan(ds, Options(target=1.0, orography=GRID.orography, model=None, **options))


def hourly(hours):
    return TIMES[0] + np.asarray(hours) * np.timedelta64(60, "m").astype("timedelta64[ns]")


def gathered(residual=0.0, times=None):
    return gather_observations(observe(GRID, some_stations(), residual, times))


def test_residuals_are_what_was_added():
    added = np.random.default_rng(0).normal(0, 0.01, (4, 25))
    found = find_residuals(plan_of(), gathered(added))
    np.testing.assert_allclose(found.residual, added, atol=1e-6)
    assert found.residual.dims == ("time", "station")
    np.testing.assert_array_equal(found.time, TIMES)


def test_heights_are_those_of_the_physics():
    """A station 1 km higher: ZHD and ZWD of the profile that the grid is made of."""
    places = some_stations(2).assign_coords(height=("station", [0.0, 1000.0], {"units": "m"}))
    places["lat"][:], places["lon"][:] = 48.0, 15.0
    low, high = (background_at(plan_of(), places).isel(station=k) for k in range(2))
    assert float(high.zhd[0] / low.zhd[0]) == pytest.approx(np.exp(-1000 / 8300), abs=0.004)
    assert 0.5 < float(high.zwd[0] / low.zwd[0]) < 0.8


@pytest.mark.parametrize(
    ("surface", "lapse", "vapour", "scale"),
    [(288.15, 6.5e-3, 10.0, 2.0e3), (300.0, 6.0e-3, 25.0, 2.3e3), (285.0, 5.5e-3, 8.0, 1.8e3)],
)
@pytest.mark.parametrize(("low", "high"), [(0.0, 1000.0), (1000.0, 0.0)])
def test_a_kilometre_through_a_known_atmosphere(surface, lapse, vapour, scale, low, high):
    """To a millimetre of ZHD; of ZWD to 2.5 % where vapour falls as it does in the climatology."""
    grid = coarse_grid(np.array(["2022-07-15"], "M8[ns]"))
    here, there = (column(each, surface, lapse, vapour, scale) for each in (low, high))
    for name, value in zip(("zhd", "zwd"), here, strict=True):
        grid[name][...] = value
    grid["temperature"] = xr.full_like(grid.zhd, surface - lapse * low).assign_attrs(units="K")
    grid = grid.assign_coords(orography=xr.full_like(grid.orography, low).assign_attrs(units="m"))
    places = some_stations(1).assign_coords(height=("station", [high], {"units": "m"}))
    places["lat"][:], places["lon"][:] = 48.0, 15.0
    found = background_at(make_plan(grid, Options(target=1.0, model=None)), places)
    assert found.zhd.item() == pytest.approx(there[0], abs=1e-3)
    if scale > 2.2e3:
        assert found.zwd.item() == pytest.approx(there[1], rel=0.025)


def column(height, surface, lapse, vapour, scale):
    """Integrate the refractivity of Rueger (2002) above a height: ZHD and ZWD [m]."""
    z = np.arange(height, 80e3, 10.0)
    kelvin = np.maximum(surface - lapse * z, 216.65)
    damp = vapour * np.exp(-z / scale)  # hPa
    levels = np.append(np.arange(0.0, height, 10.0), z)
    warm = np.maximum(surface - lapse * levels, 216.65)
    wet = vapour * np.exp(-levels / scale)
    pressure = np.full(levels.size, 1013.25)
    for _ in range(4):  # virtual temperature wants the pressure
        fall = 9.80665 * (6371e3 / (6371e3 + levels)) ** 2
        fall /= 287.06 * warm / (1 - 0.378 * wet / pressure)
        below = np.cumsum((fall[1:] + fall[:-1]) / 2 * 10.0)
        pressure = 1013.25 * np.exp(-np.append(0.0, below))
    pressure = np.maximum(pressure, 1e-6)[-z.size :]
    density = 100 * pressure / (287.06 * kelvin / (1 - 0.378 * damp / pressure))
    hydrostatic = 77.6890 * 287.06 * density / 100
    share = 71.2952 - 77.6890 * 287.06 / 461.52
    refractivity = share * damp / kelvin + 3.75463e5 * damp / kelvin**2
    return tuple(1e-6 * np.trapezoid(each, z) for each in (hydrostatic, refractivity))


def test_observations_between_epochs_are_interpolated_where_two_are_near():
    half = hourly([-0.5, 0.5, 11.0, 13.0])
    ds = observe(GRID, some_stations(), 0.01)
    found = find_residuals(plan_of(), gather_observations(ds.assign_coords(time=half)))
    assert found.residual.notnull().all("station").values.tolist() == [True, False, True, False]


def test_observations_of_days_serve_their_own_epoch_alone():
    days = TIMES[0] + np.arange(-1, 3) * np.timedelta64(1, "D")
    ds = observe(GRID, some_stations(), 0.01)
    found = find_residuals(plan_of(), gather_observations(ds.assign_coords(time=days)))
    assert found.residual.notnull().all("station").values.tolist() == [True, False, False, False]


def test_no_common_time_is_one_clear_line():
    late = observe(GRID, some_stations()).assign_coords(time=TIMES + np.timedelta64(365, "D"))
    match = (
        "no observation within an hour of the epochs of the grid: observed from 2023-03-09T00:00"
    )
    with pytest.raises(GridError, match=match):
        find_residuals(plan_of(), gather_observations(late))
    with pytest.raises(GridError, match=match):
        interpolate_epochs(plan_of(), late.time)


def test_stations_outside_the_grid_are_named():
    stations = some_stations()
    stations["lat"][3] = -20.0
    observed = observe(GRID, some_stations()).assign_coords(lat=stations.lat)
    with pytest.warns(TropdsxWarning, match="1 of 25 stations lie outside the grid: S03"):
        found = find_residuals(plan_of(), gather_observations(observed))
    assert found.residual.isel(station=3).isnull().all()


def test_stations_beside_missing_nodes_are_named():
    stations = some_stations()
    row, column = (int(np.abs(GRID[n] - stations[n][7]).argmin(n)) for n in ("lat", "lon"))
    here = (GRID.lat == GRID.lat[row]) & (GRID.lon == GRID.lon[column])
    gap = GRID.assign(zwd=GRID.zwd.where(~here).assign_attrs(units="m"))
    with pytest.warns(TropdsxWarning) as caught:
        find_residuals(plan_of(gap), gathered())
    told = [str(each.message) for each in caught]
    assert any("stations lie beside missing nodes of the grid: " in each for each in told)
    assert not any("outside" in each for each in told)


def test_observations_that_are_all_missing_are_no_matter_of_time():
    with pytest.raises(GridError, match="all observations are missing"):
        find_residuals(plan_of(), gathered(np.nan))


@pytest.mark.parametrize("chunks", [None, {"time": 2}])
def test_the_grid_is_interpolated_to_the_epochs_of_stations(chunks):
    ds = GRID if chunks is None else GRID.chunk(chunks)
    wanted = hourly([-1, 0, 2, 6, 17, 18, 19])
    plan = interpolate_epochs(plan_of(ds), wanted)
    np.testing.assert_array_equal(plan.grid.time, wanted[1:-1])
    before = plan_of().grid
    for name in ("zhd", "zwd"):
        assert plan.grid[name].dtype == np.float32
        assert (plan.grid[name].chunks is None) == (chunks is None)
        np.testing.assert_array_equal(plan.grid[name][0], before[name][0])
        np.testing.assert_allclose(
            plan.grid[name][1], (2 * before[name][0] + before[name][1]) / 3, atol=2e-7
        )
    xr.testing.assert_identical(plan.grid["orography"], before["orography"])


def test_wide_gaps_of_the_grid_are_not_bridged():
    gap = coarse_grid(hourly([0, 6, 12, 48]))
    plan = interpolate_epochs(plan_of(gap), hourly([3, 20, 48]))
    np.testing.assert_array_equal(plan.grid.time, hourly([3, 48]))


def test_a_grid_without_a_delay_or_a_date_is_refused():
    observed = gathered()
    with pytest.raises(GridError, match="a grid without zhd"):
        find_residuals(plan_of(GRID.drop_vars("zhd")), observed)
    undated = plan_of()
    undated = replace(undated, grid=undated.grid.assign_coords(time=np.full(4, "NaT", "M8[ns]")))
    with pytest.raises(GridError, match="the grid has no dates"):
        find_residuals(undated, observed)


def test_formal_errors_tell_stations_apart_within_reason():
    sigma = np.array([[1.0, 1.0, 4.0, np.nan, 100.0, 0.1]] * 2) * 1e-3
    sigma[1, 2] = np.nan
    found = relative_noise(xr.Dataset({"ztd_sigma": (("time", "station"), sigma)}))
    np.testing.assert_allclose(found, [1.0, 1.0, 4.0, 1.0, 5.0, 0.5])
    assert relative_noise(some_stations(3)).tolist() == [1.0, 1.0, 1.0]
