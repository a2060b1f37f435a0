"""GRIB: mixed levels from Python, and two forecasts for one time."""

import warnings

import numpy as np
import pytest

import tropdsx
from tropdsx.errors import InputError
from tropdsx.workflows.derive.fields.grib import open_grib
from tropdsx.workflows.derive.zenith import zenith_delays

eccodes = pytest.importorskip("eccodes", reason="the extra [grib] is not installed")
pytest.importorskip("cfgrib", reason="the extra [grib] is not installed")

LEVELS = (1000, 850, 700, 500, 300, 200, 50)


def write_run(stream, moisture, names=("t", "q", "z"), levels=LEVELS, **keys):
    """Append the levels of one forecast."""
    for name in names:
        for level in levels:
            message = eccodes.codes_grib_new_from_samples("regular_ll_pl_grib2")
            said = {"typeOfLevel": "isobaricInhPa", "level": level, "shortName": name}
            for key, value in {**said, "dataDate": 20220701, **keys}.items():
                eccodes.codes_set(message, key, value)
            z = 7400 * np.log(1013.25 / level)
            value = {"t": 288 - 0.0065 * min(z, 11000), "q": moisture * np.exp(-z / 2000)}
            size = eccodes.codes_get_size(message, "values")
            field = value.get(name, 9.80665 * z) + np.linspace(0, 1e-6, size)
            eccodes.codes_set_values(message, field)
            eccodes.codes_write(message, stream)
            eccodes.codes_release(message)


EARLY = {"dataTime": 0, "stepRange": 12}
LATE = {"dataTime": 1200, "stepRange": 0}


@pytest.mark.parametrize("order", [(EARLY, LATE), (LATE, EARLY)], ids=["old first", "new first"])
def test_two_forecasts_for_one_time_are_refused_in_any_order(tmp_path, order):
    with (tmp_path / "two.grb").open("wb") as stream:
        for moisture, keys in zip((0.008, 0.004), order, strict=True):
            write_run(stream, moisture, **keys)
    match = r"two.grb holds t .* more than once for 2022-07-01T12:00: run of .* and run of .*"
    with pytest.raises(InputError, match=match) as caught:
        tropdsx.open_levels(tmp_path / "two.grb")
    assert "\n" not in str(caught.value)
    assert "grib_copy" in str(caught.value)


def test_the_same_header_with_other_values_is_refused_and_a_copy_is_not(tmp_path):
    for name, second in (("copy.grb", 0.008), ("other.grb", 0.004)):
        with (tmp_path / name).open("wb") as stream:
            write_run(stream, 0.008, **EARLY)
            write_run(stream, second, **EARLY)
    assert open_grib(tmp_path / "copy.grb", []).q.sizes["isobaricInhPa"] == len(LEVELS)
    with pytest.raises(InputError, match=r"q .* more than once"):
        open_grib(tmp_path / "other.grb", [])


def test_steps_of_one_run_follow_each_other(tmp_path):
    with (tmp_path / "steps.grb").open("wb") as stream:
        for step in (0, 6, 12):
            write_run(stream, 0.008, dataTime=0, stepRange=step)
    ds = tropdsx.open_levels(tmp_path / "steps.grb")
    expected = np.datetime64("2022-07-01T00", "ns") + np.arange(3) * np.timedelta64(6, "h")
    np.testing.assert_array_equal(ds.valid_time, expected)
    assert (
        zenith_delays(ds.isel(latitude=[0, 1], longitude=[0, 1]), 100.0).zwd.sizes["valid_time"]
        == 3
    )


def test_levels_that_a_profile_lacks_are_told(tmp_path):
    with (tmp_path / "gap.grb").open("wb") as stream:
        write_run(stream, 0.008, names=("t", "z"), **EARLY)
        write_run(stream, 0.008, names=("q",), levels=LEVELS[:-1], **EARLY)
    notes = []
    assert open_grib(tmp_path / "gap.grb", notes).sizes["isobaricInhPa"] == len(LEVELS) - 1
    assert notes == ["isobaricInhPa 50.0 left out: in t, z alone"]


