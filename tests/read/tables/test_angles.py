"""Columns beside the angles of stations: parts of them, or something else."""

import pandas as pd
import pytest

from tropdsx.errors import InputError
from tropdsx.read.stations import read_stations
from tropdsx.read.tables.angles import check_whole
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
