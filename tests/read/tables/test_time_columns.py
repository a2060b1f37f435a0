"""Times in any columns of tables: what they are understood as is said, or they are refused."""

import numpy as np
import pandas as pd
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.series.table import read_station_table
from tropdsx.read.stations import read_stations
from tropdsx.read.tables.headings import read_heading
from tropdsx.read.tables.layout import Table
from tropdsx.read.tables.time_columns import has_times, read_times, time_headings
from tropdsx.workflows.reconstruct.observations import gather_observations

EPOCHS = np.array(["2022-03-09T06:00:00", "2022-03-09T07:30:15"], "datetime64[ns]")
MINUTES = EPOCHS.copy()
MINUTES[1] -= np.timedelta64(15, "s")


def table_of(text, sign=","):
    heads, *rows = [line.split(sign) for line in text.split("\n")]
    cells = pd.DataFrame([[cell.strip() for cell in row] for row in rows])
    cells.index = cells.index + 2
    return Table("a.csv", [read_heading(each) for each in heads], cells, sign)


READ = {
    "year,doy,sod\n2022,68,21600\n2022,68,27015": "'year' and 'doy' and 'sod' as days of the year",
    "YYYY,DDD,hh,mm,ss\n2022,068,06,00,00\n2022,068,07,30,15": "'YYYY' and 'DDD' and 'hh'",
    "yr,day_of_year,seconds\n22,68,21600\n22,68,27015": "'yr' and 'day_of_year' and 'seconds'",
    "year,doy\n2022,68.25\n2022,68.312673611": "'year' and 'doy' as days of the year",
    "year,doy,time\n2022,68,6:00\n2022,68,07:30:15": "'doy' and 'time' as days of the year and th",
    "year,doy,day_fraction\n2022,68,0.25\n2022,68,0.3126736111": "'day_fraction'",
    "year,month,day,hour,minute,second\n2022,3,9,6,0,0\n2022,3,9,7,30,15": "'year' and 'month'",
    "YYYY,MM,DD,HH,MM,SS\n2022,03,09,06,00,00\n2022,03,09,07,30,15": "'HH' and 'minute' and 'SS'",
    "Year,Month,Day,Hour (UTC)\n2022,3,9,6\n2022,3,9,7.504166666666667": "'Hour .UTC.'",
    "mjd\n59647.25\n59647.3126736111": "'mjd' as modified Julian dates, taken as UTC",
    "Time [MJD]\n59647.25\n59647.31267": "'Time .MJD.' as modified Julian dates, taken",
    "mjd,sod\n59647,21600\n59647,27015": "'mjd' and 'sod' as modified Julian dates and their time",
    "JD\n2459647.75\n2459647.8126736111": "'JD' as Julian dates",
    "julian_day\n2459647.75\n2459647.8126736111": "'julian_day' as Julian dates",
    "gps_week,sow\n2200,280800\n2200,286215": "GPS time, which they stay: it runs 18 s ahead",
    "unix_time\n1646805600\n1646811015": "'unix_time' as seconds since 1970",
    "timestamp\n1646805600.0\n1646811015.0": "'timestamp' as seconds since 1970",
    "date,hour,minute,sec\n2022-03-09,6,0,0\n20220309,7,30,15": "'date' and 'hour' and 'minute'",
    "date,mjd\n2022-03-09,59647.25\n2022-03-09,59647.3126736111": "'mjd' as modified Julian dates",
}


@pytest.mark.parametrize("text", READ)
def test_numbers_are_read_as_times(text):
    with pytest.warns(TropdsxWarning, match=READ[text]):
        found = read_times(table_of(text))
    np.testing.assert_array_equal(found.dates, EPOCHS)
    assert found.system == ("GPS" if "sow" in text else "UTC")


def test_decimal_years_by_the_convention_that_gives_whole_minutes():
    days = (MINUTES - np.datetime64("2022-01-01")) / np.timedelta64(1, "D")
    julian = 2000 + (MINUTES - np.datetime64("2000-01-01T12")) / np.timedelta64(1, "D") / 365.25
    ways = {"calendar year": 2022 + days / 365, "Julian years": julian}
    for way, years in ways.items():
        with pytest.warns(TropdsxWarning, match=f"'decimal_year' as .*{way}"):
            found = read_times(table_of("decimal_year\n" + "\n".join(f"{y:.9f}" for y in years)))
        np.testing.assert_array_equal(found.dates, MINUTES)


