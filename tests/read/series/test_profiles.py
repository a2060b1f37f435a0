"""Profiles in the forms of CF and of Argo."""

import contextlib

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.spelling.sea_water import find_sea_water
from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.series.profiles import open_profiles, pad_ragged

SIZES = np.array([3, 1, 0, 2])
PRES = np.array([5.0, 10.0, 20.0, 6.0, 5.0, 50.0])
TEMP = np.array([20.0, 19.0, 18.0, 15.0, 10.0, 9.0], "f4")
PADDED = [[20, 19, 18], [15, np.nan, np.nan], [np.nan] * 3, [10, 9, np.nan]]


def places():
    time = np.datetime64("2024-02-29", "ns") + np.arange(4).astype("m8[D]")
    return {
        "time": ("profile", time, {"standard_name": "time"}),
        "lat": ("profile", [1.0, 2.0, 3.0, 4.0], {"standard_name": "latitude"}),
        "lon": ("profile", [-30.0, 179.0, -179.0, 0.0], {"standard_name": "longitude"}),
        "platform": ("profile", [13, 13, 14, 15]),
    }


def values():
    return {
        "pres": ("obs", PRES, {"units": "dbar", "standard_name": "sea_water_pressure"}),
        "temp": ("obs", TEMP, {"units": "degree_C"}),
    }


def contiguous():
    return xr.Dataset(
        places() | values() | {"row_size": ("profile", SIZES, {"sample_dimension": "obs"})}
    )


def indexed():
    """Values of the profiles in turn, not one profile after the other."""
    order = np.array([4, 0, 3, 1, 5, 2])
    ds = xr.Dataset(places() | values()).isel(obs=order)
    owner = np.repeat(np.arange(4), SIZES)[order]
    return ds.assign(of=("obs", owner, {"instance_dimension": "profile"}))


def padded():
    owner = np.repeat(np.arange(4), SIZES)
    fields = {
        name: (("profile", "z_level"), pad_ragged(data, owner, 4), attrs)
        for name, (_, data, attrs) in values().items()
    }
    return xr.Dataset(places() | fields)


@pytest.mark.parametrize("form", [contiguous, indexed, padded])
def test_each_form_is_read(tmp_path, form):
    form().to_netcdf(tmp_path / "p.nc")
    ds = open_profiles(tmp_path / "p.nc")
    assert ds.temp.dims == ("profile", "level")
    np.testing.assert_array_equal(ds.temp, PADDED)
    np.testing.assert_array_equal(ds.pressure[3], [5, 50, np.nan])
    np.testing.assert_array_equal(ds.lat, [1, 2, 3, 4])
    assert ds.time[0].values == np.datetime64("2024-02-29")
    assert ds.temp.attrs["units"] == "degree_C"
    assert ds.temp.dtype == np.float32
    assert set(ds.coords) >= {"lat", "lon", "time", "pressure"}


def test_flags_are_held_to(tmp_path):
    ds = contiguous()
    ds["temp_qc"] = ("obs", np.array([1, 4, 2, 1, 1, 3], "i1"))
    ds["good"] = ("obs", np.array([1, 1, 1, 1, 4, 1], "i1"), {"standard_name": "status_flag"})
    ds.pres.attrs["ancillary_variables"] = "good other"
    ds.to_netcdf(tmp_path / "p.nc")
    with pytest.warns(TropdsxWarning, match="3 of 12 values have another flag than 1, 2: left out"):
        found = open_profiles(tmp_path / "p.nc")
    np.testing.assert_array_equal(found.temp[0], [20, np.nan, 18])
    np.testing.assert_array_equal(found.temp[3], [10, np.nan, np.nan])
    np.testing.assert_array_equal(found.pressure[3], [np.nan, 50, np.nan])
    assert "temp_qc" not in found
    np.testing.assert_array_equal(open_profiles(tmp_path / "p.nc", good=(1, 2, 3, 4)).temp, PADDED)


