"""Measure the simulator against what was measured on VMF1 and VMF3.

``python -m benchmarks.simulator`` prints target and simulated values side by side as Markdown (the
table of ``docs/simulator.md``); two minutes on one core. With ``--data FOLDER`` the statistics of
the VMF files in that folder (``vmf1/vmf1_2x2.5_dev.nc``, ``vmf3/1x1/VMF3_20210101.H00.xz``) stand
beside them, computed by the same functions.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx import assets
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.run import downscale
from tropdsx.read.delays import open_delays
from tropdsx.read.orography import open_orography
from tropdsx.workflows.simulate.climate import scale_height
from tropdsx.workflows.simulate.delays import simulate

Array = NDArray[np.float64]
SEED = 1

#: Latitude bands of FACTS B2.5: mean and temporal standard deviation of ZWD at h = 0 [mm].
BANDS = {
    "66-90N": (66, 90, 21, 11),
    "46-66N": (46, 66, 49, 26),
    "26-46N": (26, 46, 102, 44),
    "10-26N": (10, 26, 179, 45),
    "0-10": (-10, 10, 299, 40),
    "10-26S": (-26, -10, 241, 51),
    "26-46S": (-46, -26, 147, 51),
    "46-66S": (-66, -46, 70, 31),
    "66-90S": (-90, -66, 21, 11),
}
#: Zonal sqrt(structure / 2) of ZWD over sea at 1, 2, 3, 5, 10 degrees [mm].
LAGS = (1, 2, 3, 5, 10)
STRUCTURE = {
    "tropics": ([(-10, 10)], (7.5, 13, 18, 23, 32)),
    "10-30N": ([(10, 30)], (9, 17, 22, 31, 45)),
    "40-60": ([(40, 60), (-60, -40)], (5.5, 10, 14, 20, 27)),
}
#: Slopes of the zonal spectrum: lowest, highest value, by range of wavenumber.
SLOPES = {(8, 40): (-2.6, -1.9), (20, 90): (-3.5, -2.3), (36, 150): (-4.7, -3.1)}


def inside(lat: Array, south: float, north: float) -> NDArray[np.bool_]:
    """Rows of a latitude band."""
    return (lat >= south) & (lat < north)


def moments(zwd: Array, lat: Array, south: float, north: float) -> tuple[float, float]:
    """Mean and root mean square temporal standard deviation in a band, shape (time, lat, lon)."""
    rows = inside(lat, south, north)
    weight = np.cos(np.deg2rad(lat[rows]))
    mean = np.average(zwd[:, rows].mean(axis=(0, 2)), weights=weight)
    variance = np.average(zwd[:, rows].var(axis=0).mean(axis=1), weights=weight)
    return float(mean), float(np.sqrt(variance))


def structure(zwd: Array, sea: NDArray[np.bool_], lat: Array, bands: list, lag: int) -> float:
    """Zonal sqrt(<d^2> / 2) at a lag in columns, over pairs of sea points."""
    rows = np.any([inside(lat, *band) for band in bands], axis=0)
    pairs = (sea & np.roll(sea, -lag, axis=1))[rows]
    difference = (np.roll(zwd, -lag, axis=2) - zwd)[:, rows][:, pairs]
    return float(np.sqrt((difference**2).mean() / 2))


def slope(zwd: Array, lat: Array, south: float, north: float, waves: tuple[int, int]) -> float:
    """Slope of the zonal power spectrum between two wavenumbers, in log-log."""
    rows = zwd[:, inside(lat, south, north)]
    power = (np.abs(np.fft.rfft(rows - rows.mean(axis=2, keepdims=True), axis=2)) ** 2).mean((0, 1))
    k = np.arange(waves[0], waves[1] + 1)
    # Even weight per octave, as the eye draws the line.
    return float(np.polyfit(np.log(k), np.log(power[k]), 1, w=1 / np.sqrt(k))[0])


def autocorrelation(zwd: Array, lat: Array, steps: int, south: float, north: float) -> float:
    """Correlation in time at fixed points, over equal steps."""
    rows = zwd[:, inside(lat, south, north)]
    anomaly = rows - rows.mean(axis=0)
    return float((anomaly[steps:] * anomaly[:-steps]).mean() / (anomaly**2).mean())


def drift(zwd: Array, lat: Array, south: float, north: float) -> float:
    """Drift of the patterns in 6 h from the phase of zonal waves 5 to 15 [degree per day]."""
    rows = zwd[:, inside(lat, south, north)]
    waves = np.fft.rfft(rows - rows.mean(axis=0), axis=2)[..., 5:16]
    turn = -np.angle((waves[1:] * waves[:-1].conj()).mean(axis=(0, 1)))
    weight = (np.abs(waves) ** 2).mean(axis=(0, 1))
    return float(np.average(np.rad2deg(turn) / np.arange(5, 16), weights=weight) * 4)


def physics_error(fine: xr.Dataset) -> tuple[float, float]:
    """RMSE [mm] of physics alone from every fifth node, over the nodes not given."""
    coarse = fine.isel(lat=slice(2, None, 5), lon=slice(2, None, 5))
    guess = downscale(
        coarse, Options(model=None, orography=fine["orography"].reset_coords(drop=True))
    )
    weight = np.cos(np.deg2rad(fine["lat"])) * xr.ones_like(fine["orography"])
    weight[2::5, 2::5] = 0.0
    errors = [((guess[v] - fine[v]) ** 2).weighted(weight).mean() for v in ("zhd", "zwd")]
    return tuple(1e3 * float(np.sqrt(error)) for error in errors)


def shipped() -> xr.DataArray:
    """1 degree orography of the package."""
    with xr.open_dataset(assets.asset_path("orography_1deg")) as table:
        return table["orography"].astype(float).load()


def epochs(start: str, count: int, step: int = 6) -> NDArray[np.datetime64]:
    """Epochs every few hours."""
    return np.datetime64(start, "ns") + np.arange(count) * np.timedelta64(step, "h")


def simulated() -> tuple[xr.Dataset, xr.Dataset]:
    """Series at 2 x 2.5 degrees (37 days), and 1 degree epochs of January, at h = 0."""
    lat, lon = np.arange(90.0, -90.1, -2.0), np.arange(0.0, 360.0, 2.5)
    flat = np.zeros((lat.size, lon.size))
    series = simulate(epochs("2022-03-09", 145), lat, lon, flat, seed=SEED)
    terrain = shipped()
    fine = simulate(
        epochs("2021-01-01", 12, 54), terrain["lat"], terrain["lon"], 0 * terrain, seed=SEED
    )
    return series, fine


def real(folder: Path) -> tuple[xr.Dataset, xr.Dataset]:
    """VMF1 series and VMF3 epochs, brought to h = 0 with the shipped scale height."""
    with xr.open_dataset(folder / "vmf1" / "vmf1_2x2.5_dev.nc") as table:
        series = table.sel(time=slice("2022-03-09", "2022-04-14T00")).load()
    fine = open_delays(sorted((folder / "vmf3" / "1x1").glob("*.xz"))).load()
    fine["orography"] = open_orography(folder / "orography" / "orography_ell_1x1")
    return tuple(
        ds.assign(zwd=ds["zwd"] * np.exp(ds["orography"] / _depth(ds))) for ds in (series, fine)
    )


def _depth(ds: xr.Dataset) -> Array:
    return scale_height(*(f.to_numpy() for f in xr.broadcast(ds["lat"], ds["lon"])))


def rows_of(
    series: xr.Dataset, winter: xr.Dataset, sea: Array
) -> Iterator[tuple[str, list[float]]]:
    """All statistics of one set of fields, named [mm, 1, degree per day]."""
    zwd, lat = 1e3 * series["zwd"].to_numpy().astype(float), series["lat"].to_numpy()
    for name, (south, north, *_) in BANDS.items():
        yield f"mean, sd {name}", list(moments(zwd, lat, south, north))
    fine, fine_lat = 1e3 * winter["zwd"].to_numpy().astype(float), winter["lat"].to_numpy()
    for name, (bands, _) in STRUCTURE.items():
        yield f"structure {name}", [structure(fine, sea, fine_lat, bands, lag) for lag in LAGS]
    for waves in SLOPES:
        bands = [(-10, 10), (10, 30), (-30, -10), (30, 60), (-60, -30)]
        yield f"slope k {waves[0]}-{waves[1]}", [slope(fine, fine_lat, *b, waves) for b in bands]
    for hours in (6, 24, 48):
        bands = [(-10, 10), (10, 30), (-30, -10), (30, 60), (-60, -30)]
        yield (
            f"autocorrelation {hours} h",
            [autocorrelation(zwd, lat, hours // 6, *band) for band in bands],
        )
    bands = [(-10, 10), (10, 20), (30, 60), (-60, -30)]
    yield "drift deg/day", [drift(zwd, lat, *band) for band in bands]


def target_of(name: str) -> str:
    """Text of what was measured on the real archives."""
    kind, _, rest = name.partition(" ")
    if kind == "mean,":
        mean, spread = BANDS[rest.removeprefix("sd ")][2:]
        return "19-23 / 10-12" if mean == 21 else f"{mean} / {spread}"
    if kind == "structure":
        return " / ".join(f"{value:g}" for value in STRUCTURE[rest][1])
    if kind == "slope":
        lowest, highest = SLOPES[tuple(map(int, rest.removeprefix("k ").split("-")))]
        return f"{lowest} to {highest}"
    known = {
        "autocorrelation 6 h": "0.7-0.87",
        "autocorrelation 24 h": "0.15-0.6",
        "autocorrelation 48 h": "0-0.4",
    }
    return known.get(name, "west in the tropics, east outside")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder with vmf1/, vmf3/, orography/")
    folder = parser.parse_args().data
    series, winter = simulated()
    sea = np.abs(shipped().to_numpy()) < 110.0
    columns = [dict(rows_of(series, winter, sea))]
    if folder:
        columns.append(dict(rows_of(*real(folder), sea)))
    print("| ZWD at h = 0 | target | simulated |" + (" VMF, same functions |" if folder else ""))
    print("| --- " * (2 + len(columns)) + "|")
    for name in columns[0]:
        digits = 2 if name.startswith(("slope", "auto")) else 1
        shown = [" / ".join(f"{v:.{digits}f}" for v in column[name]) for column in columns]
        print("| " + " | ".join([name, target_of(name), *shown]) + " |")
    for name, ratio in roughness().items():
        print(f"| summer / winter roughness {name}, 1 and 2 degrees | 1.5-2 | {ratio} |")
    terrain = shipped()
    lifted = simulate(epochs("2021-01-01", 2), terrain["lat"], terrain["lon"], terrain, seed=SEED)
    errors = [physics_error(lifted)]
    if folder:
        errors.append(physics_error(real_on_terrain(folder)))
    shown = " | ".join("{:.2f} / {:.2f}".format(*error) for error in errors)
    print(f"| physics alone 5 to 1 degree, ZHD / ZWD RMSE | 1.51 / 15.4 | {shown} |")


def real_on_terrain(folder: Path) -> xr.Dataset:
    """VMF3 epochs as they are."""
    fine = open_delays(sorted((folder / "vmf3" / "1x1").glob("*.xz"))).load()
    return fine.assign_coords(orography=open_orography(folder / "orography" / "orography_ell_1x1"))


def roughness() -> dict[str, str]:
    """Zonal structure of July over that of January in the north; three weathers of each."""
    lat, lon = np.arange(59.5, 30.0, -1.0), np.arange(0.5, 360.0)
    flat, sea = np.zeros((lat.size, lon.size)), np.ones((lat.size, lon.size), bool)
    january, july = (
        np.concatenate(
            [
                simulate(epochs(day, 10, 66), lat, lon, flat, seed=seed)["zwd"].to_numpy()
                for seed in (SEED, SEED + 1, SEED + 2)
            ]
        )
        for day in ("2021-01-01", "2021-07-01")
    )
    found = {}
    for name, band in {"30-50N": (30, 50), "40-60N": (40, 60)}.items():
        ratios = [
            structure(july, sea, lat, [band], lag) / structure(january, sea, lat, [band], lag)
            for lag in (1, 2)
        ]
        found[name] = " / ".join(f"{ratio:.2f}" for ratio in ratios)
    return found


if __name__ == "__main__":
    main()
