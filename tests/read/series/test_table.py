"""Tables of total delays with formal errors, and observations that stand in them twice."""

import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.series.table import read_station_table
from tropdsx.read.stations import read_observations, read_stations

TWICE = "station,time,ztd_m,sigma_m\nA,2022-03-09,2.30,0.001\nA,2022-03-09,2.35,0.002\n"


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "ztd.csv"
        path.write_text(text)
        return path

    return write


def test_formal_errors_are_in_the_unit_of_their_column(table):
    found = read_station_table(table("station,time,ztd_m,sigma_mm\nA,2022-03-09,2.3,1.5\n"))
    assert found.ztd_sigma.item() == pytest.approx(1.5e-3)
    assert found.ztd_sigma.attrs == {
        "long_name": "formal error of the zenith total delay",
        "units": "m",
    }


@pytest.mark.parametrize(("heading", "ztd"), [("ztd_mm", 2300), ("trotot", 2300)])
def test_formal_errors_without_a_unit_have_that_of_the_delays(table, heading, ztd):
    found = read_station_table(table(f"station,time,{heading},sigma\nA,2022-03-09,{ztd},1.5\n"))
    assert found.ztd_sigma.item() == pytest.approx(1.5e-3)


def test_a_formal_error_of_zero_is_none(table):
    found = read_station_table(table("station,time,ztd,sigma\nA,2022-03-09,2.3,0\n"))
    assert np.isnan(found.ztd_sigma.item())


def test_formal_errors_in_another_unit_are_refused(table):
    with pytest.raises(InputError, match=r"sigma_deg is in deg; accepted are m, cm and mm"):
        read_station_table(table("station,time,ztd,sigma_deg\nA,2022-03-09,2.3,1\n"))


def test_repeated_observations_are_averaged_by_inverse_variance(table):
    found = read_station_table(table(TWICE), average=True)
    assert found.ztd.item() == pytest.approx((4 * 2.30 + 2.35) / 5)
    assert found.ztd_sigma.item() == pytest.approx(1e-3 * np.sqrt(0.8))
    plain = "station,time,ztd_m\nA,2022-03-09,2.30\nA,2022-03-09,2.35\nA,2022-03-09,\n"
    assert read_station_table(table(plain), average=True).ztd.item() == pytest.approx(2.325)


def test_repeated_observations_are_refused_where_nobody_asked_for_a_mean(table):
    with pytest.raises(InputError, match="station A has two observations"):
        read_station_table(table(TWICE))
    with pytest.raises(InputError, match="station A has two observations"):
        read_observations(table(TWICE))


def test_tables_without_formal_errors_have_none(table):
    assert list(read_station_table(table("station,time,ztd\nA,2022-03-09,2.3\n"))) == ["ztd"]


@pytest.mark.parametrize(
    "text",
    [
        "time,ztd_mm\n2021-01-01T00:00,2301.2\n2021-01-01T06:00,2302.2\n",
        "2021-01-01T00:00 2.3012\n2021-01-01T06:00 2.3022\n",
        "# of GNSS\n2021-01-01T00:00,2.3012\n2021-01-01T06:00,2.3022\n",
        "21:001:00000 2.3012\n21:001:21600 2.3022\n",
    ],
)
def test_a_series_of_one_station_is_named_by_its_file(tmp_path, text):
    path = tmp_path / "WTZR00DEU_2021.txt"
    path.write_text(text)
    with pytest.warns(TropdsxWarning, match="names no station; .* taken for WTZR00DEU"):
        found = read_station_table(path)
    assert found.station.values.tolist() == ["WTZR00DEU"]
    np.testing.assert_allclose(found.ztd[:, 0], [2.3012, 2.3022])
    assert str(found.time.values[1])[:16] == "2021-01-01T06:00"


def test_a_table_without_names_needs_the_other_columns(table):
    with pytest.raises(InputError, match="is needed for the total delay"):
        read_station_table(table("time,delay\n2022-03-09,2.3\n"))
    with pytest.raises(InputError, match="is needed for the time"):
        read_station_table(table("day,ztd\n2022-03-09,2.3\n"))


def test_stations_under_another_heading_are_not_taken_for_one(tmp_path):
    rows = [f"{name},2021-01-01T0{hour}:00,2.{hour}" for hour in range(4) for name in ("A", "B")]
    path = tmp_path / "all.csv"
    path.write_text("\n".join(["receiver,time,ztd_m", *rows]) + "\n")
    with pytest.raises(InputError, match="name"):
        read_station_table(path)


def test_a_row_without_an_error_counts_as_is_usual_at_its_station(table):
    rows = "A,2022-03-09,2.30,0.001\nA,2022-03-10,2.4,\nA,2022-03-10,2.5,\nA,2022-03-11,2.3,0.003"
    other = "\nB,2022-03-09,2.3,0.1\nB,2022-03-10,2.3,0.1"
    path = table(f"station,time,ztd_m,sigma_m\n{rows}{other}\n")
    found = read_station_table(path, average=True).sel(station="A")
    np.testing.assert_allclose(found.ztd, [2.3, 2.45, 2.3])
    np.testing.assert_allclose(found.ztd_sigma, [0.001, np.nan, 0.003])