def test_argo_of_its_own_making(tmp_path):
    """N_PROF by N_LEVELS, flags as characters, an adjusted twin."""
    raw, flags = np.array([[20.0, 19.0], [15.0, 14.0]]), np.array([[b"1", b"4"], [b"1", b" "]])
    dims = ("N_PROF", "N_LEVELS")
    ds = xr.Dataset(
        {
            "PRES": (dims, [[5.0, 10.0], [5.0, 10.0]]),
            "TEMP": (dims, raw),
            "TEMP_QC": (dims, flags),
            "TEMP_ADJUSTED": (dims, raw + 0.1),
            "TEMP_ADJUSTED_QC": (dims, flags),
            "LATITUDE": ("N_PROF", [0.0, 1.0]),
            "LONGITUDE": ("N_PROF", [0.0, 1.0]),
            "JULD": ("N_PROF", np.array(["2024-01-01", "2024-01-02"], "M8[ns]")),
        }
    )
    ds.to_netcdf(tmp_path / "p.nc")
    with pytest.warns(TropdsxWarning, match="another flag"):
        found = open_profiles(tmp_path / "p.nc")
    np.testing.assert_array_equal(found.TEMP, [[20.1, np.nan], [15.1, np.nan]])
    assert found.time[1].values == np.datetime64("2024-01-02")
    assert [name for name in found.variables if "ADJ" in name or "QC" in name] == []


def wod():
    """Ragged as the World Ocean Database has it: each variable with counts and flags of its own."""
    depth = {"standard_name": "altitude", "positive": "down", "units": "m"}
    return xr.Dataset(
        {
            "z_row_size": ("casts", [2, 3], {"sample_dimension": "z_obs"}),
            "Temperature_row_size": ("casts", [0, 3], {"sample_dimension": "Temperature_obs"}),
            "z": ("z_obs", [0.0, 10.0, 5.0, 15.0, 25.0], depth),
            "z_WODflag": ("z_obs", np.zeros(5, "i2")),
            "Temperature": ("Temperature_obs", [20.0, 19.0, 18.0]),
            "Temperature_WODflag": ("Temperature_obs", np.array([0, 1, 0], "i2")),
            "lat": ("casts", [1.0, 2.0]),
            "lon": ("casts", [3.0, 4.0]),
        }
    )


def test_the_world_ocean_database(tmp_path):
    """A flag of 0 is good there, and z is a depth whatever its standard name."""
    wod().to_netcdf(tmp_path / "wod.nc")
    with pytest.warns(TropdsxWarning, match="1 of 8 values have another flag than 0: left out"):
        found = open_profiles(tmp_path / "wod.nc")
    np.testing.assert_array_equal(found.Temperature, [[np.nan] * 3, [20.0, np.nan, 18.0]])
    np.testing.assert_array_equal(found.depth, [[0.0, 10.0, np.nan], [5.0, 15.0, 25.0]])
    other = wod().assign(Temperature_row_size=wod().Temperature_row_size.copy(data=[1, 2]))
    other.to_netcdf(tmp_path / "other.nc")
    with pytest.raises(InputError, match="have other numbers of levels in one profile"):
        open_profiles(tmp_path / "other.nc")


@pytest.mark.parametrize(
    ("values", "meanings", "good"),
    [
        ([48, 49, 50, 52], "no_quality_control good_value probably_good_value bad_value", [49, 50]),
        ([1, 2, 3, 4], "pass not_evaluated suspect fail", [1]),
        ("0, 1, 2, 4", "No_QC_performed Good_data Probably_good_data Bad_data", [1, 2]),
        ([1, 2, 3, 4], "not_calibrated acceptable_measurement questionable bad", [2]),
        ([0, 1], "no_known_meaning other", [1]),
    ],
)
def test_flags_say_what_they_mean(tmp_path, values, meanings, good):
    own = [int(v) for v in values.split(",")] if isinstance(values, str) else values
    ds = contiguous().isel(profile=[0], obs=[0, 1, 2])
    flags = np.resize(own, 3).astype("i1")
    attrs = {"flag_meanings": meanings, "flag_values": values}
    ds["temp_quality_control"] = ("obs", flags, attrs)
    ds.to_netcdf(tmp_path / "p.nc")
    kept = np.isin(flags, good)
    with pytest.warns(TropdsxWarning, match=f"{(~kept).sum()} of 3 values have another flag"):
        found = open_profiles(tmp_path / "p.nc")
    np.testing.assert_array_equal(found.temp, np.where(kept, [[20.0, 19.0, 18.0]], np.nan))


