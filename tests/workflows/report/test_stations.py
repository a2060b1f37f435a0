"""What inspect says of tables and series of stations."""

import json
import warnings

import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.workflows.report.stations import describe_stations, rows_of_stations

from helpers.fields import delays
from helpers.series import description, tro

TABLES = {
    "places": "station,lat,lon,height_ell_m\nA,48.0,16.0,200\nB,47.0,15.0,900\n",
    "observations": "station,time,ztd_m\nA,2021-01-01T00:00,2.30\nA,2021-01-01T01:00,2.31\n",
}


@pytest.fixture
def described(tmp_path):
    """Write a table and describe it."""

    def describe(text):
        path = tmp_path / "table.csv"
        path.write_text(text)
        return describe_stations(path)

    return describe


def test_places(described):
    about = described(TABLES["places"])
    assert json.dumps(about)
    title, rows = rows_of_stations(about)
    assert title.startswith("a table of stations, for tropdsx stations")
    assert rows == [
        ("stations", "2: A, B"),
        ("lat", "47 to 48"),
        ("lon", "15 to 16"),
        ("height", "200 to 900 m above the ellipsoid"),
    ]


def test_observations(described):
    title, rows = rows_of_stations(described(TABLES["observations"]))
    assert title.startswith("delays observed at stations")
    assert rows == [
        ("stations", "1: A"),
        ("ztd", "2.3 to 2.31 m (2 values)"),
        ("times", "2 epochs, 2021-01-01T00:00 to 2021-01-01T01:00"),
    ]


def test_a_few_names_stand_for_many(described):
    rows = "".join(f"S{k:02d},{k},{k},100\n" for k in range(1, 13))
    assert described("station,lat,lon,height_ell_m\n" + rows)["stations"][-1] == "S12"
    _, told = rows_of_stations(described("station,lat,lon,height_ell_m\n" + rows))
    assert told[0] == ("stations", "12: S01, S02, S03, S04, S05 ...")


@pytest.mark.parametrize("text", ["", "a letter\nto somebody\n", "x,y\n1,2\n"])
def test_other_text_is_no_table_of_stations(described, text):
    assert described(text) is None


def test_a_grid_is_no_table_of_stations(tmp_path):
    delays(np.arange(50.0, 39.0, -2.5), np.arange(0.0, 21.0, 2.5)).to_netcdf(tmp_path / "grid.nc")
    assert describe_stations(tmp_path / "grid.nc") is None
    assert describe_stations(tmp_path / "missing.csv") is None


def test_a_damaged_series_says_what_is_wrong(described):
    """Before, it was text, but no VMF grid."""
    text = "%=TRO 2.00 A\n+TROP/SOLUTION\n A 2021:001:00000 2300\n"
    with pytest.raises(InputError, match="ends inside its block TROP/SOLUTION"):
        described(text)
    site = " ZIMM00CHE  A 14001M004 P -                        7.465000  46.877000   956.300\n"
    about = described(f"%=SNX 2.02 A\n+SITE/ID\n{site}-SITE/ID\n%ENDSNX\n")
    assert (about["what"], about["stations"]) == ("places", ["ZIMM00CHE"])


def test_what_another_reader_would_warn_of_is_not_told(described):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert described("Stations of a campaign\nstation lat lon\nA 48 16\n") is None


def test_several_files_of_a_series(tmp_path):
    for number in (1, 2):
        text = description("TROTOT"), f" A 2021:{number:03d}:00000 2300\n"
        (tmp_path / f"{number}.tro").write_text(tro(text[1], text[0], version="1.00"))
    about = describe_stations(f"{tmp_path}/*.tro")
    assert about is not None
    assert about["times"] == ["2021-01-01T00:00", "2021-01-02T00:00"]
