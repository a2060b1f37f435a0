"""Fields to learn from, which no test changes."""

import numpy as np
import pytest
import xarray as xr

from helpers.fields import delays

LAT, LON = np.arange(90, -91, -6.0), np.arange(0, 360, 7.5)


@pytest.fixture(scope="session")
def fine():
    """Waves that travel east: between the nodes there is something to learn."""
    ds = delays(LAT, LON, 16)
    rng = np.random.default_rng(0)
    waves = np.zeros((16, LAT.size, LON.size))
    for _ in range(40):
        k, m, p = rng.integers(2, 12), rng.integers(1, 12), rng.uniform(0, 6.3)
        hour = np.arange(16)[:, None, None]
        waves += np.cos(np.radians(k * LON + m * LAT[:, None]) + p + 0.3 * hour)
    ds["zwd"] = (
        (0.15 + 0.004 * waves * np.cos(np.radians(LAT))[:, None]).astype("f4")
        * np.exp(-ds.orography.values / 2000).astype("f4")
        * xr.ones_like(ds.zwd)
    )
    return ds


@pytest.fixture(scope="session")
def short():
    """Fewer and coarser fields, for runs of which the outcome does not matter."""
    return delays(np.arange(90, -91, -10.0), np.arange(0, 360, 15.0), 12)