@pytest.mark.parametrize(("asked", "left"), [(None, 1), ((1,), 1), ((2, 1), 2), ((1, 2, 3), 3)])
def test_what_is_asked_for_is_obeyed_whatever_flags_mean(tmp_path, asked, left):
    """By default 2, not evaluated, is not good; but who asks for it has it."""
    ds = contiguous().isel(profile=[0], obs=[0, 1, 2])
    meanings = {"flag_meanings": "pass not_evaluated suspect fail", "flag_values": [1, 2, 3, 4]}
    ds["temp_qc"] = ("obs", np.array([1, 2, 3], "i1"), meanings)
    ds["POSITION_QC"] = ("profile", np.array([2 if left > 1 else 1], "i1"), meanings)
    ds.to_netcdf(tmp_path / "p.nc")
    with contextlib.nullcontext() if left == 3 else pytest.warns(TropdsxWarning, match="left out"):
        found = open_profiles(tmp_path / "p.nc", good=asked)
    assert np.isfinite(found.temp).sum() == left


def test_one_ladder_of_depths_for_all(tmp_path):
    ds = xr.Dataset(places() | {"so": (("profile", "depth"), np.ones((4, 2)))})
    ds.assign_coords(depth=("depth", [5.0, 10.0], {"units": "m"})).to_netcdf(tmp_path / "p.nc")
    found = open_profiles(tmp_path / "p.nc")
    assert found.depth.dims == ("profile", "level")
    np.testing.assert_array_equal(found.depth[2], [5, 10])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda ds: ds.assign(row_size=ds.row_size + 1), "counts 10 values, 'obs' has 6"),
        (lambda ds: ds.drop_vars("lat"), "has no lat of its profiles; there are"),
        (lambda ds: ds.drop_vars("pres"), "has no pressure, depth or height"),
        (lambda ds: ds.drop_vars(["row_size", "pres", "temp"]), "holds no profiles"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, change, told):
    ds = contiguous()
    attrs = ds.row_size.attrs
    ds = change(ds)
    if "row_size" in ds:
        ds.row_size.attrs = attrs
    ds.to_netcdf(tmp_path / "p.nc")
    with pytest.raises(InputError, match=told):
        open_profiles(tmp_path / "p.nc")


def test_a_grid_is_no_profile(tmp_path):
    axes = {"lat": [0.0, 1.0], "lon": [0.0, 1.0]}
    xr.Dataset({"so": (list(axes), np.ones((2, 2)))}, axes).to_netcdf(tmp_path / "g.nc")
    with pytest.raises(InputError, match="holds no profiles"):
        open_profiles(tmp_path / "g.nc")


@pytest.mark.realdata
def test_argo_of_the_equatorial_atlantic(shared):
    ds = open_profiles(shared / "data/ocean/argo_eqatlantic_dev.nc")
    assert dict(ds.sizes) == {"profile": 3768, "level": 200}
    assert int(np.isfinite(ds.temp).sum()) <= 291_429
    assert np.isfinite(ds.temp[:, 0]).mean() > 0.99
    pressure = ds.pressure.values
    assert (np.diff(pressure, axis=1)[np.isfinite(np.diff(pressure, axis=1))] >= 0).mean() > 0.999


def test_real_time_profiles_beside_adjusted_ones_keep_their_values(tmp_path):
    dims, raw = ("N_PROF", "N_LEVELS"), np.array([[20.0, 19.0], [15.0, 14.0]])
    ds = xr.Dataset(
        {
            "PRES": (dims, [[5.0, 10.0], [5.0, 10.0]]),
            "TEMP": (dims, raw),
            "TEMP_ADJUSTED": (dims, [[20.1, np.nan], [np.nan, np.nan]]),
            "LATITUDE": ("N_PROF", [0.0, 1.0]),
            "LONGITUDE": ("N_PROF", [0.0, 1.0]),
            "JULD": ("N_PROF", np.array(["2024-01-01", "2024-01-02"], "M8[ns]")),
        }
    )
    ds.to_netcdf(tmp_path / "p.nc")
    found = open_profiles(tmp_path / "p.nc")
    np.testing.assert_array_equal(found.TEMP, [[20.1, np.nan], [15.0, 14.0]])


@pytest.mark.parametrize("name", ["depth", "DEPTH"])
def test_the_bottom_of_each_profile_is_not_the_depth_of_its_values(tmp_path, name):
    ds = padded().assign({name: ("profile", [4000.0, 100.0, 50.0, 60.0], {"units": "m"})})
    ds.to_netcdf(tmp_path / "p.nc")
    found = open_profiles(tmp_path / "p.nc")
    assert "depth" not in found.coords
    np.testing.assert_array_equal(found.pressure[3], [5, 50, np.nan])
    np.testing.assert_array_equal(found[name], [4000.0, 100.0, 50.0, 60.0])


