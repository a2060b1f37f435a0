"""Rows of other lengths than the headings."""

import pytest

from tropdsx.errors import InputError
from tropdsx.read.stations import read_stations
from tropdsx.read.tables.widths import BLANKS, refuse_short, too_many, with_whole_remarks

HOLDINGS = (
    "Sta  Lat(deg)   Long(deg) Hgt(m)  X(m)  Y(m)  Z(m)  Dtbeg      NumSol StaOrigName\n"
    "P090  39.5728   240.2001 1503.649 -2447197.9 -4273073.8 4042495.2 2007-11-10 6759\n"
    "0ABI  68.3543    18.8164  431.347  2233557.5   761080.4 5906186.1 2008-03-29 5000 ABIS old\n"
)


def test_holdings_of_the_nevada_geodetic_laboratory(tmp_path):
    """Their last column, the name that a station has elsewhere, is empty in most rows."""
    path = tmp_path / "DataHoldings.txt"
    path.write_text(HOLDINGS)
    found = read_stations(path)
    assert found.station.values.tolist() == ["P090", "0ABI"]
    assert found.height.values.tolist() == [1503.649, 431.347]
    path.write_text(HOLDINGS.replace("-2447197.9 ", ""))
    with pytest.raises(InputError, match=r"line 2: 8 cells, but 10 headings"):
        read_stations(path)
    path.write_text(HOLDINGS.replace("2233557.5 ", "").replace("ABIS old", "ABIS"))
    with pytest.raises(InputError, match=r"line 3: 9 cells, but 10 headings"):
        read_stations(path)  # the number of solutions was the name elsewhere


def test_other_last_columns_are_as_they_were():
    lines = [(2, "A 47.0"), (3, "B 48.0 100.0")]
    assert with_whole_remarks(lines, ["station", "lat", "height"]) == lines
    with pytest.raises(InputError, match=r"a.txt, line 2: 2 cells, but 3 headings"):
        refuse_short("a.txt", lines, BLANKS, 3)
    refuse_short("a.csv", lines, ",", 3)
    assert "by commas where names have blanks" in too_many("a.txt", 3, 2, 3, BLANKS)