CLOCKS = {
    "time,hour,ztd_m\n2022-03-10T00:00:00,0,2.35\n2022-03-10T06:00:00,6,2.34": [0, 6],
    "time,hour,ztd_m\n2022-03-10T00:00,0,2.35\n2022-03-11 00:00,0,2.34": [0, 24],
    "time,hour,ztd_m\n20220310T00,6,2.35": [0],  # hours of something else: the cell is whole
    "time,sod,ztd_m\n22:069:00000,0,2.35": [0],
    "date,hour,ztd_m\n2022-03-10,0,2.35\n2022-03-11,0,2.34": [0, 24],
    "date,hh,ztd_m\n20220310,00,2.35\n2022/3/11,00:00,2.34": [0, 24],
    "date,time,hour,ztd_m\n2022-03-10,00:00,0,2.35\n2022-03-10,06:00,6,2.34": [0, 6],
}


@pytest.mark.parametrize("text", CLOCKS)
@pytest.mark.filterwarnings("ignore:.*names no station")
def test_a_clock_beside_whole_times_is_no_harm(table, text):
    hours = (read_station_table(table(text + "\n")).time - np.datetime64("2022-03-10")) / 1e9 / 3600
    assert hours.values.astype(int).tolist() == CLOCKS[text]


@pytest.mark.parametrize(
    "rows",
    [
        "2022-03-10T00:00,0\n2022-03-10,6",
        "2022-03-10T06:00,6\n20220311,",
        "2022-03-09T06:00,6\n2022-03-10,12",
    ],
)
@pytest.mark.filterwarnings("ignore:.*names no station")
def test_a_day_whose_hour_stands_apart_is_refused(table, rows):
    rows = rows.replace("\n", ",2.35\n")
    with pytest.raises(
        InputError, match="line 3: 'time' holds days alone, and 'hour' stands besid"
    ):
        read_station_table(table(f"time,hour,ztd_m\n{rows},2.35\n"))


@pytest.mark.parametrize(
    ("name", "station"),
    [
        ("ztd_2022068_abmf", "abmf"),
        ("ZTD.csv", "ZTD"),
        ("2021_WTZR.v2.txt", "WTZR"),
        ("0001.csv", "0001"),
    ],
)
def test_the_name_of_a_file_gives_that_of_its_station(tmp_path, name, station):
    path = tmp_path / name
    path.write_text("time,ztd\n2021-01-01T00:00,2.3\n")
    with pytest.warns(TropdsxWarning, match=f"taken for {station}$"):
        assert read_station_table(path).station.item() == station


def test_a_day_of_mjd_beside_a_coarse_decimal_year(table):
    """As the Nevada Geodetic Laboratory writes its daily files."""
    path = table("site YYMMMDD yyyy.yyyy __MJD ztd(m)\nP090 20OCT26 2020.8186 59148 1.9723\n")
    with pytest.warns(TropdsxWarning, match="times are read from '__MJD' as modified Julian dates"):
        assert str(read_station_table(path).time.values[0])[:13] == "2020-10-26T00"


def test_total_delays_are_the_sum_of_their_parts(tmp_path):
    """As programs of precise point positioning write them."""
    path = tmp_path / "ztd.csv"
    path.write_text(
        "station,time,ZHD [m],ZWD [mm]\nA,2022-03-09,2.2500,150.0\nA,2022-03-10,2.26,\n"
    )
    with pytest.warns(TropdsxWarning, match=r"are the sum of 'ZHD \[m\]' and 'ZWD \[mm\]'"):
        found = read_station_table(path).ztd.values.ravel()
    np.testing.assert_allclose(found, [2.40, np.nan])
    path.write_text("station,time,zhd,zwd\nA,2022-03-09,2.25,150.0\n")
    with pytest.raises(InputError, match=r"column zwd runs from 150 .* name the column zwd_mm"):
        read_station_table(path)
    path.write_text("station,time,zwd\nA,2022-03-09,0.15\n")
    with pytest.raises(InputError, match="is needed for the total delay"):
        read_station_table(path)
    path.write_text("station,time,zhd,zwd,ztd\nA,2022-03-09,2.25,0.15,2.39\n")
    assert read_station_table(path).ztd.item() == 2.39


def test_observations_of_the_climate_data_store(tmp_path):
    path = tmp_path / "gnss.csv"
    path.write_text(
        "primary_station_id,latitude,longitude,height_of_station_above_sea_level,report_timestamp,"
        "zenith_total_delay,zenith_total_delay_random_uncertainty\n"
        "ABCD,52.2,20.1,100.0,1997-01-01 06:00:00+00,2.4012,0.0012\n"
    )
    ds = read_station_table(path)
    assert (ds.ztd.item(), ds.ztd_sigma.item()) == (2.4012, 0.0012)
    assert str(ds.time.values[0])[:16] == "1997-01-01T06:00"
    with pytest.warns(TropdsxWarning, match="as above sea level"):
        assert read_stations(path).height.item() == pytest.approx(100.0 + 31.0, abs=5.0)
