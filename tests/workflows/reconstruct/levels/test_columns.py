"""Profiles on the nodes of a surface."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError, GridError, TropdsxWarning, UnitsError
from tropdsx.workflows.reconstruct.levels.columns import average_columns, gather


def test_each_profile_finds_its_node(sea, seen):
    task = gather(seen, sea.isel(depth=0), domain=sea.notnull())
    assert task.values.shape == (40, 7)
    flat = sea.values.reshape(7, -1).T
    np.testing.assert_array_equal(task.values, flat[task.node])
    assert task.known == 0
    assert task.cells.size == 18 * 20 - 9
    np.testing.assert_array_equal(task.exists, np.isfinite(flat))
    assert len(task.places(task.node)) == 40
    np.testing.assert_array_equal(
        task.places(task.node).height, np.isfinite(flat[task.node]).sum(1)
    )


def test_longitudes_of_another_convention(sea, seen):
    other = seen.assign_coords(lon=seen.lon + 360.0)
    task = gather(other, sea.isel(depth=0))
    np.testing.assert_array_equal(task.node, gather(seen, sea.isel(depth=0)).node)


def test_doubles_are_averaged_by_inverse_variance():
    values = np.array([[1.0, 2.0], [4.0, np.nan], [9.0, 9.0]])
    sigma = np.array([[1.0, 1.0], [2.0, np.nan], [1.0, 1.0]])
    node, mean = average_columns(np.array([5, 5, 2]), values, sigma)
    np.testing.assert_array_equal(node, [2, 5])
    np.testing.assert_allclose(mean, [[9, 9], [(1 + 4 / 4) / (1 + 1 / 4), 2]])
    _, plain = average_columns(np.array([5, 5, 2]), values)
    np.testing.assert_allclose(plain[1], [2.5, 2.0])
    with pytest.raises(DomainError, match="not above 0"):
        average_columns(np.array([5, 5, 2]), values, sigma * 0)


def test_profiles_off_the_grid_are_counted(sea, seen):
    away = seen.assign_coords(lon=seen.lon.where(np.arange(40) > 2, 100.0))
    on_land = away.assign_coords(
        lat=away.lat.where(np.arange(40) != 5, 45.1), lon=away.lon.where(np.arange(40) != 5, -19.9)
    )
    with pytest.warns(TropdsxWarning, match="4 of 40 profiles lie off the grid, on a node without"):
        assert gather(on_land, sea.isel(depth=0)).node.size == 36
    with pytest.raises(GridError, match="none of 40 profiles lies on a node with a surface"):
        gather(seen.assign_coords(lon=seen.lon + 90.0), sea.isel(depth=0))


def test_domains(sea, seen):
    surface = sea.isel(depth=0)
    by_nan = gather(seen, surface, domain=sea).exists
    by_flag = gather(seen, surface, domain=sea.notnull().astype("i1")).exists
    np.testing.assert_array_equal(by_flag, by_nan)
    bottom = surface * 0 + (2500.0 - 120.0 * xr.DataArray(np.arange(20.0), dims="longitude"))
    by_depth = gather(seen, surface, domain=bottom.transpose("latitude", "longitude")).exists
    np.testing.assert_array_equal(by_depth, by_nan)
    frozen = sea.where(sea.isnull() | (sea > 8), 0.0)  # a true 0 degC is no land
    np.testing.assert_array_equal(gather(seen, surface, domain=frozen).exists, by_nan)
    everywhere = (surface == surface).transpose("latitude", "longitude")
    flagged = gather(seen, surface, domain=everywhere).exists
    np.testing.assert_array_equal(flagged, np.repeat(everywhere.values.reshape(-1, 1), 7, 1))
    with pytest.raises(DomainError, match="0 and 1 alone; accepted are the level of the bottom"):
        gather(seen, surface, domain=everywhere.astype(int))
    with pytest.raises(DomainError, match="0 and 1 in floating point"):
        gather(seen, surface, domain=sea.notnull().astype(float))
    with pytest.raises(GridError, match="on other nodes"):
        gather(seen, surface, domain=sea.isel(latitude=slice(5)))
    with pytest.raises(DomainError, match="with the levels of the profiles"):
        gather(seen, surface, domain=sea.isel(depth=slice(3)))


def test_what_does_not_fit_is_told(sea, seen):
    with pytest.raises(DomainError, match=r"choose a level and a time with \.isel"):
        gather(seen, sea)
    with pytest.raises(DomainError, match=r"see tropdsx\.align_profiles"):
        gather(seen.drop_vars(["lat", "lon"]), sea.isel(depth=0))
    with pytest.raises(UnitsError, match="surface is in 'k', the profiles in 'degrees_c'"):
        gather(seen, sea.isel(depth=0).assign_attrs(units="K"))


def test_a_surface_of_another_kind_is_no_level(sea, seen):
    surface = sea.isel(depth=0, drop=True).rename("sst").assign_attrs(units="K")
    assert gather(seen, surface).known is None
    between = sea.isel(depth=0).assign_coords(depth=5.0)
    assert gather(seen, between).known is None


def test_the_jump_of_an_axis_across_greenwich_lets_no_far_profile_in(sea, seen):
    surface = sea.isel(depth=0)
    middle = float(surface.longitude.mean())
    here = surface.assign_coords(longitude=(surface.longitude - middle) % 360).sortby("longitude")
    near = seen.assign_coords(lon=seen.lon - middle)
    away = near.assign_coords(lon=near.lon.where(np.arange(40) > 0, 25.0))
    with pytest.warns(TropdsxWarning, match="1 of 40 profiles lie off the grid"):
        assert gather(away, here).node.size == 39


def test_missing_formal_errors_are_called_so():
    sigma = np.array([[1.0], [np.nan]])
    with pytest.raises(DomainError, match="1 of 2 values have no standard deviation"):
        average_columns(np.array([1, 2]), np.ones((2, 1)), sigma)


def test_salinity_is_no_level_of_temperature(sea, seen):
    """Without units nothing else would tell."""
    salt = sea.isel(depth=0).rename("so").drop_attrs(deep=False)
    with pytest.raises(DomainError, match="the surface is so, the profiles are sea_water_pot"):
        gather(seen, salt)
    assert gather(seen, salt.drop_vars("depth")).known is None


@pytest.mark.parametrize("unit", ["degC", "degree_Celsius", "celsius", "°C", "deg C"])
def test_other_spellings_of_a_unit_are_the_same_unit(sea, seen, unit):
    assert gather(seen, sea.isel(depth=0).assign_attrs(units=unit)).known == 0


@pytest.mark.parametrize("units", [("psu", "1e-3"), ("1", "0.001"), ("1e-3", "PSS-78")])
def test_salinities_are_in_one_unit(sea, seen, units):
    one, other = (each.rename("so").drop_attrs(deep=False) for each in (seen, sea.isel(depth=0)))
    assert gather(one.assign_attrs(units=units[0]), other.assign_attrs(units=units[1])).known == 0
