"""A sea of three modes whose first one shows at the surface."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places

DEPTHS = np.array([2.0, 10.0, 30.0, 80.0, 200.0, 500.0, 1000.0])


@pytest.fixture(scope="session")
def sea():
    """18 x 20 nodes by seven depths; the bottom rises to the east, and a corner is land."""
    rng = np.random.default_rng(0)
    axes = {
        "depth": ("depth", DEPTHS, {"units": "m", "positive": "down", "axis": "Z"}),
        "latitude": np.linspace(45.0, 53.5, 18),
        "longitude": np.linspace(-20.0, -10.5, 20),
    }
    lat, lon = np.meshgrid(axes["latitude"], axes["longitude"], indexing="ij")
    places = Places.at(lat, lon)
    known = Covariance(local=1.0, local_length=250.0, local_power=1.2, regional=0.0)
    root = np.linalg.cholesky(known.between(places, places) + 1e-6 * np.eye(lat.size))
    scores = np.stack([root @ rng.normal(size=lat.size) for _ in range(3)], axis=1)
    patterns = np.stack([
        2.0 * np.exp(-DEPTHS / 60.0), 1.0 * np.exp(-((DEPTHS - 200) / 250.0) ** 2),
        0.5 * DEPTHS / 1000.0,
    ])  # fmt: skip
    values = 4.0 + 10.0 * np.exp(-DEPTHS / 300.0) + scores @ patterns
    cube = values.T.reshape(DEPTHS.size, 18, 20)
    bottom = 2500.0 - 120.0 * np.arange(20.0)
    cube = np.where(DEPTHS[:, None, None] <= bottom, cube, np.nan)
    cube[:, :3, :3] = np.nan
    attrs = {"units": "degrees_C", "standard_name": "sea_water_potential_temperature"}
    when = np.datetime64("2024-02-29", "ns")
    return xr.DataArray(cube, axes, list(axes), "thetao", attrs).assign_coords(time=when)


@pytest.fixture(scope="session")
def seen(sea):
    """Forty of its columns."""
    flat = sea.stack(profile=("latitude", "longitude")).reset_index("profile")
    flat = flat.rename(latitude="lat", longitude="lon").transpose("profile", "depth")
    there = np.flatnonzero(np.isfinite(flat[:, 0]))
    chosen = np.sort(np.random.default_rng(1).choice(there, 40, replace=False))
    return flat.isel(profile=chosen)
