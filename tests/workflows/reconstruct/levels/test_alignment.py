"""Profiles on the levels of a grid."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.atmos.profile.sea_water import depth_of_pressure, potential_temperature
from tropdsx.errors import DomainError, TropdsxWarning, UnitsError
from tropdsx.workflows.reconstruct.levels.alignment import align_profiles, interpolate_profile

LEVELS = np.array([3.0, 10.0, 50.0, 120.0, 500.0, 1500.0])


def argo():
    """Three floats: from 5 to 1000 dbar, to 60 dbar, and one that says nothing."""
    pressure = np.array([[5.0, 20.0, 100.0, 150.0, 400.0, 1000.0], [5.0, 60.0] + [np.nan] * 4])
    pressure = np.concatenate([pressure, np.full((1, 6), np.nan)])
    two = ("profile", "level")
    return xr.Dataset(
        {
            "temp": (two, 20.0 - pressure / 100.0, {"units": "degree_C",
                     "standard_name": "sea_water_temperature"}),
            "psal": (two, 35.0 + pressure / 1000.0,
                     {"standard_name": "sea_water_practical_salinity"}),
            "cycle": ("profile", [1, 2, 3]),
        },
        {
            "pressure": (two, pressure, {"units": "dbar"}),
            "lat": ("profile", [0.0, 30.0, 60.0]),
            "lon": ("profile", [-30.0, 0.0, 5.0]),
            "time": ("profile", np.array(["2024-02-29"] * 3, "M8[ns]")),
        },
    )  # fmt: skip


def in_metres(ds):
    """The same with depths in place of pressures."""
    ds = ds.rename(pressure="depth")
    ds["depth"].attrs["units"] = "m"
    return ds


def test_nothing_is_extrapolated_and_gaps_stay():
    with pytest.warns(TropdsxWarning, match="1 of 3 profiles have no value of so on any"):
        found = align_profiles(argo(), LEVELS, variable="so")
    assert found.so.dims == ("profile", "depth")
    known = np.isfinite(found.so.values)
    # Above 5 dbar nothing; from 400 to 1000 dbar is a gap; below 60 dbar the second has ended.
    assert known.tolist() == [[False, True, True, True, False, False],
                              [False, True, True, False, False, False]]  # fmt: skip
    np.testing.assert_array_equal(found.cycle, [1, 2])
    assert set(found.coords) == {"depth", "lat", "lon", "time"}
    with pytest.warns(TropdsxWarning):
        wide = align_profiles(argo(), LEVELS, variable="so", max_gap=700.0)
    assert np.isfinite(wide.so.values[0]).tolist() == [False, True, True, True, True, False]


def test_potential_temperature_is_made_of_what_is_there():
    ds = argo().isel(profile=[0])
    own = depth_of_pressure(ds.pressure.values[0], 0.0)
    theta = potential_temperature(ds.psal.values[0], ds.temp.values[0], ds.pressure.values[0])
    found = align_profiles(ds, own, max_gap=1e4)
    np.testing.assert_allclose(found.thetao[0], theta, atol=1e-10)
    assert found.thetao.attrs["standard_name"] == "sea_water_potential_temperature"
    assert 0.05 < ds.temp.values[0, -1] - found.thetao.values[0, -1] < 0.2
    stored = align_profiles(ds, own, variable="temp", max_gap=1e4)
    np.testing.assert_allclose(stored.temp[0], ds.temp[0], atol=1e-10)


def test_a_missing_salinity_is_told_and_matters_little():
    ds = argo().isel(profile=[0])
    whole = align_profiles(ds, [10.0, 100.0])
    with pytest.warns(TropdsxWarning, match=r"1 profiles have temperatures without salinity.*35"):
        found = align_profiles(ds.drop_vars("psal"), [10.0, 100.0])
    np.testing.assert_allclose(found.thetao, whole.thetao, atol=0.01)
    fresh, salt = (potential_temperature(s, 5.0, 2000.0) for s in (33.0, 37.0))
    assert abs(fresh - salt) < 0.013


def test_formal_errors_come_along():
    ds = argo().isel(profile=[0])
    ds["temp_ADJUSTED_ERROR"] = ds.temp * 0 + [[0.1, 0.2, 0.2, 0.2, 0.2, 0.2]]
    found = align_profiles(ds, depth_of_pressure([5.0, 12.5, 20.0], 0.0))
    np.testing.assert_allclose(found.thetao_sigma[0], [0.1, 0.15, 0.2], atol=1e-4)
    assert "so_sigma" not in align_profiles(ds, [10.0], variable="so")


def test_a_level_is_hit_exactly_and_doubles_are_averaged():
    own = np.array([10.0, 10.0, 20.0, 900.0, np.nan])
    values = np.array([1.0, 3.0, 5.0, 7.0, 9.0])
    found = interpolate_profile(own, values, np.array([10.0, 15.0, 20.0, 500.0, 900.0, 901.0]))
    np.testing.assert_array_equal(found, [2.0, 3.5, 5.0, np.nan, 7.0, np.nan])
    turned = interpolate_profile(own[::-1], values[::-1], np.array([15.0]))
    np.testing.assert_array_equal(turned, [3.5])
    assert np.isnan(interpolate_profile(own, np.full(5, np.nan), np.array([15.0]))).all()


def test_depths_that_count_upwards():
    ds = argo().rename(pressure="depth")
    ds["depth"] = (-ds.depth).assign_attrs(positive="up", units="m")
    with pytest.warns(TropdsxWarning):
        found = align_profiles(ds, [10.0, 50.0], variable="psal")
    np.testing.assert_allclose(found.psal[0], [35.01, 35.05])


@pytest.mark.parametrize(
    ("change", "variable", "kind", "told"),
    [
        (lambda ds: in_metres(ds), "thetao", DomainError, "no pressure beside temp"),
        (lambda ds: ds, "oxygen", DomainError, "'oxygen'.*there are temp, psal"),
        (lambda ds: ds.drop_vars("pressure"), "so", DomainError, "tropdsx.open_profiles"),
        (lambda ds: ds.assign(temp=ds.temp.assign_attrs(units="K")), "thetao", UnitsError,
         "temp is in 'k'"),
        (lambda ds: ds.assign_coords(pressure=ds.pressure.assign_attrs(units="Pa")), "so",
         UnitsError, "accepted is dbar"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_told(change, variable, kind, told):
    with pytest.raises(kind, match=told):
        align_profiles(change(argo()), LEVELS, variable=variable)


def test_levels_out_of_reach_are_told():
    with pytest.raises(DomainError, match="no profile reaches any of the levels 4000 to 4000"):
        align_profiles(argo(), [4000.0])


@pytest.mark.realdata
def test_argo_on_the_depths_of_glorys(shared):
    with xr.open_dataset(shared / "data/ocean/glorys12_thetao_so_20210629_neatlantic.nc") as ds:
        depths = ds.depth.values
    with pytest.warns(TropdsxWarning, match="profiles have temperatures without salinity"):
        found = align_profiles(shared / "data/ocean/argo_eqatlantic_dev.nc", depths)
    counts = np.isfinite(found.thetao).sum("profile").values
    assert counts[0] < counts[1]  # most begin at 5 dbar
    assert counts[1:9].min() > 1000
    assert counts[-1] == 0
    mean = found.thetao.mean("profile").values
    assert 25 < mean[1] < 29
    assert 4 < mean[8] < 5


@pytest.mark.parametrize(
    ("name", "standard", "unit", "variable"),
    [
        ("ptemp", "sea_water_potential_temperature", "K", "thetao"),
        ("psal", "sea_water_practical_salinity", "kg kg-1", "so"),
    ],
)
def test_other_units_are_not_relabelled(name, standard, unit, variable):
    wrong = argo().drop_vars("temp")
    wrong[name] = wrong.psal.assign_attrs(units=unit, standard_name=standard)
    with pytest.raises(UnitsError, match=f"{name} is in .*convert it to"):
        align_profiles(wrong, LEVELS, variable=variable)


@pytest.mark.parametrize("unit", ["km", "cm", "ft"])
def test_depths_of_another_unit_are_refused(unit):
    ds = argo()
    ds = ds.assign_coords(depth=ds.pressure.assign_attrs(units=unit, positive="down"))
    with pytest.raises(UnitsError, match=r"depth is in .*convert it to m first"):
        align_profiles(ds.drop_vars("pressure"), LEVELS, variable="so")


@pytest.mark.parametrize("unit", ["psu", "PSU", "1e-3", "1", "0.001", "PSS-78"])
def test_salinity_of_any_spelling_is_same_unit(unit):
    ds = argo().isel(profile=[0])
    ds.psal.attrs["units"] = unit
    found = align_profiles(ds, [10.0, 50.0], variable="so")
    np.testing.assert_allclose(found.so[0], [35.01, 35.05], atol=1e-3)
    assert found.so.attrs["units"] == "1e-3"


@pytest.mark.parametrize("unit", ["degree_Celsius", "Celsius", "°C", "deg C", "degC"])
def test_temperature_of_any_spelling_is_same_unit(unit):
    ds = argo().isel(profile=[0])
    expected = align_profiles(ds, [10.0, 50.0])
    ds.temp.attrs["units"] = unit
    xr.testing.assert_identical(align_profiles(ds, [10.0, 50.0]), expected)


def test_a_depth_of_the_bottom_is_no_depth_of_values():
    ds = argo().isel(profile=[0, 1])
    expected = align_profiles(ds, [10.0, 50.0], variable="so")
    ds["depth"] = ("profile", [4000.0, 100.0], {"units": "m"})
    found = align_profiles(ds, [10.0, 50.0], variable="so")
    xr.testing.assert_identical(found, expected)


def test_one_ladder_for_all_profiles():
    ds = argo().isel(profile=[0, 1]).drop_vars("pressure")
    ds = ds.assign_coords(depth=("level", [5.0, 20.0, 100.0, 150.0, 400.0, 1000.0], {"units": "m"}))
    found = align_profiles(ds, [20.0], variable="psal")
    np.testing.assert_allclose(found.psal, ds.psal.values[:, [1]])


def test_numbers_that_stand_for_missing_values_are_left_out():
    ds = argo().isel(profile=[0])
    expected = align_profiles(ds.where(ds.pressure != 100.0), [10.0, 80.0], variable="so")
    for fill in (99.99, -999.0, 99999.0):
        filled = ds.assign(psal=ds.psal.where(ds.pressure != 100.0, fill))
        with pytest.warns(TropdsxWarning, match="no sea has are taken for missing ones: 1 of psal"):
            found = align_profiles(filled, [10.0, 80.0], variable="so")
        np.testing.assert_allclose(found.so, expected.so)
    deep = ds.assign_coords(pressure=ds.pressure.where(ds.pressure < 1000, 99999.0))
    with pytest.warns(TropdsxWarning, match="1 of pressure"):
        align_profiles(deep, [10.0], variable="so")


def test_another_variable_may_have_any_value():
    ds = argo().isel(profile=[0]).rename(psal="oxygen")
    ds["oxygen"] = (ds.oxygen * 0 + 250.0).assign_attrs(units="umol/kg")
    assert align_profiles(ds, [10.0], variable="oxygen").oxygen.item() == pytest.approx(250.0)


AIR = np.array([[18.0, 2.0, -18.0, -45.0, -70.0]] * 2)


@pytest.mark.parametrize(("units", "zero"), [("degC", 0.0), ("", 273.15)])
def test_air_is_no_sea_whatever_its_temperature_is_called(units, zero):
    """Heights tell: no temperature is too cold there, nor a pressure of theirs too high."""
    two = ("profile", "level")
    heights = np.array([[100.0, 2000.0, 5000.0, 9000.0, 14000.0]] * 2)
    axes = {
        "height": (two, heights, {"units": "m"}),
        "pressure": (two, np.exp(-heights / 8000.0) * 101_325.0, {"units": "Pa"}),
        "lat": ("profile", [40.0, 41.0]),
        "lon": ("profile", [1.0, 2.0]),
    }
    ds = xr.Dataset({"temperature": (two, AIR + zero, {"units": units})}, axes)
    found = align_profiles(ds, heights[0], variable="temperature")
    np.testing.assert_array_equal(found.temperature, AIR + zero)


def test_a_standard_name_of_the_sea_is_enough():
    ds = argo().isel(profile=[0]).rename(pressure="height").drop_vars("psal")
    ds["height"].attrs["units"] = "m"
    ds["temp"] = ds.temp.where(ds.height != 20.0, -999.0)
    with pytest.warns(TropdsxWarning, match="taken for missing ones: 1 of temp"):
        align_profiles(ds, [5.0], variable="temp")


@pytest.mark.parametrize("beside", [False, True])
def test_a_pressure_of_another_unit_is_refused_before_it_is_judged(beside):
    """Also one beside depths, of which potential temperature is made."""
    ds = argo().isel(profile=[0])
    if beside:
        ds = ds.assign_coords(depth=ds.pressure.assign_attrs(units="m"))
    ds["pressure"] = (ds.pressure * 1e4).assign_attrs(units="Pa")
    with pytest.raises(UnitsError, match="pressure of the profiles is in 'pa'; accepted is dbar"):
        align_profiles(ds, LEVELS)


def soil(**attrs):
    two = ("profile", "level")
    return xr.Dataset(
        {"temperature": (two, [[-12.0, -4.0, 1.0], [-8.0, -99.9, 2.0]], {"units": "degC"} | attrs)},
        {
            "depth": ("level", [0.035, 0.64, 1.95], {"units": "m", "positive": "down"}),
            "lat": ("profile", [60.0, 61.0]),
            "lon": ("profile", [100.0, 101.0]),
        },
    )


def test_frozen_soil_is_not_taken_for_missing_sea_water():
    frozen = soil(long_name="Soil temperature")
    found = align_profiles(frozen, [0.035, 1.95], variable="temperature")
    np.testing.assert_array_equal(found.temperature, [[-12.0, 1.0], [-8.0, 2.0]])
    with pytest.warns(TropdsxWarning) as caught:
        found = align_profiles(soil(), [0.035, 0.64, 1.95], variable="temperature")
    between = -8.0 + 10.0 * (0.64 - 0.035) / (1.95 - 0.035)
    np.testing.assert_allclose(found.temperature, [[-12.0, -4.0, 1.0], [-8.0, between, 2.0]])
    told = " | ".join(str(each.message) for each in caught)
    assert "temperature falls to -12 degC, colder than the sea, on depths to 10 m" in told
    assert "taken for missing ones: 1 of temperature" in told


def test_cold_numbers_of_the_sea_are_missing_ones():
    with pytest.warns(TropdsxWarning, match="taken for missing ones: 3 of temperature"):
        found = align_profiles(
            soil(standard_name="sea_water_temperature"), [1.95], variable="temperature"
        )
    np.testing.assert_array_equal(found.temperature[:, 0], [1.0, 2.0])
