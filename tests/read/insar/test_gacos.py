"""GACOS files that are damaged or do not go together."""

import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.insar.gacos import open_gacos, read_rsc

from helpers.files import shared

HEADER = "WIDTH 3\nFILE_LENGTH 2\nX_FIRST 5\nY_FIRST 1\nX_STEP 1\nY_STEP -1\n"


def made(folder, name="20210101.ztd", header=HEADER, values=(2.4,) * 6):
    path = folder / name
    np.asarray(values, "<f4").tofile(path)
    path.with_name(f"{name}.rsc").write_text(header)
    return path


def test_a_header_without_time_of_day(tmp_path):
    with pytest.warns(TropdsxWarning, match="does not tell its time of day: 0 h is taken"):
        ds = open_gacos(made(tmp_path))
    assert ds.time.values[0] == np.datetime64("2021-01-01")
    assert ds.lat.values.tolist() == [1.0, 0.0]


@pytest.mark.filterwarnings("ignore:.*time of day")
def test_damage(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        open_gacos(tmp_path / "20210101.ztd")
    path = made(tmp_path)
    path.with_name("20210101.ztd.rsc").unlink()
    with pytest.raises(InputError, match=r"no such file: .*20210101.ztd.rsc"):
        open_gacos(path)
    made(tmp_path, header=HEADER.replace("WIDTH 3", "WIDTH 4"))
    with pytest.raises(InputError, match="has 24 bytes, and its header wants 2 x 4 of 4"):
        open_gacos(path)
    made(tmp_path, header=HEADER.replace("X_STEP 1\n", "").replace("Y_FIRST 1", "Y_FIRST north"))
    with pytest.raises(InputError, match="has no number for Y_FIRST, X_STEP"):
        open_gacos(path)
    with pytest.raises(InputError, match="holds no day"):
        open_gacos(made(tmp_path, "delay.ztd"))
    other = made(tmp_path, "20210102.ztd", HEADER.replace("X_FIRST 5", "X_FIRST 6"))
    with pytest.raises(InputError, match="lies on another grid"):
        open_gacos([made(tmp_path), other])
    with pytest.raises(InputError, match="two of the files are of one epoch"):
        open_gacos([path, path])


def test_zeros_are_missing(tmp_path):
    """As GACOS fills them, and LiCSBAS reads them."""
    path = made(
        tmp_path, header=HEADER + "TIME_OF_DAY 5.5 UTC\n", values=[2.4, 0, 2.3, 2.2, 0, 2.5]
    )
    with pytest.warns(TropdsxWarning, match="2 of 6 values are 0, and taken as missing"):
        ds = open_gacos(path)
    assert np.isnan(ds.ztd.values.ravel()).tolist() == [False, True, False, False, True, False]


def test_missing_values_of_geotiff(tmp_path):
    rasterio = pytest.importorskip("rasterio")
    path = tmp_path / "20210101.ztd.tif"
    profile = {"width": 2, "height": 1, "count": 1, "dtype": "float32", "nodata": -9999}
    place = {"crs": "EPSG:4326", "transform": rasterio.Affine(1, 0, 4.5, 0, -1, 1.5)}
    with rasterio.open(path, "w", driver="GTiff", **profile, **place) as file:
        file.write(np.array([[2.4, -9999]], "f4"), 1)
    with pytest.warns(TropdsxWarning, match="time of day"):
        assert np.isnan(open_gacos(path).ztd.values.ravel()).tolist() == [False, True]


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("5.5 UTC", "05:30:00"),
        ("05:30 UTC", "05:30:00"),
        ("23:59", "23:59:00"),
        ("05:30:15.000000 UTC", "05:30:15"),
        ("05:30:15Z", "05:30:15"),
        ("6", "06:00:00"),
    ],
)
def test_time_of_day(tmp_path, text, clock):
    ds = open_gacos(made(tmp_path, header=f"{HEADER}TIME_OF_DAY {text}\n"))
    assert str(ds.time.values[0])[11:19] == clock


@pytest.mark.parametrize(
    "name",
    [
        "20210101_20210101.ztd",
        "S1_12345678_20210101.ztd",
        "202101010600.ztd",
        "20210101T060000.ztd",
        "20210101053000_20210101.ztd",
    ],
)
def test_the_day_in_a_name_and_the_clock_of_the_header(tmp_path, name):
    ds = open_gacos(made(tmp_path, name, f"{HEADER}TIME_OF_DAY 05:30\n"))
    assert ds.time.values[0] == np.datetime64("2021-01-01T05:30")


@pytest.mark.parametrize("name", ["202101010600.ztd", "20210101T060000.ztd"])
def test_the_clock_in_a_name_serves_where_the_header_has_none(tmp_path, name):
    assert open_gacos(made(tmp_path, name)).time.values[0] == np.datetime64("2021-01-01T06")


@pytest.mark.filterwarnings("ignore:.*time of day")
def test_what_gacos_does_not_give(tmp_path):
    for text in (
        "0530",
        "25.0",
        "noon",
        "05h30",
        "05:90 UTC",
        "05:30:75",
        "5:3",
        "5.5 CET",
        "24:00",
    ):
        with pytest.raises(InputError, match="accepted are hours of a day"):
            open_gacos(made(tmp_path, header=f"{HEADER}TIME_OF_DAY {text}\n"))
    for values in ([240.0] * 6, [2.4] * 5 + [-9999], np.full(6, 2.4, ">f4").view("<f4")):
        with pytest.raises(InputError, match=r"accepted are total delays of 0.4 to 3.2 m, as lit"):
            open_gacos(made(tmp_path, values=values))
    utm = HEADER.replace("X_FIRST 5", "X_FIRST 345000")
    with pytest.raises(InputError, match="accepted are degrees of latitude and longitude"):
        open_gacos(made(tmp_path, header=utm))
    with pytest.raises(InputError, match="holds no day"):
        open_gacos(made(tmp_path, "20211301.ztd"))
    with pytest.raises(InputError, match="holds no day"):
        open_gacos(made(tmp_path, "202101019900.ztd"))
    with pytest.raises(InputError, match="holds more than one day"):
        open_gacos(made(tmp_path, "20210101_20210113.dztd"))


@pytest.mark.realdata
def test_real_header():
    header = read_rsc(shared("formats/roipac_dem.rsc"))
    assert (header["WIDTH"], header["Y_STEP"], header["DATUM"]) == ("47", "-0.000833333", "WGS84")
