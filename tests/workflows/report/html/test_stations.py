import re

import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.report.html.stations import station_marks, station_table
from tropdsx.workflows.report.html.writing import report

from helpers.fields import delays

TIMES = np.datetime64("2022-03-09", "ns") + np.arange(2) * np.timedelta64(6, "h")


@pytest.fixture
def made():
    """What a reconstruction holds of its stations."""
    residual = np.array([[0.011, np.nan, -0.002], [0.013, np.nan, np.nan]])
    dims = ("time", "station")
    return xr.Dataset(
        {"station_residual": (dims, residual), "station_loo_residual": (dims, 0.5 * residual)},
        {
            "time": TIMES,
            "station_name": ("station", ["A<1>", "B", "C"]),
            "station_lat": ("station", [45.2, 48.0, 52.0]),
            "station_lon": ("station", [10.1, 12.0, 20.0]),
        },
    )


def test_marks_follow_the_epochs_of_the_page(made):
    marks = station_marks(made, TIMES[::-1])
    assert [mark["name"] for mark in marks] == ["A<1>", "B", "C"]
    assert marks[0]["residuals"]["observed less the grid alone"] == [13.0, 11.0]
    assert marks[2]["residuals"]["observed less grid and other stations"] == [None, -1.0]
    later = station_marks(made, TIMES + np.timedelta64(1, "D"))
    assert later[0]["residuals"]["observed less the grid alone"] == [None, None]


def test_table_starts_with_the_worst_and_is_text(made):
    html = station_table(made.isel(station=[2, 0, 1]))
    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td>', html)
    worst = 1e3 * np.sqrt(np.mean(np.square([0.011, 0.013])))
    assert rows[0] == ("A&lt;1&gt;", "2", f"{worst:.1f}", f"{0.5 * worst:.1f}")
    assert rows[1:] == [("C", "1", "2.0", "1.0"), ("B", "0", "–", "–")]


@pytest.mark.parametrize("flags", [(3, 2), (4, 4), (5, 5)])
def test_expected_errors_and_blunders_are_told(made, flags):
    dims = ("time", "station")
    made["station_loo_sigma"] = (dims, np.full((2, 3), 0.0038))
    made["station_flag"] = (dims, np.array([[0, 1, flags[0]], [0, 1, flags[1]]], np.int8))
    html = station_table(made)
    rows = re.findall(r'<th scope="row">(.*?)</th>.*?<td>([^<]*)</td><td>(\d+)</td></tr>', html)
    assert rows == [("A&lt;1&gt;", "3.8", "0"), ("C", "3.8", "2"), ("B", "3.8", "0")]
    assert "2 of 3 stations observed, 3 times, 2 of them left out as blunders" in html
    loo = 0.5 * np.array([11.0, 13.0, -2.0])
    assert f"grid and other stations {np.sqrt(np.mean(loo**2)):.1f} mm" in html
    assert "67 % of the latter within 1.645 sigma" in html  # 6.5 mm is not


def test_data_without_stations_have_neither():
    assert station_table(delays(np.array([1.0, 0.0]), np.array([0.0, 1.0]))) == ""
    assert station_marks(xr.Dataset(), TIMES) == []


def test_page_of_a_reconstruction_has_them(made, tmp_path):
    fine = delays(np.arange(60.0, 39.0, -1.0), np.arange(5.0, 30.0), 2)
    page = report(fine.merge(made), tmp_path / "page.html").read_text("utf-8")
    assert '<h2 id="h-stations">Stations</h2>' in page
    assert "; 3 stations</p>" in page
    assert '"name":"A\\u003c1\\u003e"' in page
