"""Plausible delays on any grid, and what child processes need."""

import signal

import numpy as np
import xarray as xr


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
