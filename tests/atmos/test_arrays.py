"""What formulas take and refuse: latitudes, words, single precision, NaN."""

import numpy as np
import pytest

from tropdsx import atmos
from tropdsx.errors import DomainError, TropdsxError

from helpers.properties import mappings


@mappings
def test_latitudes_off_the_globe_are_errors(mapping):
    with pytest.raises(DomainError, match=r"latitude -91 found.*swapped"):
        mapping("2020-01-01", -91.0, 16.0, 45.0, 0.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: atmos.saastamoinen_zhd(1000.0, 100.0, 0.0),
        lambda: atmos.gpt("2020-01-01", 100.0, 0.0, 0.0),
        lambda: atmos.geopotential_to_height(1000.0, 100.0),
        lambda: atmos.lift_zhd_kouba(2.3, 100.0, 0.0, 1.0),
        lambda: atmos.lift_zhd(2.3, 100.0, 0.0, 1.0, 290.0),
        lambda: atmos.mendes_pavlis_zenith(1000.0, 10.0, 100.0, 0.0),
        lambda: atmos.apg(100.0, 0.0),
    ],
)
def test_every_formula_refuses_a_latitude_of_100(call):
    with pytest.raises(DomainError, match="latitude 100 found"):
        call()


def test_words_that_are_not_accepted_are_errors():
    with pytest.raises(DomainError, match="total, hydrostatic, wet"):
        atmos.chen_herring_gradient(30.0, 0.0, 1e-3, 0.0, "dry")
    with pytest.raises(DomainError, match="bevis, rueger, thayer"):
        atmos.refractivity(1000.0, 290.0, 10.0, "best")
    with pytest.raises(DomainError, match="'water' and 'ice'"):
        atmos.saturation_vapour_pressure(290.0, "snow")
    with pytest.raises(DomainError, match="'local', 'standard'"):
        atmos.lift_zhd(2.3, 48.0, 0.0, 1.0, 290.0, gravity="moon")
    assert issubclass(DomainError, TropdsxError)
    assert issubclass(DomainError, ValueError)


def test_single_precision_fields_stay_single():
    f = np.float32([2.3, 2.2])
    assert atmos.saastamoinen_zhd(f * 440, f, f).dtype == np.float32
    assert atmos.zwd_to_pwv(f, 280.0).dtype == np.float32
    assert atmos.lift_zwd(f, f, f, 2000.0).dtype == np.float32


def test_nan_propagates_through_the_plain_formulas():
    x = np.array([np.nan, 1.0])
    for value in (
        atmos.saastamoinen_zhd(1000 * x, 48.0, 0.0),
        atmos.saastamoinen_zwd(10.0, 290 * x),
        atmos.zwd_to_pwv(0.1 * x, 280.0),
        atmos.gpt("2020-01-01", 48 * x, 16.0, 0.0).pressure,
        atmos.refractivity(1000.0, 290 * x, 10.0).total,
        atmos.standard_ties(1000.0, 290.0, 10.0 * x, 48.0, 0.0, 10.0).ztd,
    ):
        np.testing.assert_array_equal(np.isnan(value), [True, False])
