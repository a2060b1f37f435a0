import numpy as np

from tropdsx.workflows.reconstruct.oi.wet import add_wet


def test_wet_delays_stay_above_zero_where_they_were():
    zwd = np.array([0.01, 0.1, -0.001], np.float32)
    np.testing.assert_allclose(add_wet(zwd, np.full(3, -0.02)), [0.0, 0.08, -0.001], atol=1e-7)
    np.testing.assert_array_equal(add_wet(zwd, np.zeros(3)), zwd)
