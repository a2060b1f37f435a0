"""What a conversion costs: TropDS's own way, the usual ways with xarray, and tropdsx convert.

    python -m benchmarks.convert [--epochs 24,240,1460] [--rounds 5,2,1] [--width 32]
                                 [--variants "a,b,d,e,f"]

Each variant runs in a process of its own, one after the other and round by round, so that a change
of the machine's speed meets all of them; ratios are taken within a round. CPU seconds are those of
the work alone, after imports and a warm-up. One torch thread in each worker, everywhere.

(a) TropDS: eager, NCHW, batch 8, npy; (b) the same with glibc's allocator tuned to keep memory;
(c) xbatcher and torch; (d) load all with xarray; (e) lazy dask; (f) tropdsx convert, zlib 1, and
with zstd and npy; "pure": the forward passes alone. "default" and "physics" convert zhd and zwd
from 5 to 1 degree with the default network and with none.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

TUNED = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592"}
HERE = Path(__file__).parent
EVERY = "a,b,c,d,e,f,f zstd,f npy,pure,pure threads,default,physics"


def fields(epochs: int, rows: int = 180, columns: int = 360) -> np.ndarray:
    """Fields that look like ZHD, float32 up to 2.4 m."""
    lat = np.linspace(89.5, -89.5, rows)[:, None]
    lon = np.linspace(0.5, 359.5, columns)[None, :]
    hills = np.maximum(0.0, np.sin(np.radians(3 * lon)) * np.cos(np.radians(2 * lat))) * 3000.0
    base = 2.3 * np.exp(-hills / 8000.0)
    time = np.arange(epochs)[:, None, None]
    wave = np.sin(np.radians(5 * lon + 20 * time)) * np.cos(np.radians(lat)) * 0.03
    noise = np.random.default_rng(0).normal(0, 1e-3, (epochs, rows, columns))
    return (base + wave + noise).astype(np.float32)


def prepare(folder: Path, width: int, lengths: list[int]) -> None:
    """Make the network and the inputs."""
    import torch
    import xarray as xr

    from tropdsx.nn.checkpoint import save
    from tropdsx.nn.unet import UNet

    torch.manual_seed(0)
    net = UNet(width=width).train()
    with torch.no_grad():
        for _ in range(4):  # batch norms see fields, as training leaves them
            net(torch.from_numpy(fields(2) / 2.5)[:, None])
    card = {
        "model_id": f"unet{width}",
        "variables": ["zhd"],
        "units": "m",
        "normalisation": {"low": 0.0, "high": 2.5},
    }
    save(folder / "net.safetensors", net.eval(), card)
    for epochs in sorted({24, *lengths}):
        _series(folder, epochs, xr)


def _series(folder: Path, epochs: int, xr) -> None:
    time = np.datetime64("2022-01-01", "ns") + np.arange(epochs) * np.timedelta64(6, "h")
    for name, step, first in (("", 1.0, 0.5), ("coarse_", 5.0, 2.5)):
        lat, lon = np.arange(90 - first, -90, -step), np.arange(first, 360, step)
        zhd = fields(24, lat.size, lon.size)[np.arange(epochs) % 24]
        dims = ("time", "lat", "lon")
        ds = xr.Dataset(
            {"zhd": (dims, zhd, {"units": "m"})}, {"time": time, "lat": lat, "lon": lon}
        )
        if name:
            ds["zwd"] = (dims, np.maximum(zhd - 1.9, 0.01), {"units": "m"})
        ds["orography"] = (("lat", "lon"), np.zeros(zhd.shape[1:]), {"units": "m"})
        storage = {
            "zlib": True,
            "complevel": 1,
            "shuffle": True,
            "chunksizes": (1, lat.size, lon.size),
        }
        ds.to_netcdf(
            folder / f"{name}in_{epochs}.nc",
            encoding=dict.fromkeys({"zhd", "zwd"} & set(ds), storage),
        )
        if not name:
            np.save(folder / f"in_{epochs}.npy", zhd)


def peak() -> float | None:
    """Fused multiply-adds of one core [GFLOP/s]; None without a C compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "fma"
        flags = ["-O3", "-march=native", "-ffast-math", "-funroll-all-loops"]
        vectors = ["-mprefer-vector-width=512"] if "gcc" in compiler else []
        subprocess.run([compiler, *flags, *vectors, HERE / "fma.c", "-o", program], check=True)
        return float(subprocess.run([program], capture_output=True, check=True).stdout)


