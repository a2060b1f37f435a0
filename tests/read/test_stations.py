"""Tables of stations and observations."""

import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.read.stations import read_observations, read_stations

from helpers.series import description, tro


def test_tables(tmp_path):
    stations = tmp_path / "stations.csv"
    stations.write_text("# made up\nSite, lat, lon, height_m\nAAAA, 47.0, 19.0, 200\n")
    assert read_stations(stations).height.sel(station="AAAA") == 200
    text = "station,time,ztd_mm\nAAAA,2022-03-09T00:00Z,2400\nAAAA,2022-03-09T01:00Z,2401\n"
    observed = tmp_path / "ztd.csv"
    observed.write_text(text)
    found = read_observations(observed)
    assert found.time.values[1] == np.datetime64("2022-03-09T01:00")
    np.testing.assert_allclose(found.values[:, 0], [2.4, 2.401])
    observed.write_text(text + "AAAA,2022-03-09T01:00Z,2402\n")
    with pytest.raises(InputError, match="two observations at 2022-03-09 01:00"):
        read_observations(observed)
    observed.write_text("station,time,ztd_m\nAAAA,soon,2.4\n")
    with pytest.raises(InputError, match="cannot be read"):
        read_observations(observed)
    observed.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="has columns a, b; one of"):
        read_observations(observed)
    with pytest.raises(InputError, match="no such file"):
        read_stations(tmp_path / "none.csv")
    stations.write_text("station,lat,lon,height_m\nA,47,19,200\nB,1,2,3\nA ,47,19,200\n")
    with pytest.raises(InputError, match="listed more than once: A; keep one row"):
        read_stations(stations)


UNITS = [
    ("ztd_m", [2346.8, 2264.87], "ztd_m runs from 2264.87 to 2346.8; .* 0.5 to 4 m. .* ztd_mm if"),
    ("ztd_mm", [2.3468, 2.26487], "ztd_mm runs from 2.26487 to 2.3468; .* 500 to 4000 mm. .*empty"),
    ("ztd", [2.3, -999], "ztd runs from -999 to 2.3; .* leave missing ones empty"),
    ("ztd", [2.3, "inf"], "ztd runs from 2.3 to inf"),
]


@pytest.mark.parametrize(("column", "values", "message"), UNITS)
def test_observations_in_another_unit_are_refused(tmp_path, column, values, message):
    path = tmp_path / "ztd.csv"
    rows = [f"A,2022-03-09T0{k}:00,{value}" for k, value in enumerate(values)]
    path.write_text("\n".join([f"station,time,{column}", *rows]))
    with pytest.raises(InputError, match=message):
        read_observations(path)
    path.write_text("station,time,ztd_m\nA,2022-03-09T00:00,2.4\nA,2022-03-09T01:00,\n")
    assert np.isnan(read_observations(path).values[1, 0])


HEADINGS = [
    "station,lat_deg,lon_deg,height_ell_m",
    "Site ID;Latitude (deg);Longitude (deg);Height [m]",
    "MARKER\tLAT\tLON\tH_ELL",
    "name lat long hgt",
    "# station,lat,lon,height",
    "code | lat [°] | lng [°] | ellipsoidal height (m)",
]
STATIONS = (("0001", 46.877, 7.465, 956.4), ("NA", -33.0, 150.5, 20), ("1E05", 0.5, -70.25, -35.5))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("heading", HEADINGS)
def test_stations_of_many_hands(tmp_path, heading, mark):
    sign = next((sign for sign in ";\t,|" if sign in heading), " ")
    rows = [sign.join(map(str, row)) for row in STATIONS]
    path = tmp_path / "stations.txt"
    path.write_text(mark + "\r\n".join([heading, "", *rows, sign * 3, ""]), encoding="utf-8")
    found = read_stations(path)
    assert found.station.values.tolist() == ["0001", "NA", "1E05"]
    for name, place in zip(("lat", "lon", "height"), (1, 2, 3), strict=True):
        assert found[name].values.tolist() == [row[place] for row in STATIONS]


def test_decimal_commas(tmp_path):
    path = tmp_path / "stations.csv"
    path.write_text("Station;Lat;Lon;Height\nZIMM;46,877;7,465;956,4\n")
    with pytest.warns(TropdsxWarning, match="decimal signs"):
        found = read_stations(path).sel(station="ZIMM")
    assert (float(found.lat), float(found.lon), float(found.height)) == (46.877, 7.465, 956.4)


