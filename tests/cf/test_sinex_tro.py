"""Parameters of SINEX_TRO."""

from tropdsx.cf.sinex_tro import PARAMETERS, sigma_name


def test_names_and_units():
    codes = {"TROTOT": "ztd", "TRODRY": "zhd", "TROHYD": "zhd", "TROWET": "zwd"}
    codes |= {"TGNTOT": "gradient_north", "TGEWET": "gradient_east_wet"}
    assert {code: PARAMETERS[code].name for code in codes} == codes
    assert PARAMETERS["TGNTOT"].units_text == "1e+03"
    assert PARAMETERS["IWV"].units_text == "1"
    assert PARAMETERS["TGNTOT"].text(-0.00012345) == "  -0.123"
    assert sigma_name("zhd") == "zhd_sigma"
