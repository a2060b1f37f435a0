"""Parameters of SINEX_TRO."""

import numpy as np

from tropdsx.cf.sinex_tro import PARAMETERS, sigma_name, spell_epoch


def test_names_and_units():
    codes = {"TROTOT": "ztd", "TRODRY": "zhd", "TROHYD": "zhd", "TROWET": "zwd"}
    codes |= {"TGNTOT": "gradient_north", "TGEWET": "gradient_east_wet"}
    assert {code: PARAMETERS[code].name for code in codes} == codes
    assert PARAMETERS["TGNTOT"].units_text == "1e+03"
    assert PARAMETERS["IWV"].units_text == "1"
    assert PARAMETERS["TGNTOT"].text(-0.00012345) == "  -0.123"
    assert sigma_name("zhd") == "zhd_sigma"


def test_epochs_at_the_end_of_leap_years():
    times = np.array(["2020-12-31T23:59:59.9", "2021-01-01"], "datetime64[ns]")
    assert [spell_epoch(time) for time in times] == ["2020:366:86399", "2021:001:00000"]