@pytest.mark.parametrize(("unit", "size"), [("m", 1.0), ("km", 1000.0), ("ft", 0.3048)])
@pytest.mark.parametrize("heading", ["height_{}", "Height [{}]", "h_ell ({})"])
def test_units_of_heights_by_the_heading(tmp_path, unit, size, heading):
    path = tmp_path / "stations.csv"
    path.write_text(f"station,lat,lon,{heading.format(unit)}\nA,46.9,7.5,{956.4 / size}\n")
    assert float(read_stations(path).height[0]) == pytest.approx(956.4)


@pytest.mark.parametrize("heading", ["elevation", "altitude_m", "height_msl", "H_orth [m]"])
def test_heights_above_the_sea_are_brought_to_the_ellipsoid(tmp_path, heading):
    path = tmp_path / "stations.csv"
    path.write_text(f"station,lat,lon,{heading}\nA,46.9,7.5,900\n")
    with pytest.warns(TropdsxWarning, match="taken as above sea level"):
        height = float(read_stations(path).height[0])
    assert height == pytest.approx(900 + float(geoid_undulation(46.9, 7.5)))
    path.write_text(f"station,lat,lon,{heading},h_ell\nA,46.9,7.5,900,950\n")
    assert read_stations(path).height == 950


ALPS = [(46.5, 7.5, 1500.0), (47.1, 9.5, 900.0), (46.8, 10.4, 1800.0), (45.9, 7.7, 2100.0)]


@pytest.mark.parametrize(("unit", "size"), [("km", 1000.0), ("ft", 0.3048)])
def test_metres_that_are_none_are_told_by_the_terrain(tmp_path, unit, size):
    path = tmp_path / "stations.csv"
    rows = [f"S{k},{lat},{lon},{{}}" for k, (lat, lon, _) in enumerate(ALPS)]
    text = "\n".join(["station,lat,lon,height_m", *rows]) + "\n"
    path.write_text(text.format(*(h for _, _, h in ALPS)))
    read_stations(path)
    path.write_text(text.format(*(h / size for _, _, h in ALPS)))
    with pytest.warns(TropdsxWarning, match=f"if they are in {unit}, name .* height_{unit}"):
        read_stations(path)


def test_heights_that_nobody_filled_in_are_told(tmp_path):
    path = tmp_path / "stations.csv"
    rows = [f"S{k},{lat},{lon},0" for k, (lat, lon, _) in enumerate(ALPS)]
    path.write_text("\n".join(["station,lat,lon,height", *rows]) + "\n")
    with pytest.warns(TropdsxWarning, match=r"4 of 4 stations have the height 0, and the terrain"):
        read_stations(path)
    path.write_text("\n".join(["station,lat,lon,height", *rows[:2], "C,46,8,0.1"]) + "\n")
    read_stations(path)
    rows = [f"B{k},0,{-30 + k},0" for k in range(5)]  # buoys
    path.write_text("\n".join(["station,lat,lon,height", *rows]) + "\n")
    read_stations(path)


BAD = {
    "A,46.9,7.5\n": r"line 2: station A has no height; take the row out",
    "A,46.9,7.5,\nB,1,2,3": r"line 2: station A has no height",
    "A,46.9,,900": r"line 2: no lon; a station needs one",
    "A,,7.5,900": r"line 2: no lat; a station needs one",
    ",46.9,7.5,900": r"line 2: a row has no station",
    "A,107.5,46.9,900": r"line 2: lat 107.5 is no latitude; .*are latitude and longitude swapped",
    "A,46.9,7.5,900\nB,-91,2,3": r"line 3: lat -91 is no latitude",
    "A,46.9,-200,900": r"line 2: lon -200 is no longitude",
    "A,46.9,361,900": r"line 2: lon 361 is no longitude",
    "A,46.9,7.5,29000": r"station A has the height 29000 m; accepted are -500 to 9000 m.*height_ft",
    "A,46.9,7.5,-9999": r"has the height -9999 m.*take out rows without a height",
    "A,46.9,7.5,inf": r"has the height inf m",
    "A,X46.9,7.5,900": r"lat 'X46.9' is no number; accepted are decimal degrees, negative in the s",
    "A,46,877,7,465,956,4": r"line 2: 7 cells, but 4 headings. .*semicolons",
    "A,46.9,7.5,900\nB,1,2,3\nA,46.9,7.5,900": r"listed more than once: A; keep one row",
}


