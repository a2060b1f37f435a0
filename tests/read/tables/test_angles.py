"""Columns beside the angles of stations: parts of them, or something else."""

import pandas as pd
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.stations import read_stations
from tropdsx.read.tables.angles import check_whole, read_angles
from tropdsx.read.tables.headings import read_heading
from tropdsx.read.tables.layout import Table

WHOLE = [
    "station,lat,lon,h,status\nA,47,19,200,S\nB,48,20,250,S",
    "station,lat,lon,h,side\nA,47,19,200,W\nB,48,20,250,E",
    "lat,lon,h,receiver,station\n47,19,200,S,A\n48,20,250,N,B",
    "station,lat,lon,h\nS,47,19,200\nN,48,20,250",
    "lon,station,lat,h\n19,W,47,200\n20,E,48,250",
    "station,lat,lon,h,lat_s,lon_s\nA,47,19,200,0.001,0.02\nB,48,20,250,0,0.099",
    "station;lat;lon;h;lat_s\nA;47,5;19,5;200,5;0,001",
    "station,lat,lon,h,lon_hem\nA,47,-19,200,W\nB,48,20,250,E",
]


@pytest.mark.parametrize("text", WHOLE)
@pytest.mark.filterwarnings("ignore:.*decimal signs")
def test_letters_and_sigmas_that_are_no_parts(tmp_path, text):
    path = tmp_path / "stations.csv"
    path.write_text(text)
    assert (read_stations(path, heights="ellipsoid").lat >= 47).all()


PARTS = {
    "station,lat,lon,h,lat_hem\nA,33.9,18.4,9,S": "lat is 33.9 and 'lat_hem' S",
    "station,lat,lon,h,Hemisphere\nA,33.9,18.4,9,S": "lat is 33.9 and 'Hemisphere' S",
    "station,lat,lon,h,N/S\nA,33.9,18.4,9,S": "lat is 33.9 and 'N/S' S",
    "station,lat,lon,h,E/W\nA,33.9,18.4,9,w": "lon is 18.4 and 'E/W' W",
    "station,lat,lon,h,direction\nA,33.9,18.4,9,W": "lon is 18.4 and 'direction' W",
    "station,lat,x,lon,h\nA,33.9,S,18.4,9": "lat is 33.9 and 'x' S",
    "h,lon,x,lat,station\n9,18.4,W,33.9,A": "lon is 18.4 and 'x' W",
    "station,lat,lon,h,lat_s\nA,49,12,666,39.1\nB,48,20,250,0.05": "'lat' and 'lat_s'",
    "station,lat,lon,h,lat_s\nA,49,12,666,0.1": "'lat' and 'lat_s'",
    "station,lat,lon,h,lat_s\nA,49,12,666,x": "'lat' and 'lat_s'",
    "station,lat,lon,h,lat_sec\nA,49,12,666,0.05": "'lat' and 'lat_sec'",
}


@pytest.mark.parametrize("text", PARTS)
def test_parts_are_refused(tmp_path, text):
    path = tmp_path / "stations.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=PARTS[text]):
        read_stations(path, heights="ellipsoid")


def test_names_are_no_hemispheres():
    headings = [read_heading("lat"), read_heading("site")]
    table = Table("a.csv", headings, pd.DataFrame([["47", "S"]], index=[2]), ",")
    values = pd.Series([47.0], index=[2])
    check_whole(table, headings[0], values, ("S", "N"), headings[1])
    with pytest.raises(InputError, match=r"a.csv, line 2: lat is 47 and 'site' S"):
        check_whole(table, headings[0], values, ("S", "N"))


SPELLED = {
    "A,47 03 12.5 N,19 30 00 E": (47.0534722, 19.5),
    "A,33 03 12.5 S,19 30 W": (-33.0534722, -19.5),
    "A,47°03'12.5\"N,19º30'E": (47.0534722, 19.5),
    "A,47°03′12.5″S,19°30′W": (-47.0534722, -19.5),
    "A,47°03'12.5''S,19E": (-47.0534722, 19),
    "A,S33.9,W 70 30.5": (-33.9, -70.5083333),
    "A,-33:54:12,70:30:00W": (-33.9033333, -70.5),
    "A,\u221233 54,19 30": (-33.9, 19.5),
    "A,47d03m12.5s,19d30m W": (47.0534722, -19.5),
    "A,33 deg 03 min 12.5 sec S,19°": (-33.0534722, 19),
    "A,47,19 30 E": (47, 19.5),
    "A,-0 30,-0:30:36": (-0.5, -0.51),
}


