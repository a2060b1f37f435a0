"""A folder with a grid and stations in it."""

import pytest

from helpers.stations import places, weather


@pytest.fixture
def grid_here(tmp_path, monkeypatch):
    """grid.nc and stations.csv, to stand in."""
    monkeypatch.chdir(tmp_path)
    weather(3, first="2021-03-04T00").to_netcdf("grid.nc")
    rows = zip(*places(4).values(), strict=True)
    lines = [f"{name},{lat},{lon},{height}\n" for name, lat, lon, height in rows]
    (tmp_path / "stations.csv").write_text("ID,Lat,Lon,Hgt_m\n" + "".join(lines))
    return tmp_path
