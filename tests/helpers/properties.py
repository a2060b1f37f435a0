"""Any place, day and mapping function, for tests of what must hold for all of them."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from tropdsx import atmos

few = settings(max_examples=20, deadline=None)
LAT, LON = st.floats(-90, 90), st.floats(-180, 360)
HEIGHT, ELEVATION = st.floats(-100, 5000), st.floats(3, 90)
DAY = st.integers(0, 20000).map(lambda d: np.datetime64("1980-01-01") + np.timedelta64(d, "D"))


# Every mapping function as a function of (time, lat, lon, elevation, height).
MAPPINGS = {
    "vmf1": lambda t, la, lo, el, h: atmos.vmf1(1.2e-3, 5e-4, t, la, el, h),
    "vmf3": lambda t, la, lo, el, h: atmos.vmf3(1.2e-3, 5e-4, t, la, lo, el, h),
    "gmf": lambda t, la, lo, el, h: atmos.gmf(t, la, lo, h, el),
    "niell": lambda t, la, lo, el, h: atmos.niell(t, la, el, h),
}

mappings = pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS.keys())
