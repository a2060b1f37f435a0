"""What a GPU changes: speed and numbers of both kinds of network, in each precision.

    python -m benchmarks.device --epochs 64

Simulated 5 degree fields become 1 degree ones on the CPU and, where there is one, on the GPU: with
the shipped nodal network, and with a U-Net of TropDS's size (random weights).
Printed as a Markdown table: epochs per second after a warm-up, and how far the result is from that
of the CPU in float32, with the name of the device. Missing values are shown as it makes them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import torch
import xarray as xr

import tropdsx
from tropdsx.nn.checkpoint import save
from tropdsx.nn.unet import UNet


def coarse_fields(epochs: int) -> xr.Dataset:
    """Simulate 5 degree delays on the shipped terrain."""
    times = np.datetime64("2022-07-01", "ns") + np.arange(epochs) * np.timedelta64(6, "h")
    lat, lon = np.arange(87.5, -90.0, -5.0), np.arange(2.5, 360.0, 5.0)
    heights = tropdsx.open_orography(tropdsx.assets.asset_path("orography_1deg"))
    terrain = heights.interp(lat=lat, lon=lon).fillna(0.0).astype(np.float64)
    ds = tropdsx.simulate(times, terrain["lat"], terrain["lon"], terrain, seed=1)
    attrs = {"units": "m", "standard_name": "height_above_reference_ellipsoid"}
    return ds.assign_coords(orography=(("lat", "lon"), terrain.to_numpy(), attrs)).load()


def field_network(folder: Path) -> Path:
    """Save a U-Net of width 32 with random weights."""
    torch.manual_seed(0)
    scale = {"low": 0.0, "high": 0.5}
    card = {"model_id": "random", "variables": ["zwd"], "units": "m", "normalisation": scale}
    return save(folder / "unet.safetensors", UNet(), card)


def measure(ds: xr.Dataset, model: str | Path, device: str, precision: str, batch: int) -> tuple:
    """Downscale twice: the second time counts."""
    options = {"model": model, "device": device, "precision": precision, "batch_size": batch}
    lazy = ds.chunk(time=batch)
    lazy.isel(time=slice(0, batch)).tropds.downscale(**options).compute()
    begin = time.perf_counter()
    fine = lazy.tropds.downscale(**options).compute()
    if device != "cpu":
        torch.cuda.synchronize()
    return fine["zwd"].to_numpy(), ds.sizes["time"] / (time.perf_counter() - begin)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    there = torch.cuda.is_available()
    name = torch.cuda.get_device_name() if there else "no GPU here"
    print(f"torch {torch.__version__}, {torch.get_num_threads()} CPU threads, {name}\n")
    if there:
        missing = (torch.zeros(1, device="cuda") / 0.0).cpu().numpy().view(np.uint32)[0]
        print(f"bits of 0/0: {missing:08x} (CPU: {np.float32(np.nan).view(np.uint32):08x})\n")
    ds = coarse_fields(given.epochs)
    print("| network | device, precision | epochs/s | ratio | largest difference [mm] | rms [mm] |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for kind, model in (("default", "default"), ("U-Net", field_network(Path(folder)))):
            runs = [("cpu", "float32")]
            runs += [("cuda", precision) for precision in ("float32", "tf32", "bf16") if there]
            reference, slow = None, 1.0
            for device, precision in runs:
                found, speed = measure(ds, model, device, precision, given.batch)
                if reference is None:
                    reference, slow = found, speed
                off = 1000.0 * (found.astype(np.float64) - reference)
                print(
                    f"| {kind} | {device}, {precision} | {speed:.2f} | {speed / slow:.1f} "
                    f"| {np.nanmax(np.abs(off)):.4f} | {np.sqrt(np.nanmean(off**2)):.4f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
