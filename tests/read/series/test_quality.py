"""Flags and modes of profiles, as the Argo user's manual has them."""

import netCDF4
import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.series.profiles import open_profiles

TWO = ("N_PROF", "N_LEVELS")


def argo(path, *, modes="RADD", parameter_modes=None, position="1111", date="1111"):
    """A file as data centres write it: characters, fill values, PRES_ADJUSTED before PRES."""
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as f:
        for name, size in (("N_PROF", 4), ("N_LEVELS", 2), ("N_PARAM", 3), ("STRING16", 16)):
            f.createDimension(name, size)

        def put(name, dims, values, kind="f4", **attrs):
            fill = b" " if kind == "S1" else 99999.0
            variable = f.createVariable(name, kind, dims, fill_value=fill)
            variable[:] = values
            variable.setncatts(attrs)

        for number, name in enumerate(("PRES", "TEMP")):
            raw = np.array([[10.0, 20.0]] * 4) + number
            standard = {"PRES": "sea_water_pressure", "TEMP": "sea_water_temperature"}[name]
            good = np.full((4, 2), b"1")
            adjusted = np.where([[False], [True], [True], [False]], raw + 0.5, 99999.0)
            put(f"{name}_ADJUSTED", TWO, adjusted, standard_name=standard)
            put(name, TWO, raw, standard_name=standard)
            put(f"{name}_QC", TWO, good, "S1")
            adjusted_flags = np.where(adjusted < 99999, b"1", b"4")
            put(f"{name}_ADJUSTED_QC", TWO, adjusted_flags, "S1")
        if modes:
            put("DATA_MODE", ("N_PROF",), [m.encode() for m in modes], "S1")
        if parameter_modes:
            each = [[m.encode() for m in row] for row in parameter_modes]
            put("PARAMETER_DATA_MODE", ("N_PROF", "N_PARAM"), each, "S1")
            names = np.array([["PRES".ljust(16), "TEMP".ljust(16), "PSAL".ljust(16)]] * 4, "S16")
            dims = ("N_PROF", "N_PARAM", "STRING16")
            put("STATION_PARAMETERS", dims, netCDF4.stringtochar(names), "S1")
        put("LATITUDE", ("N_PROF",), [1.0, 2.0, 3.0, 4.0], "f8", standard_name="latitude")
        put("LONGITUDE", ("N_PROF",), [1.0, 2.0, 3.0, 4.0], "f8", standard_name="longitude")
        put("JULD", ("N_PROF",), [26000.0 + n for n in range(4)], "f8", standard_name="time",
            units="days since 1950-01-01 00:00:00 UTC")  # fmt: skip
        put("POSITION_QC", ("N_PROF",), [m.encode() for m in position], "S1")
        put("JULD_QC", ("N_PROF",), [m.encode() for m in date], "S1")
    return path


def test_each_mode_has_its_own_values(tmp_path):
    """Adjusted, delayed: the twin, and a delayed profile without it is bad, not raw."""
    with pytest.warns(TropdsxWarning, match="without any adjusted value: 1 of PRES, 1 of TEMP"):
        found = open_profiles(argo(tmp_path / "a.nc"))
    expected = [[11.0, 21.0], [11.5, 21.5], [11.5, 21.5], [np.nan, np.nan]]
    np.testing.assert_array_equal(found.TEMP, expected)
    np.testing.assert_array_equal(found.pressure, np.array(expected) - 1)


def test_a_long_history_is_no_level(tmp_path):
    """Twelve variables of a history outnumber those of a float without salinity."""
    path = argo(tmp_path / "a.nc", modes="RRRR")
    with netCDF4.Dataset(path, "a") as f:
        f.createDimension("N_HISTORY", 3)
        for number in range(12):
            f.createVariable(f"HISTORY_{number}", "f4", ("N_HISTORY", "N_PROF"))[:] = 1.0
    assert open_profiles(path).TEMP.shape == (4, 2)


def test_real_time_profiles_have_raw_values_whatever_the_twin_says(tmp_path):
    found = open_profiles(argo(tmp_path / "a.nc", modes="RRRR"))
    np.testing.assert_array_equal(found.TEMP, [[11.0, 21.0]] * 4)


def test_the_mode_of_a_parameter_goes_before_that_of_the_profile(tmp_path):
    path = argo(tmp_path / "a.nc", modes="DDDD", parameter_modes=["RR ", "AR ", "DD ", "RR "])
    found = open_profiles(path)
    np.testing.assert_array_equal(found.TEMP[:, 0], [11.0, 11.0, 11.5, 11.0])
    np.testing.assert_array_equal(found.pressure[:, 0], [10.0, 10.5, 10.5, 10.0])


