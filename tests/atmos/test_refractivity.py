"""Refractivity and its parts."""

import pytest

from tropdsx import atmos


def test_refractivity_splits_add_up_and_differ_by_k2():
    for name in ("bevis", "rueger", "thayer"):
        n = atmos.refractivity(1000.0, 290.0, 15.0, name)
        assert n.hydrostatic + n.wet == pytest.approx(n.total, rel=1e-15)
        assert n.dry + n.vapour == pytest.approx(n.total, rel=1e-15)
        assert n.vapour / n.wet == pytest.approx(1.035, abs=0.01)
    dry = atmos.refractivity(1000.0, 290.0, 0.0)
    assert dry.hydrostatic == dry.dry == dry.total
    own = atmos.RefractivityCoefficients(77.604, 64.79, 377600.0)
    assert atmos.refractivity(1000.0, 290.0, 15.0, own) == atmos.refractivity(
        1000.0, 290.0, 15.0, "thayer"
    )
