"""Fixtures that many tests share: fields, a tiny checkpoint, real files."""

from collections.abc import Callable
from pathlib import Path

import dask
import hypothesis
import numpy as np
import pytest
import xarray as xr

import tropdsx  # noqa: F401 - registers the accessor

from helpers.fields import delays
from helpers.labelled import TIME
from helpers.paths import SHARED

# Examples are looked for in the package; what tests share has none, and some of it loads torch.
collect_ignore = ["helpers"]

# A busy machine is no failure of a property, and every run tries the same examples.
hypothesis.settings.register_profile("tropdsx", deadline=None, derandomize=True)
hypothesis.settings.load_profile("tropdsx")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real development files."""
    if not SHARED.is_dir():
        pytest.skip("the real development files (../shared) are not here")
    return SHARED


@pytest.fixture
def coarse() -> xr.Dataset:
    """Global 5 degree delays, three epochs six hours apart, with orography."""
    return delays(np.arange(87.5, -90.0, -5.0), np.arange(2.5, 360.0, 5.0))


@pytest.fixture
def small() -> xr.Dataset:
    """Global 10 degree delays, so that an epoch costs a millisecond."""
    return delays(np.arange(85.0, -90, -10.0), np.arange(5.0, 360, 10.0))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit after every block, of three epochs."""
    monkeypatch.setattr("tropdsx.write.growing_netcdf.COMMIT_SECONDS", 0.0)
    monkeypatch.setattr("tropdsx.workflows.convert.blocks.STEPS", 3)


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits so narrow that small corrections meet them, in silence."""
    monkeypatch.setattr("tropdsx.nn.cells.bounds.MOST", 0.2)
    monkeypatch.setattr("tropdsx.nn.cells.bounds.TOLD", 1.0)
    monkeypatch.setattr("tropdsx.predict.corrections.LEAST_SHARE", 0.99)


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
        f"rmse_{name}": torch.full((180, 360), 0.008 + k) for k, name in enumerate(("zhd", "zwd"))
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


@pytest.fixture
def labelled():
    """Delays, coefficients and gradients on a small grid, as a file might have them."""
    rng = np.random.default_rng(1)
    lat, lon = np.array([60.0, 50.0, -40.0]), np.array([-170.0, 10.0, 100.0, 350.0])
    shape = (3, 3, 4)
    dims = ("time", "lat", "lon")
    gradients = {
        f"gradient_{side}_{part}": (dims, 1e-3 * rng.normal(size=shape), {"units": "m"})
        for side in ("north", "east")
        for part in ("hydrostatic", "wet")
    }
    return xr.Dataset(
        {
            "zhd": (dims, rng.uniform(2.0, 2.3, shape), {"units": "m"}),
            "zwd": (dims, rng.uniform(5.0, 30.0, shape), {"units": "cm"}),
            "ah": (dims, rng.uniform(1.20e-3, 1.25e-3, shape)),
            "aw": (dims, rng.uniform(5e-4, 6e-4, shape)),
            "t2m": (dims, rng.uniform(-5.0, 25.0, shape), {"units": "degC"}),
            **gradients,
        },
        coords={
            "time": TIME,
            "lat": lat,
            "lon": lon,
            "orography": (("lat", "lon"), rng.uniform(0, 3000, (3, 4)), {"units": "m"}),
        },
    )


@pytest.fixture
def gpt_grid(shared, monkeypatch, tmp_path):
    monkeypatch.setenv("TROPDSX_DATA", str(shared / "data" / "gpt"))
    monkeypatch.setattr("tropdsx.assets.registry._cache", lambda: tmp_path)
    return shared / "data" / "gpt" / "gpt3_5.grd.xz"
