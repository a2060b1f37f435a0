"""One way of refining a year of fields, in a process of its own: the child of ``convert.py``.

    python -m benchmarks.variants NAME FOLDER EPOCHS

Prints one line of JSON: CPU and wall seconds of the work (not of imports, loading or the first
slice), and the peak memory of the process.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

BATCH = 8


def series(folder: Path, epochs: int, kind: str = "nc") -> Path:
    """Find the input that holds so many epochs; the shortest one has 24."""
    return folder / f"in_{max(epochs, 24)}.{kind}"


def tropds(folder: Path, epochs: int) -> None:
    """TropDS's own way: all in memory, eager, NCHW, batches of 8, npy in and out."""
    import torch

    model = _plain(folder)
    fields = np.load(series(folder, epochs, "npy"))[:epochs]
    normal = (np.clip(fields, 0, 2.5) - 0) / (2.5 + 1e-8)
    out = np.zeros_like(normal)
    with torch.no_grad():
        for start in range(0, epochs, BATCH):
            batch = torch.from_numpy(normal[start : start + BATCH]).float()[:, None]
            out[start : start + BATCH] = model(batch)[:, 0].numpy()
    np.save(folder / "out_tropds.npy", out * 2.5)


def xbatcher(folder: Path, epochs: int) -> None:
    """Batches of xbatcher through the eager network, NetCDF in and out."""
    import torch
    import xarray as xr
    from xbatcher import BatchGenerator

    model = _plain(folder)
    ds = xr.open_dataset(series(folder, epochs)).isel(time=slice(0, epochs))
    out = []
    with torch.no_grad():
        for batch in BatchGenerator(ds, {"time": BATCH, "lat": 180, "lon": 360}):
            given = torch.from_numpy(batch.zhd.values / 2.5).float()[:, None]
            out.append(model(given)[:, 0].numpy() * 2.5)
    result = np.concatenate(out)
    part = ds.isel(time=slice(0, len(result)))
    _write(part.assign(zhd=part.zhd.copy(data=result)), folder / "out_xbatcher.nc")


def naive(folder: Path, epochs: int) -> None:
    """Load all, refine all, write all."""
    import torch
    import xarray as xr

    model = _plain(folder)
    ds = xr.open_dataset(series(folder, epochs)).isel(time=slice(0, epochs)).load()
    with torch.no_grad():
        given = torch.from_numpy(ds.zhd.values / 2.5).float()[:, None]
        parts = [model(part) for part in given.split(BATCH)]
    out = torch.cat(parts)[:, 0].numpy() * 2.5
    _write(ds.assign(zhd=ds.zhd.copy(data=out)), folder / "out_naive.nc")


def lazy(folder: Path, epochs: int) -> None:
    """``ds.tropds.downscale(...).tropds.to_netcdf(...)`` on dask chunks."""
    import tropdsx

    ds = tropdsx.open_delays(series(folder, epochs)).isel(time=slice(0, epochs))
    fine = ds.tropds.downscale(ds[["orography"]], model=folder / "net.safetensors")
    fine.tropds.to_netcdf(folder / "out_lazy.nc", overwrite=True)


def convert(folder: Path, epochs: int, *, compression: str = "zlib:1", model: str = "") -> None:
    """``tropdsx convert``, NetCDF in and out."""
    from tropdsx.workflows.convert.files import convert as run

    coarse = "coarse_" if model else ""
    grid = {} if model else {"target": folder / "in_24.nc"}
    run(
        folder / f"{coarse}in_{epochs}.nc",
        folder / "out_convert.nc",
        overwrite=True,
        model=model or folder / "net.safetensors",
        compression=compression,
        **grid,
    )


def convert_npy(folder: Path, epochs: int) -> None:
    """``tropdsx convert``, TropDS's npy in and out."""
    from tropdsx.workflows.convert.files import convert as run

    run(
        folder / f"in_{epochs}.npy",
        folder / "out_convert.npy",
        overwrite=True,
        model=folder / "net.safetensors",
    )


def pure(folder: Path, epochs: int, *, threads: bool = False) -> None:
    """Nothing but the forward passes, in one thread or in as many as convert uses."""
    from concurrent.futures import ThreadPoolExecutor

    from tropdsx.nn.checkpoint import load
    from tropdsx.predict.field import FieldNetwork
    from tropdsx.predict.session import Handle
    from tropdsx.system.workers import usable_cores

    run = FieldNetwork.from_checkpoint(load(folder / "net.safetensors"), Handle("", ""))
    fields = np.load(folder / "in_24.npy")
    blocks = [fields[k % 24 : k % 24 + BATCH] for k in range(0, epochs, BATCH)]
    with ThreadPoolExecutor(usable_cores() if threads else 1) as pool:
        for _ in pool.map(run, blocks):
            pass


def _plain(folder: Path):
    from tropdsx.nn.checkpoint import load

    return load(folder / "net.safetensors").module


def _write(ds, path: Path) -> None:
    storage = {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": (1, 180, 360)}
    ds.to_netcdf(path, encoding={"zhd": storage})


VARIANTS: dict[str, Callable[[Path, int], None]] = {
    "a": tropds,
    "b": tropds,
    "c": xbatcher,
    "d": naive,
    "e": lazy,
    "f": convert,
    "f zstd": lambda folder, n: convert(folder, n, compression="zstd"),
    "f npy": convert_npy,
    "default": lambda folder, n: convert(folder, n, model="default"),
    "physics": lambda folder, n: convert(folder, n, model="none"),
    "pure": pure,
    "pure threads": lambda folder, n: pure(folder, n, threads=True),
}


COMMANDS = ("f", "f zstd", "f npy", "default", "physics")


def peak_memory() -> float:
    """Peak resident memory of this process [MB].

    Not ru_maxrss where it can be helped: that starts with what the parent had when it forked.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    name, where, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    import tropdsx.workflows.convert.files  # noqa: F401 - imports are not part of the work

    if name in COMMANDS:  # what the command does before it calls convert
        from tropdsx.system.heap import share_one_heap

        share_one_heap()
    if name not in ("physics",):
        import torch

        torch.set_num_threads(1)
    work = VARIANTS[name]
    work(where, 24 if name in COMMANDS else BATCH)
    cpu, wall = time.process_time(), time.perf_counter()
    work(where, count)
    taken = {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "rss": peak_memory(),
    }
    print(json.dumps(taken))
