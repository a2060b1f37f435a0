"""The geoid above the ellipsoid."""

import numpy as np
import pytest

from tropdsx.errors import DomainError
from tropdsx.geoid.undulation import geoid_undulation


def test_geoid():
    assert geoid_undulation(48.2, 16.37) == pytest.approx(45, abs=2)
    pole = geoid_undulation(90.0, [0.0, 123.0, -40.0])
    np.testing.assert_allclose(pole, pole[0], atol=0.6)
    np.testing.assert_allclose(
        geoid_undulation(-5.0, [-170.0, 190.0, 550.0]), geoid_undulation(-5.0, 190.0)
    )
    assert np.isnan(geoid_undulation(np.nan, 3.0))
    with pytest.raises(DomainError, match="latitude"):
        geoid_undulation(91.0, 0.0)