@pytest.mark.parametrize("rows", BAD)
def test_bad_stations_are_named_in_one_line(tmp_path, rows):
    path = tmp_path / "stations.csv"
    path.write_text("station,lat,lon,height\n" + rows + "\n")
    with pytest.raises(InputError, match=BAD[rows]) as caught:
        read_stations(path)
    assert "\n" not in str(caught.value)
    assert "stations.csv" in str(caught.value)


COLUMNS = {
    "lat,lon,height": "one of station, site, name, marker, station_name is needed for the name",
    "station,lon,height": "one of lat, latitude is needed for the latitude",
    "station,lat,height": "one of lon, longitude, long, lng is needed for the longitude",
    "station,lat,lon": "one of height_ell, h_ell, height, h, hgt is needed for the height",
    "station,x,y,z": r"has columns station, x, y, z; one of lat",
    "station,lat,lat,height": "has two columns 'lat'; keep one",
    "station,lat_rad,lon_rad,h": "lat_rad is in rad; accepted are decimal degrees",
    "station,lat,lon,height_mm": "height_mm is in mm; accepted are m, km and ft",
}


PARTS = {
    "station,lat [deg],lat [min],lon [deg],lon [min],h\nA,49,98.65,12,52.73,666": "lat .min.",
    "station,lat_deg,lat_min,lat_sec,lon,h\nA,49.1,8,39.1,12.88,666": "lat_min",
    "station,Latitude,lon_deg,lon_mm,h\nA,49.1,12,52.73,666": "lon_mm",
    "station,lat,NS,lon,EW,h\nA,49.1,N,12.8,E,1\nB,33.9,S,18.4,E,9": "line 3: lat is 33.9 and 'NS'",
    "station,lat,lon,dir,h\nA,39.0,76.8,w,1": "line 2: lon is 76.8 and 'dir' W",
    "station,lat,lon,H,h\nA,49.1,12.8,620,666": "two columns 'H' and 'h'; keep one",
}


@pytest.mark.parametrize("text", PARTS)
def test_parts_of_numbers_in_other_columns_are_refused(tmp_path, text):
    """The minutes, the hemisphere and the right one of two heights were dropped in silence."""
    path = tmp_path / "stations.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=PARTS[text]):
        read_stations(path)


def test_a_hemisphere_that_the_sign_agrees_with_is_no_harm(tmp_path):
    path = tmp_path / "stations.csv"
    path.write_text("station,lat,NS,lon,EW,h\nA,49.1,N,12.8,E,1\nB,-33.9,S,-70.4,W,9")
    assert read_stations(path).lat.values.tolist() == [49.1, -33.9]


@pytest.mark.parametrize("heading", COLUMNS)
def test_columns_that_are_missing_are_named(tmp_path, heading):
    path = tmp_path / "stations.csv"
    path.write_text(heading + "\n" + ",".join("1" * len(heading.split(","))) + "\n")
    with pytest.raises(InputError, match=COLUMNS[heading]):
        read_stations(path)


def test_observations_keep_their_names(tmp_path):
    path = tmp_path / "ztd.csv"
    names = ["0001", "1", "NA", "NULL", "1E05", "nan"]
    path.write_text("station;time;ztd_mm\n" + "".join(f"{n};20220309T06;2400\n" for n in names))
    assert read_observations(path).station.values.tolist() == sorted(names)


@pytest.mark.parametrize(
    ("heading", "value"), [("ztd_cm", 240), ("ZTD [mm]", 2400), ("trotot", 2400)]
)
def test_units_of_delays_by_the_heading(tmp_path, heading, value):
    path = tmp_path / "ztd.csv"
    path.write_text(f"station,time,{heading}\nA,2022-03-09,{value}\n")
    assert read_observations(path).item() == pytest.approx(2.4)


def test_day_and_time_apart(tmp_path):
    path = tmp_path / "ztd.csv"
    path.write_text("station,date,time,ztd\nA,2022-03-09,06:00,2.4\n")
    assert read_observations(path).time.values[0] == np.datetime64("2022-03-09T06:00")


def test_hours_in_a_column_of_their_own_are_read_with_a_word(tmp_path):
    path = tmp_path / "ztd.csv"
    path.write_text("station,date,hour,ztd\nA,2022-03-09,12,2.3\nA,2022-03-10,12,2.3\n")
    with pytest.warns(TropdsxWarning, match="'date' and 'hour' as days and their time of day"):
        times = read_observations(path).time.values
    expected = np.array(["2022-03-09T12", "2022-03-10T12"], "datetime64[ns]")
    np.testing.assert_array_equal(times, expected)


