"""Tables of stations and observations."""

import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.read.stations import read_observations, read_stations


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