@pytest.mark.parametrize("row", SPELLED)
def test_angles_that_are_spelled(tmp_path, row):
    path = tmp_path / "stations.csv"
    path.write_text(f"station,lat,lon,h\n{row},200\n")
    with pytest.warns(TropdsxWarning, match="are read as degrees, minutes and seconds; the first"):
        found = read_stations(path, heights="ellipsoid")
    assert (found.lat.item(), found.lon.item()) == pytest.approx(SPELLED[row], abs=1e-7)


UNCLEAR = {
    "47 63 12.5 N,19": "lat '47 63 12.5 N' is no angle",
    "47 03 12.5 E,19": "is no angle; accepted are decimal degrees.* such as 47 03 12.5 N",
    "47,12 30 S": "lon '12 30 S' is no angle; .* such as 47 03 12.5 E",
    "-47 03 12.5 S,19": "is no angle",
    "S47.5S,19": "is no angle",
    "47.5 03 N,19": "is no angle",
    "47 03.5 12 N,19": "is no angle",
    "4703.5N,19": "lat '4703.5N' is no number",
    "470312N,19": "lat '470312N' is no number",
    "33 03 12.5 s,19": "is no number; accepted are decimal degrees, .* or such as 47 03 12.5 N",
    "33D03M12.5S,19": "is no number",
    "47 03 N,": "line 2: no lon",
}


@pytest.mark.parametrize("pair", UNCLEAR)
@pytest.mark.filterwarnings("ignore:.*degrees, minutes and seconds")
def test_angles_that_cannot_be_told_are_refused(tmp_path, pair):
    path = tmp_path / "stations.csv"
    path.write_text(f"station,lat,lon,h\nA,{pair},200\n")
    with pytest.raises(InputError, match=UNCLEAR[pair]):
        read_stations(path, heights="ellipsoid")


COLUMNS = {
    "station,lat_deg,lat_min,lat_sec,lon_deg,lon_min,lon_sec,h\nA,-0,30,36,-70,15,36,2": (
        (-0.51, -70.26)
    ),
    "station,lat [deg],lat [min],lon [deg],lon [min],h\nA,49,8.65,12,52.73,666": (
        (49.1441667, 12.8788333)
    ),
    "station,lat_deg,lat_min,lat_sec,lon,h\nA,49,8,39.1,12.88,666": (49.1441944, 12.88),
    "station,lat,lat_minutes,NS,lon,lon_minutes,EW,h\nA,33,54,S,18,24,W,9": (-33.9, -18.4),
    "station;lat;lat_min;lon;lon_min;h\nA;47;3,5;-19;30;9": (47.0583333, -19.5),
}


@pytest.mark.parametrize("text", COLUMNS)
@pytest.mark.filterwarnings("ignore:.*decimal signs")
def test_angles_in_columns(tmp_path, text):
    path = tmp_path / "stations.csv"
    path.write_text(text)
    with pytest.warns(TropdsxWarning, match="'l.*', 'l.*' are read as degrees, minutes and"):
        found = read_stations(path, heights="ellipsoid")
    assert (found.lat.item(), found.lon.item()) == pytest.approx(COLUMNS[text], abs=1e-7)


BROKEN = {
    "station,lat,lat_min,lon,h\nA,49.5,30,12,9": "'lat', 'lat_min' are no whole degrees",
    "station,lat,lat_min,lon,h\nA,49,,12,9": "'lat', 'lat_min' are no whole degrees.*is missing",
    "station,lat,lat_min,lon,h\nA,-33,-30,12,9": "'lat', 'lat_min' are no whole degrees",
    "station,lat,lat_min,lon,h\nA,49,60,12,9": "'lat', 'lat_min' are no whole degrees",
    "station,lat,lat_min,lat_sec,lon,h\nA,49,3.5,30,12,9": "'lat_sec' are no whole degrees, minut",
    "station,lat,lat_min,NS,lon,h\nA,-33,30,N,12,9\nB,34,30,S,12,9": "lat is 34.5 and 'NS' S",
}


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.filterwarnings("ignore:.*degrees, minutes and seconds")
def test_columns_that_do_not_make_angles_are_refused(tmp_path, text):
    path = tmp_path / "stations.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=BROKEN[text]):
        read_stations(path, heights="ellipsoid")


def test_hemispheres_of_some_rows_are_kept():
    headings = [read_heading(text) for text in ("lat", "lat_min", "hem")]
    cells = pd.DataFrame([["47", "30", "S"], ["47", "30", "N"]], index=[2, 3])
    with pytest.warns(TropdsxWarning, match="'lat', 'lat_min' are read as"):
        found = read_angles(Table("a.csv", headings, cells, ","), headings[0], ("S", "N"))
    assert found.to_list() == [-47.5, 47.5]