REFUSED = {
    "year,month,day,time\n2022,3,9,0600\n2022,3,10,0600": "time '0600' is no time of day beside",
    "mjd,time\n59647,6h\n59648,6h": "line 2 .and 1 more.: time '6h' is no time of day beside",
    "decimal_year\n2022.1842\n2022.1844": "'decimal_year' are known to 26 minutes only",
    "decimal_year\n2022.184212345\n2022.184423456": "no whole minutes, by calendar years and by",
    "time\n59647.25\n59647.5": "time '59647.25' cannot be read as a date, and as a number it may",
    "epoch\n1646805600\n1646805900": "epoch '1646805600' cannot be read",
    "year,ztd\n2022,2.3\n2022,2.3": "has 'year' without the rest of the time",
    "gps_week,day_of_week\n2200,3\n2200,3": "has 'gps_week' without the rest",
    "year,month,day\n2022,2,29\n2022,2,30": r"line 2 \(and 1 more\): day is '29'; .*of their month",
    "year,doy\n2021,366\n2021,1": "line 2: doy is '366'; accepted are days of their year",
    "year,doy\n2022,0\n2022,1": "line 2: doy is '0'; accepted are days of the year",
    "year,doy,hour\n2022,68,600\n2022,68,1200": "hour is '600'; accepted are hours 0 to 24",
    "year,month,day,hour\n2022,3,9,\n2022,3,9,6": "line 2: hour is ''; accepted are hours",
    "year,month,day,minute\n2022,3,9,360\n2022,3,9,0": "minute is '360'|'minute' without hours",
    "year,doy,hour\n2022,68.25,6\n2022,68.25,9": "'year' and 'doy' and 'hour' say other times",
    "year,doy\n2022.5,68\n2022,1": "year is '2022.5'; accepted are years without a fraction",
    "mjd\n9647.25\n9648": "mjd is '9647.25'; accepted are modified Julian dates",
    "gps_week,sow\n152,280800\n152,1": "gps_week is '152'; accepted are GPS weeks since January",
    "unix\n1646805600000\n1646805600001": "unix is '1646805600000'; accepted are seconds since",
    "date,hour\n2022-03-09,6:xx\n2022-03-09,7:00": "hour is '6:xx'; accepted are times of day",
    "day,ztd\n2022-03-09,2.3\n2022-03-10,2.3": "is needed for the time",
    "a,ztd\n2022-03-09,2.3\n2022-03-10,2.3": "is needed for the time",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_told_is_refused_in_one_line(text):
    with pytest.raises(InputError, match=REFUSED[text]) as caught:
        read_times(table_of(text))
    assert "\n" not in str(caught.value)


def test_whole_dates_go_before_numbers():
    text = "time,mjd,hour\n2022-03-09T06:00:00,1.5,400\n2022-03-09T07:30:15,2.5,800"
    np.testing.assert_array_equal(read_times(table_of(text)).dates, EPOCHS)


def test_a_coarse_decimal_year_beside_days_is_no_harm():
    found = read_times(table_of("date,decimal_year\n2022-03-09,2022.18\n2022-03-10,2022.19"))
    assert found.dates.astype("M8[D]").astype(str).tolist() == ["2022-03-09", "2022-03-10"]


@pytest.mark.parametrize("numbers", ["mjd\n2022-03-09,{}", "unix\n2022-03-09,{}"])
def test_counts_beside_days_must_fall_on_them(numbers):
    right, wrong = (59647.25, 59000.25) if "mjd" in numbers else (1646805600, 1700000000)
    with pytest.warns(TropdsxWarning, match="times are read from"):
        assert read_times(table_of(f"date,{numbers.format(right)}")).dates == EPOCHS[:1]
    with (
        pytest.warns(TropdsxWarning, match="times are read from"),
        pytest.raises(InputError, match="line 2: 'date' and the numbers beside it are other days"),
    ):
        read_times(table_of(f"date,{numbers.format(wrong)}"))


def test_seconds_of_the_day_go_before_hours_and_must_lie_in_them():
    text = "year,doy,hour,sod\n2022,68,6,21600\n2022,68,7,27015"
    with pytest.warns(TropdsxWarning, match="'hour' and 'sod'"):
        np.testing.assert_array_equal(read_times(table_of(text)).dates, EPOCHS)
    with pytest.raises(InputError, match=r"line 3: sod is '7015'; .* that 'hour' says"):
        read_times(table_of(text.replace("27015", "7015")))


def test_headings_of_times():
    table = table_of("station,year,doy,ztd\nA,2022,68,2.3")
    assert has_times(table)
    assert [each.name for each in time_headings(table)] == ["year", "doy"]
    assert not has_times(table_of("station,year,lat\nA,2022,47"))


def test_tables_of_observations(tmp_path):
    path = tmp_path / "ztd.txt"
    path.write_text(
        "site  yyyy doy  hh  ztd_mm sigma_mm\nA 2022 068 06 2300 1.5\nB 2022 068 06 2310 2\n"
    )
    with pytest.warns(TropdsxWarning, match="days of the year and their time of day"):
        found = read_station_table(path)
    assert found.time.values.tolist() == EPOCHS[:1].tolist()
    path.write_text("gps_week,sow,ztd\n2200,280800,2.3\n2200,284400,2.31\n")
    with pytest.warns(TropdsxWarning) as caught:
        found = read_station_table(path)
    assert {
        "GPS time" in str(w.message) or "names no station" in str(w.message) for w in caught
    } == {True}
    assert found.attrs == {"time_system": "GPS"}


@pytest.mark.filterwarnings("ignore:.*times are read")
def test_rows_of_observations_place_each_station_once(tmp_path):
    text = "station,year,doy,hour,ztd,lat,lon,height\n" + "\n".join(
        f"{name},2022,68,{hour},2.3,4{n},19,150" for hour in (6, 7) for n, name in enumerate("AB")
    )
    path = tmp_path / "all.csv"
    path.write_text(text)
    assert read_stations(path).station.values.tolist() == ["A", "B"]
    found = gather_observations(pd.read_csv(path))
    assert found.ztd.shape == (2, 2)


@pytest.mark.filterwarnings("ignore:.*names no station")
def test_times_of_day_of_one_station_are_no_names(tmp_path):
    path = tmp_path / "A.csv"
    path.write_text(
        "date,time,ztd\n2022-03-09,06:00,2.3\n2022-03-10,06:00,2.4\n2022-03-10,07:00,2.4\n"
    )
    assert read_station_table(path).ztd.shape == (3, 1)