def test_days_and_months_are_not_guessed(tmp_path):
    path = tmp_path / "ztd.csv"
    path.write_text("station,time,ztd\nA,2022-03-09,2.4\nA,09/03/2022 06:00,2.4\nA,31/3/2022,2.4\n")
    with pytest.raises(
        InputError, match=r"line 3: time '09/03/2022 06:00' cannot be read as a date"
    ):
        read_observations(path)


def test_a_row_for_each_observation_places_each_station_once(tmp_path):
    path = tmp_path / "all.csv"
    rows = [f"{name},2022-03-0{day},2.{day},47.{n},19.0,150,q{day}" for day in (1, 2)
            for n, name in enumerate("AB")]  # fmt: skip
    path.write_text("\n".join(["station,time,ztd_m,lat,lon,height,quality", *rows]) + "\n")
    found = read_stations(path)
    assert found.station.values.tolist() == ["A", "B"]
    assert found.lat.values.tolist() == [47.0, 47.1]
    assert read_observations(path).shape == (2, 2)
    path.write_text(path.read_text().replace("A,2022-03-02,2.2,47.0", "A,2022-03-02,2.2,48.0"))
    with pytest.raises(InputError, match="listed more than once: A"):
        read_stations(path)


def test_rows_of_one_place_are_the_same_however_its_numbers_are_written(tmp_path):
    """200 and 200.0 are one height; 1 and 01 are two stations."""
    path = tmp_path / "all.csv"
    path.write_text(
        "station;time;lat;lon;height\n1;2022-03-09T00;47.0;19.0;200\n"
        "1;2022-03-09T01;47;19.00;200.0\n01;2022-03-09T00;48;19;2e2\n"
    )
    found = read_stations(path)
    assert found.station.values.tolist() == ["1", "01"]
    assert found.height.values.tolist() == [200.0, 200.0]
    path.write_text(
        "station;time;lat;lon;height\nA;2022-03-09;47;19,50;9\nA;2022-03-10;47;19,5;9\n"
    )
    with pytest.warns(TropdsxWarning, match="read as decimal signs"):
        assert read_stations(path).lon.values.tolist() == [19.5]
    path.write_text("station,time,lat,lon,height\nA,2022-03-09,47,19,200\nA,2022-03-10,47,19,201\n")
    with pytest.raises(InputError, match="listed more than once: A"):
        read_stations(path)


def test_a_list_without_headings_asks_for_them(tmp_path):
    path = tmp_path / "llh.out"
    path.write_text("0ABI   68.354300   18.816413   431.347\n1LSU 30.4 -91.2 -6.5\n")
    with pytest.raises(InputError, match=r"Put a line of headings above, such as station lat lon"):
        read_stations(path)


def test_series_serve_as_observations_and_places(tmp_path):
    path = tmp_path / "a.tro"
    rows, extra = " WTZR 2021:001:00000 {}\n", "+SITE/ID\n{}-SITE/ID\n"
    path.write_text(tro(rows.format(2300), description("TROTOT"), version="1.00"))
    assert read_observations(path).values.tolist() == [[2.3]]
    path.write_text(
        tro(rows.format(950), description("PRESS"), version="1.00", extra=extra.format(""))
    )
    with pytest.raises(InputError, match=r"has pressure; accepted are series with total delays"):
        read_observations(path)
    pos = tmp_path / "brux.pos"
    pos.write_text(
        "DIR FRAME STN YEAR-MM-DD HR:MN:SS.SS TZD(m) LATDD LATMN LATSS LONDD LONMN LONSS HGT(m)\n"
        "BWD IGS14 brux 2021-06-01 00:00:00.00 2.3 50 30 0 4 15 0 150.0\n"
    )
    found = read_stations(pos).sel(station="brux")
    assert [found[name].item() for name in ("lat", "lon", "height")] == [50.5, 4.25, 150.0]
    assert set(read_stations(pos).variables) == {"lat", "lon", "height", "station"}
    met = tmp_path / "met_brux.21001"
    met.write_text(
        "* Estimated atmospheric values for BRUX.\n"
        "* Yr  Doy Hr Mn Sec  Total Zen  Wet Zen  Sig Zen    PW   Sig PW (mm)\n"
        " 2021 1 0 0 0. 2350.0 100.0 3.5 16.0 0.6\n"
    )
    with pytest.raises(InputError, match=r"\(GAMIT metutil\) that places no station"):
        read_stations(met)
    assert read_observations(met).item() == 2.35
