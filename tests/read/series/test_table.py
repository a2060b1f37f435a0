"""Tables of total delays with formal errors, and observations that stand in them twice."""

import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.read.series.table import read_station_table
from tropdsx.read.stations import read_observations

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
