"""Formats of series are told by their first lines, each by one."""

import pytest

from tropdsx.read.series.formats import FORMATS, format_of

HEADS = {
    "SINEX_TRO": "%=TRO 2.00 GOP\n",
    "COST-716": "COST-716 V2.2a           E-GVAP\n",
    "Bernese TRP": " CODE\n---\n STATION NAME     FLG   YYYY MM DD HH MM SS  MOD_U\n",
    "PRIDE PPP-AR (ztd_)": f"{'brux':60}STATION\n{'Static':60}POS MODE/PRIORI (meter)\n",
    "CSRS-PPP (.pos)": "HDR GRP\nDIR FRAME  STN   DAYofYEAR YEAR-MM-DD HR:MN:SS.SS NSV TZD(m)\n",
    "GipsyX and GIPSY (.tdp)": "375969900 1.0e-01 7.8e-02 2.4e-03 .Station.BRUX.Trop.WetZ\n",
    "GAMIT (met_)": "* Estimated atmospheric values for BRUX. Height estimate: 158.0 m.\n",
    "site-wise VMF": "BRUX 59580.25 0.00120000 0.00050000 2.2500 0.1000 1000.00 7.00 5.00\n",
}


def test_each_format_is_tried():
    assert {each.name for each in FORMATS} == set(HEADS)


@pytest.mark.parametrize("name", HEADS)
def test_one_format_each(name):
    assert [each.name for each in FORMATS if each.is_it(HEADS[name])] == [name]
    found = format_of(HEADS[name])
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "text",
    [
        "station,time,ztd\n",
        "$TROP,2200,280800.000,1,1,2.4,0.0012\n",
        "375969900 1.0e-01 7.8e-02 2.4e-03\n",
        "% program   : RTKPOST\n",
        "",
    ],
)
def test_others(text):
    assert format_of(text) is None