def test_an_adjusted_value_that_is_bad_does_not_come_back_raw(tmp_path):
    path = argo(tmp_path / "a.nc", modes=None)
    with netCDF4.Dataset(path, "a") as f:
        f["TEMP_ADJUSTED_QC"][1] = [b"4", b"4"]
    with pytest.warns(TropdsxWarning, match="2 of 16 values have another flag"):
        found = open_profiles(path)
    np.testing.assert_array_equal(found.TEMP[:3, 0], [11.0, np.nan, 11.5])


def test_bad_positions_and_dates_are_left_out_and_counted(tmp_path):
    path = argo(tmp_path / "a.nc", modes="RRRR", position="1841", date="1123")
    told = "the position of 1 and the date of 1 of 4 profiles is missing or has another flag than 1"
    with pytest.warns(TropdsxWarning, match=f"{told}, 2, 5, 8: left out"):
        found = open_profiles(path)
    np.testing.assert_array_equal(found.lat, [1.0, 2.0])
    assert not [name for name in found.variables if "QC" in str(name)]
    with pytest.warns(TropdsxWarning, match="the position of 1 of 4"):
        assert open_profiles(path, good=(1, 2, 3)).sizes["profile"] == 3


def test_modes_stay_with_their_profiles_when_others_are_left_out(tmp_path):
    path = argo(tmp_path / "a.nc", modes="RRDR", position="4111")
    with pytest.warns(TropdsxWarning, match="the position of 1 of 4"):
        found = open_profiles(path)
    np.testing.assert_array_equal(found.TEMP[:, 0], [11.0, 11.5, 11.0])


def test_missing_positions_are_left_out(tmp_path):
    path = argo(tmp_path / "a.nc", modes="RRRR")
    with netCDF4.Dataset(path, "a") as f:
        f["LATITUDE"][0], f["LONGITUDE"][1] = 99999.0, -999.9
    with pytest.warns(TropdsxWarning, match="the position of 2 of 4 profiles is missing"):
        assert open_profiles(path).lat.values.tolist() == [3.0, 4.0]


def test_a_flag_that_is_not_there_judges_nothing(tmp_path):
    """Blank ones are kept and counted; a 4 is bad all the same, and so is what is no flag."""
    path = argo(tmp_path / "a.nc", modes="RRRR", position="  41", date=" 11Z")
    with pytest.warns(TropdsxWarning) as told:
        found = open_profiles(path)
    np.testing.assert_array_equal(found.lat, [1.0, 2.0])
    texts = sorted(str(each.message) for each in told)
    assert texts == [
        "the position of 1 and the date of 1 of 4 profiles is missing or has another flag than 1, "
        "2, 5, 8: left out",
        "the position of 2 and the date of 1 of 4 profiles has no flag: taken as good",
    ]


@pytest.mark.parametrize("blank", [b" ", np.nan, -127])
def test_profiles_of_which_no_position_has_a_flag_are_kept(tmp_path, blank):
    path = argo(tmp_path / "a.nc", modes="RRRR")
    kind = {bytes: "S1", float: "f4", int: "i1"}[type(blank)]
    with netCDF4.Dataset(path, "a") as f:
        f.renameVariable("POSITION_QC", "OTHER")
        fill = None if kind == "S1" else blank
        f.createVariable("POSITION_QC", kind, ("N_PROF",), fill_value=fill)[:] = [blank] * 4
    with pytest.warns(TropdsxWarning, match="the position of 4 of 4 profiles has no flag: taken"):
        assert open_profiles(path).sizes["profile"] == 4


def test_nothing_left_is_one_line_that_says_what_to_do(tmp_path):
    path = argo(tmp_path / "a.nc", modes="RRRR", date="0000")
    told = r"the date of 4 of 4 .*; their flags are 0 \(no quality control performed\)\. To take"
    told += r".*: open_profiles\(path, good=\(0, 1, 2\)\), or on the command line --good 0,1,2$"
    with pytest.raises(InputError, match=told):
        open_profiles(path)
    assert open_profiles(path, good=(0, 1, 2)).sizes["profile"] == 4


def test_where_no_value_is_good_others_can_be_asked_for(tmp_path):
    path = argo(tmp_path / "a.nc", modes="RRRR")
    with netCDF4.Dataset(path, "a") as f:
        f["TEMP_QC"][:], f["PRES_QC"][:] = (np.full((4, 2), b"0"),) * 2
    with pytest.warns(TropdsxWarning, match="16 of 16 values .* ask for other flags with good="):
        open_profiles(path)
    assert open_profiles(path, good=(0, 1)).TEMP.notnull().all()


def test_no_flag_is_advised_where_none_would_help(tmp_path):
    path = argo(tmp_path / "a.nc", modes="RRRR")
    with netCDF4.Dataset(path, "a") as f:
        f["LATITUDE"][:] = 99999.0
    with pytest.raises(InputError, match=r"has another flag than 1, 2, 5, 8$"):
        open_profiles(path)