@pytest.mark.realdata
def test_mixed_levels_open_in_python_as_in_the_command(shared):
    path = shared / "data/nwm/gfs_2p5deg_20111008T00_f072.grb"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(InputError, match=r"tropdsx\.open_levels\(path\)"):
            tropdsx.open_delays(path)
    ds = tropdsx.open_levels(path)
    assert {"t", "r", "gh", "sp", "t2m"} <= set(ds.data_vars)
    assert ds.tropds.zenith_delays().zhd.sizes["latitude"] == 73


def write_surface(stream, fields, sample="regular_ll_sfc_grib2", **keys):
    """Append fields without levels: short name -> (keys, value)."""
    for name, (said, value) in fields.items():
        message = eccodes.codes_grib_new_from_samples(sample)
        known = {"shortName": name} if "grib2" in sample else {}
        for key, each in {**known, **said, "dataDate": 20220701, **keys}.items():
            eccodes.codes_set(message, key, each)
        size = eccodes.codes_get_size(message, "values")
        eccodes.codes_set_values(message, value + np.linspace(0, 1e-3, size))
        eccodes.codes_write(message, stream)
        eccodes.codes_release(message)


def test_a_column_of_vapour_is_read_where_there_are_no_levels(tmp_path):
    fields = {
        "pwat": ({}, 20.0),
        "2t": ({}, 288.0),
        "sp": ({}, 97000.0),
        "orog": ({}, 300.0),
        "prmsl": ({}, 101000.0),
    }
    with (tmp_path / "sfc.grb").open("wb") as stream:
        write_surface(stream, fields)
    ds = tropdsx.open_levels(tmp_path / "sfc.grb")
    assert {"pwat", "t2m", "sp", "orog", "prmsl"} <= set(ds.data_vars)
    out = zenith_delays(ds).compute()
    assert 0.125 < float(out.zwd.mean()) < 0.13
    assert 2.1 < float(out.zhd.mean()) < 2.3
    with (tmp_path / "both.grb").open("wb") as stream:
        write_run(stream, 0.008)
        write_surface(stream, fields)
    assert "pwat" not in tropdsx.open_levels(tmp_path / "both.grb")


def test_era5_in_grib_1_calls_the_air_at_2_m_a_surface(tmp_path):
    """Table 128 of ECMWF has its 2 m fields, and the column of vapour, on level type 1."""
    ecmwf = {"table2Version": 128, "centre": 98, "indicatorOfTypeOfLevel": 1, "level": 0}
    codes = {"tcwv": (137, 20.0), "2t": (167, 288.0), "sp": (134, 97000.0), "z": (129, 3000.0)}
    fields = {
        name: ({**ecmwf, "indicatorOfParameter": code}, value)
        for name, (code, value) in codes.items()
    }
    with (tmp_path / "era5.grb").open("wb") as stream:
        write_surface(stream, fields, "regular_ll_sfc_grib1")
    ds = tropdsx.open_levels(tmp_path / "era5.grb")
    assert {"tcwv", "t2m", "sp", "z_surface"} <= set(ds.data_vars)
    assert ds.tcwv.attrs["GRIB_typeOfLevel"] == "surface"
    out = zenith_delays(ds).compute()
    assert "orography" in out.coords
    assert 0.125 < float(out.zwd.mean()) < 0.13


def test_a_file_of_neither_is_refused(tmp_path):
    with (tmp_path / "sfc.grb").open("wb") as stream:
        write_surface(stream, {"2t": ({}, 288.0)})
    with pytest.raises(InputError, match=r"no temperature on .* and no column of water vapour"):
        open_grib(tmp_path / "sfc.grb", [])


def test_fields_in_another_order_than_rows_from_west_to_east_are_refused(tmp_path):
    for flag, said in (
        ("iScansNegatively", "east to west"),
        ("jPointsAreConsecutive", "meridians"),
        ("alternativeRowScanning", "to and fro"),
    ):
        with (tmp_path / "rows.grb").open("wb") as stream:
            write_run(stream, 0.008, **EARLY, **{flag: 1})
        with pytest.raises(InputError, match=f"t of .*rows.grb runs .*{said}"):
            open_grib(tmp_path / "rows.grb", [])
