"""Fixtures that many tests share: fields, a tiny checkpoint, real files."""

import signal
from collections.abc import Callable
from pathlib import Path

import dask
import hypothesis
import numpy as np
import pytest
import xarray as xr

import tropdsx  # noqa: F401 - registers the accessor

# A busy machine is no failure of a property, and every run tries the same examples.
hypothesis.settings.register_profile("tropdsx", deadline=None, derandomize=True)
hypothesis.settings.load_profile("tropdsx")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real development files."""
    if not SHARED.is_dir():
        pytest.skip("the real development files (../shared) are not here")
    return SHARED


def interruptible() -> None:
    """In a child process: let SIGINT interrupt, also where the tests run in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def waves(lat: np.ndarray, lon: np.ndarray, seed: int = 0) -> np.ndarray:
    """A smooth field on the sphere, about -1..1: random plane waves in three dimensions."""
    rng = np.random.default_rng(seed)
    phi, lam = np.deg2rad(lat)[:, None], np.deg2rad(lon)[None, :]
    place = np.stack(
        [np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi) + 0 * lam], axis=-1
    )
    field = np.zeros(place.shape[:2])
    for _ in range(24):
        field += np.cos(place @ (rng.normal(size=3) * 6.0) + rng.uniform(0, 6.3))
    return field / 12.0


def delays(lat: np.ndarray, lon: np.ndarray, epochs: int = 3, *, hilly: bool = True) -> xr.Dataset:
    """Plausible delays of several epochs over hills."""
    orography = np.maximum(0.0, 2500.0 * waves(lat, lon, 99)) * hilly
    scale = np.exp(-orography / 8000.0)
    zhd = [(2.3 + 0.03 * waves(lat, lon, k)) * scale for k in range(epochs)]
    zwd = [
        (0.05 + 0.2 * np.cos(np.deg2rad(lat))[:, None] ** 2)
        * np.exp(0.3 * waves(lat, lon, 50 + k) - orography / 2000.0)
        for k in range(epochs)
    ]
    time = np.datetime64("2022-03-09", "ns") + np.arange(epochs) * np.timedelta64(6, "h")
    dims = ("time", "lat", "lon")
    return xr.Dataset(
        {
            "zhd": (dims, np.array(zhd, np.float32), {"units": "m"}),
            "zwd": (dims, np.array(zwd, np.float32), {"units": "m"}),
            "orography": (("lat", "lon"), orography, {"units": "m"}),
        },
        coords={"time": time, "lat": lat, "lon": lon},
    )


@pytest.fixture
def coarse() -> xr.Dataset:
    """Global 5 degree delays, three epochs six hours apart, with orography."""
    return delays(np.arange(87.5, -90.0, -5.0), np.arange(2.5, 360.0, 5.0))


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A nodal network with random weights and RMSE maps: corrections of some millimetres."""
    import torch

    from tropdsx.nn.checkpoint import save
    from tropdsx.nn.nodal import NodalNet
    from tropdsx.predict.channels import CHANNELS

    torch.manual_seed(0)
    net = NodalNet(in_channels=len(CHANNELS), width=8, blocks=1, places=4, slopes=2, spreads=2)
    with torch.no_grad():
        net.head.weight.normal_(std=0.2)
    maps = {
        f"rmse_{name}": torch.full((180, 360), 0.001 + k) for k, name in enumerate(("zhd", "zwd"))
    }
    card = {
        "model_id": "tiny",
        "variables": ["zhd", "zwd"],
        "units": "m",
        "channels": list(CHANNELS),
        "coarse_spacing": [2, 10],
        "validation": {
            "validation_period": "2022-04-08/2022-04-14",
            "validation_reference": "random weights, for tests",
        },
    }
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    return save(path, net, card, tensors=maps)


@pytest.fixture
def no_compute() -> Callable[..., None]:
    """Scheduler under which any computation fails."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a dask array was computed")

    with dask.config.set(scheduler=refuse):
        yield refuse
