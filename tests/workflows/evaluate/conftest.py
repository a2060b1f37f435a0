"""True delays and fine ones with known noise."""

import numpy as np
import pytest

from helpers.evaluation import LAT, LON
from helpers.fields import delays


@pytest.fixture(scope="module")
def truth():
    return delays(LAT, LON, epochs=5)


@pytest.fixture(scope="module")
def fine(truth):
    rng = np.random.default_rng(0)
    out = truth.copy(deep=True)
    for name, size in (("zhd", 0.002), ("zwd", 0.01)):
        noise = rng.normal(0, size, out[name].shape).astype(np.float32)
        out[name].data = np.maximum(out[name].data + noise, 0)
    return out