def test_adjusted_values_alone_are_values(tmp_path):
    ds = padded().rename(pres="PRES_ADJUSTED", temp="TEMP_ADJUSTED")
    ds.to_netcdf(tmp_path / "p.nc")
    found = open_profiles(tmp_path / "p.nc")
    np.testing.assert_array_equal(found.pressure[3], [5, 50, np.nan])
    np.testing.assert_array_equal(found.TEMP_ADJUSTED, PADDED)


def test_a_place_and_a_time_of_each_value_are_those_of_the_first(tmp_path):
    """As gliders have them."""
    ds = contiguous().drop_vars(["lat", "lon", "time", "platform"])
    of = np.repeat(np.arange(4), SIZES)
    when = np.datetime64("2024-02-29", "ns") + (60 * np.arange(6)).astype("m8[s]")
    when[3] = np.datetime64("NaT")
    ds = ds.assign(time=("obs", when), lat=("obs", of + 0.1 * np.arange(6)), lon=("obs", of + 0.0))
    ds.to_netcdf(tmp_path / "p.nc")
    with pytest.warns(TropdsxWarning, match="the position of 1 of 4 profiles is missing"):
        found = open_profiles(tmp_path / "p.nc")
    np.testing.assert_allclose(found.lat, [0.0, 1.3, 3.4])
    assert found.time.dims == ("profile",)
    assert found.time.values[[0, 2]].tolist() == when[[0, 4]].tolist()
    assert np.isnat(found.time.values[1])


def en4(folder, *, raw=False):
    """A file as the Met Office writes it: corrected variables alone, and flags of characters."""
    two, deep = ("N_PROF", "N_LEVELS"), [[5.0, 10.0], [5.0, 99999.0]]
    flags = np.array([[b"1", b"4"], [b"1", b" "]])
    ds = xr.Dataset(
        {
            "LATITUDE": ("N_PROF", [10.0, 11.0]),
            "LONGITUDE": ("N_PROF", [-30.0, -31.0]),
            "JULD": ("N_PROF", [26000.0, 26001.0], {"units": "days since 1950-01-01"}),
            "DEPH_CORRECTED": (two, deep, {"units": "m", "_FillValue": 99999.0}),
            "POTM_CORRECTED": (two, [[20.0, 19.0], [21.0, 99999.0]], {"_FillValue": 99999.0}),
            "POTM_CORRECTED_QC": (two, flags),
            "PSAL_CORRECTED": (two, [[35.0, 35.1], [34.0, 99999.0]], {"_FillValue": 99999.0}),
            "PSAL_CORRECTED_QC": (two, np.array([[b" ", b"1"], [b"1", b" "]])),
        }
    )
    if raw:
        ds["PSAL"], ds["PSAL_QC"] = (
            (two, [[33.0, 33.1], [33.2, 33.3]]),
            (two, np.full((2, 2), b"1")),
        )
    ds.to_netcdf(folder / "en4.nc")
    return folder / "en4.nc"


def test_corrected_variables_of_en4_are_read_under_their_plain_names(tmp_path):
    with pytest.warns(TropdsxWarning) as caught:
        found = open_profiles(en4(tmp_path))
    np.testing.assert_array_equal(found.depth, [[5.0, 10.0], [5.0, np.nan]])
    np.testing.assert_array_equal(found.POTM, [[20.0, np.nan], [21.0, np.nan]])
    np.testing.assert_array_equal(found.PSAL, [[np.nan, 35.1], [34.0, np.nan]])
    assert find_sea_water(found, "potential") == "POTM"
    told = " | ".join(str(each.message) for each in caught)
    assert "DEPH_CORRECTED, POTM_CORRECTED, PSAL_CORRECTED: corrected values are taken" in told
    assert "2 of 6 values have another flag than 1, 2 (1 of them none at all): left out" in told


@pytest.mark.filterwarnings("ignore:.*(flag|corrected values)")
def test_corrected_values_go_before_raw_ones(tmp_path):
    found = open_profiles(en4(tmp_path, raw=True))
    np.testing.assert_array_equal(found.PSAL, [[np.nan, 35.1], [34.0, np.nan]])


@pytest.mark.parametrize(
    "text", ["BODC Request Format Std. V1.0\n", "#---\nCAST,,9067064\n", "//ODV\n"]
)
def test_tables_of_text_are_refused_with_what_to_fetch(tmp_path, text):
    path = tmp_path / "profiles.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"is text .*; profiles are read of NetCDF: CF") as caught:
        open_profiles(path)
    assert "\n" not in str(caught.value)
