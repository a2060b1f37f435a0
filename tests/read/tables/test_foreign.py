"""What users take for tables, and what they are told."""

import pytest

from tropdsx.errors import InputError
from tropdsx.read.series.table import read_station_table
from tropdsx.read.stations import read_stations
from tropdsx.read.tables.foreign import describe_binary, describe_foreign

FOREIGN = {
    "#USM00072520 2022 03 09 00 2330   87 ncdc-nws ncdc-nws  405306  -802350\n21 -9999 97810B": (
        "IGRA soundings: profiles"
    ),
    "72520 PIT Pittsburgh Observations at 00Z 09 Mar 2022\n\n PRES HGHT TEMP": "Wyoming",
    "700142400 0.2035 0.2041 0.0004 .Station.ALGO.Trop.WetZ\n": "series reads as GipsyX",
    "700142400 0.2035 0.2041 0.0004 WETZTROP ALGO\n": "series reads as GipsyX",
    "$POS,2200,280800.000,1,4027893.1\n$TROP,2200,280800.000,1,1,2.4,0.0012\n": "file of RTKLIB",
    "* Estimated atmospheric values for ABMF. Height estimate: -25.6 m.\n": "series reads as GAMIT",
    "% program   : RTKPOST ver.2.4.3\n": "positions of RTKLIB, without delays",
    "INFO gLAB version: 5.5.1\nOUTPUT   2018  32      0.00\n": "results of gLAB",
    "%=TMS 1.0 NMA 2024:042:58344\n": "SINEX of positions in time",
    "TROPO_PATH_DELAY Exchange format v 1.2_TUVienna\n": "path delays of VLBI",
    "%=TRO 2.00 A\n": "series reads as SINEX_TRO",
    "COST-716 V2.2a           E-GVAP\n": "series reads as COST-716",
    " CODE\n---\n STATION NAME     FLG   YYYY MM DD  MOD_U\n": "series reads as Bernese TRP",
    "CODE\n----\nLOCAL GEODETIC DATUM: IGS14   EPOCH: 2021-01-30\n": "tropdsx.read_stations reads",
    f"{3.04:9.2f}{'':11}{'METEOROLOGICAL DATA':40}RINEX VERSION / TYPE\n": "RINEX; `tropdsx pwv`",
    '{"type": "FeatureCollection"}\n': "JSON; write a table",
    '[{"station": "A"}]\n': "JSON; write a table",
}


@pytest.mark.parametrize("text", FOREIGN)
def test_other_formats_are_named_with_the_way_out(tmp_path, text):
    path = tmp_path / "file.txt"
    path.write_text(text)
    for read in (read_stations, read_station_table):
        if "reads" in FOREIGN[text] and read is read_stations:
            continue  # stations of series are read
        with pytest.raises(InputError, match=r"is no table: it is .*" + FOREIGN[text]) as caught:
            read(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "station,lat,lon\n",
        "# A\nsite time ztd\n",
        "2021-01-01 2.3\n",
        "",
        "lat lon h id\n49 12 6 WETZ\n",
        "a,b\n[m],[m]\n",
    ],
)
def test_tables_are_no_foreign_text(text):
    assert describe_foreign(text) is None
    assert describe_binary(text.encode()) is None


@pytest.mark.parametrize(
    "data", [b"PAR1\x15", b"MATLAB 5.0 MAT-file", b"\x93NUMPY\x01", b"CDF\x01"]
)
def test_binary_files_are_named(tmp_path, data):
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    what = describe_binary(data)
    assert what
    with pytest.raises(InputError, match=what[:10]):
        read_station_table(path)
