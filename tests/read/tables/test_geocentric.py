"""Stations by X, Y and Z."""

import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.stations import read_stations

WTZR = "4075580.3,931853.9,4801568.2"


@pytest.mark.parametrize(
    "heading", ["x,y,z", "X [m],Y [m],Z [m]", "STAX,STAY,STAZ", "ecef_x,ecef_y,ecef_z"]
)
def test_geocentric_coordinates_are_read_with_a_word(tmp_path, heading):
    path = tmp_path / "stations.csv"
    path.write_text(f"station,{heading}\nWTZR,{WTZR}\n")
    with pytest.warns(TropdsxWarning, match="are taken as geocentric coordinates in m"):
        found = read_stations(path)
    assert found.lat.item() == pytest.approx(49.1442, abs=1e-4)
    assert found.lon.item() == pytest.approx(12.8789, abs=1e-4)
    assert found.height.item() == pytest.approx(665.93, abs=0.01)


@pytest.mark.parametrize(
    "text",
    [
        "station,x,y,z\nA,1,2,3",
        "station,x_km,y_km,z_km\nA,4075.58,931.85,4801.57",
        "station,x,y\nA,1,2",
    ],
)
def test_other_numbers_are_no_coordinates(tmp_path, text):
    path = tmp_path / "stations.csv"
    path.write_text(text + "\n")
    with pytest.raises(InputError, match="is needed for the latitude"):
        read_stations(path)


def test_angles_go_before_coordinates(tmp_path):
    path = tmp_path / "stations.csv"
    path.write_text(f"station,lat,lon,height,x,y,z\nA,47,19,100,{WTZR}\n")
    assert read_stations(path).lat.item() == 47