def flops(width: int) -> float:
    """Floating point operations of a forward pass of the U-Net on 180 x 360 [1]."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from tropdsx.nn.unet import UNet

    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        UNet(width=width).eval()(torch.zeros(1, 1, 180, 360))
    return float(counter.get_total_flops())


def run(variant: str, folder: Path, epochs: int) -> dict[str, float]:
    """Run one variant in a process of its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if variant == "b":
        environment |= TUNED
    command = [sys.executable, "-m", "benchmarks.variants", variant, str(folder), str(epochs)]
    ran = subprocess.run(
        command, env=environment, cwd=HERE.parent, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        sys.exit(f"variant {variant} failed:\n{ran.stderr[-2000:]}")
    return json.loads(ran.stdout.splitlines()[-1])


def spread(values: list[float], digits: int = 2) -> str:
    """Median with the least and the greatest."""
    return (
        f"{statistics.median(values):.{digits}f} "
        f"({min(values):.{digits}f}-{max(values):.{digits}f})"
    )


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", default="24", help="lengths of the series: 24,240,1460")
    parser.add_argument("--rounds", default="5", help="for each length: 5,2,1")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument(
        "--variants",
        default=EVERY,
        help="comma-separated; in a series of lengths a semicolon separates what runs at each",
    )
    given = parser.parse_args()
    lengths = [int(text) for text in given.epochs.split(",")]
    rounds = _for_each([int(text) for text in given.rounds.split(",")], lengths)
    variants = _for_each(given.variants.split(";"), lengths)
    memory: dict[str, dict[int, float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        prepare(folder, given.width, lengths)
        floor = flops(given.width)
        print(f"U-Net of width {given.width}, 180 x 360: {floor / 1e9:.2f} GFLOP a slice")
        for length, count, text in zip(lengths, rounds, variants, strict=True):
            found, peaks = measure(folder, length, count, text)
            report(floor, length, found, peaks)
            for name, runs in found.items():
                memory.setdefault(name, {})[length] = max(r["rss"] for r in runs)
    if len(lengths) > 1:
        print("peak MB by length of the series")
        for name, by_length in memory.items():
            known = [f"{n}: {m:.0f}" for n, m in by_length.items()]
            longest = sorted(by_length)[-2:]
            ratio = by_length[longest[-1]] / by_length[longest[0]]
            print(f"{name:<14}{', '.join(known)}; {longest[-1]} / {longest[0]}: {ratio:.3f}")


def _for_each(given: list, lengths: list[int]) -> list:
    return given * len(lengths) if len(given) == 1 else given


def measure(folder: Path, epochs: int, rounds: int, variants: str) -> tuple[dict, list[float]]:
    """Run the variants round by round."""
    names = [name.strip() for name in variants.split(",")]
    if "c" in names:
        try:
            import xbatcher  # noqa: F401 - only whether it is there
        except ImportError:
            print("(c) left out: xbatcher is not installed (pip install '.[bench]')")
            names.remove("c")
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    peaks = []
    for number in range(rounds):
        peaks.append(peak())
        for name in names:
            found[name].append(run(name, folder, epochs))
        print(f"{epochs} epochs: round {number + 1} of {rounds}", file=sys.stderr)
    return found, [p for p in peaks if p is not None]


def report(work: float, epochs: int, found: dict, peaks: list[float]) -> None:
    """Print floor, table and ratios for one length."""
    floors = [work / p / 1e6 for p in peaks]
    rounds = len(next(iter(found.values())))
    print(f"\n{epochs} epochs, {rounds} rounds; median (least-greatest)")
    if peaks:
        print(f"FMA peak of a core: {spread(peaks, 0)} GFLOP/s; floor {spread(floors, 0)} ms")
    print(f"{'variant':<14}{'CPU ms/epoch':>24}{'wall ms/epoch':>24}{'peak MB':>20}")
    for name, runs in found.items():
        cells = [spread([1e3 * r[k] / epochs for r in runs], 1) for k in ("cpu", "wall")]
        memory = spread([r["rss"] for r in runs], 0)
        print(f"{name:<14}{cells[0]:>24}{cells[1]:>24}{memory:>20}")
    print()
    cpu = {name: np.array([r["cpu"] for r in runs]) for name, runs in found.items()}
    wall = {name: np.array([r["wall"] for r in runs]) for name, runs in found.items()}
    for label, top, below, what in (
        ("a / f, CPU", "a", "f", cpu),
        ("b / f, CPU", "b", "f", cpu),
        ("a / f npy, CPU", "a", "f npy", cpu),
        ("b / f npy, CPU", "b", "f npy", cpu),
        ("d / f, CPU", "d", "f", cpu),
        ("e / f, CPU", "e", "f", cpu),
        ("pure / f, CPU", "pure", "f", cpu),
        ("pure / f zstd, CPU", "pure", "f zstd", cpu),
        ("f / pure threads, wall", "f", "pure threads", wall),
        ("f zstd / pure threads, wall", "f zstd", "pure threads", wall),
        ("default / f, CPU", "default", "f", cpu),
    ):
        if top in what and below in what:
            print(f"{label:<26}{spread(list(what[top] / what[below])):>20}")
    for name in ("pure", "f", "f zstd"):
        if peaks and name in cpu:
            ratio = 1e3 * cpu[name] / epochs / np.array(floors)
            print(f"{name + ' / floor, CPU':<26}{spread(list(ratio)):>20}")


if __name__ == "__main__":
    main()
