"""Make the sample files again: ``python sample_data/make_samples.py [FOLDER]``.

Everything is simulated by :func:`tropdsx.simulate` on the shipped 1 degree orography, so
that the fine truth of the coarse sample is known.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import xarray as xr

from tropdsx import assets
from tropdsx.atmos import gpt, height_to_geopotential, saastamoinen_zhd
from tropdsx.workflows.simulate.delays import simulate

SEED = 20220701
START = np.datetime64("2022-07-01T00", "ns")
EPOCHS = START + np.arange(8) * np.timedelta64(6, "h")
TRUTH = [0, 4]  # 2022-07-01 and -02, 00 UTC

DRY_AIR, WATER_RATIO, GRAVITY = 287.06, 0.622, 9.80665
LAPSE_RATE, STRATOSPHERE = 6.5e-3, 216.65
LEVELS = np.array(
    [
        1000,
        975,
        950,
        925,
        900,
        850,
        800,
        750,
        700,
        600,
        500,
        400,
        300,
        250,
        200,
        150,
        100,
        70,
        50,
        30,
        20,
        10,
        5,
        2,
        1,
    ],
    float,
)
EARTH_RADIUS = 6371e3
SAYS = (
    "All values are simulated (python sample_data/make_samples.py, seed 20220701): made to try out "
    "tropdsx, of no use as corrections. Not produced by ECMWF or TU Wien."
)


def orography() -> xr.DataArray:
    """Shipped heights of the 1 degree cells [m, ellipsoidal]."""
    with xr.open_dataset(assets.asset_path("orography_1deg")) as table:
        return table["orography"].astype("f8").load()


def cds_style(ds: xr.Dataset, title: str) -> xr.Dataset:
    """Names and axes as the Climate Data Store gives ERA5 since 2024."""
    out = ds.rename(time="valid_time", lat="latitude", lon="longitude")
    if "orography" in out.coords:
        out = out.reset_coords("orography")
        out["orography"] = out["orography"].astype("f4")
    out = out.assign_coords(
        number=((), np.int64(0), {"long_name": "ensemble member numerical id", "units": "1"}),
        expver=("valid_time", np.full(out.sizes["valid_time"], "0001", dtype="U4")),
    )
    out["valid_time"].attrs = {"long_name": "time", "standard_name": "time"}
    out["valid_time"].encoding = {
        "units": "seconds since 1970-01-01",
        "calendar": "proleptic_gregorian",
        "dtype": "int64",
    }
    out["latitude"].attrs |= {"long_name": "latitude", "stored_direction": "decreasing"}
    out["longitude"].attrs |= {"long_name": "longitude"}
    out.attrs |= {"Conventions": "CF-1.7", "title": title, "comment": SAYS}
    return out


def fine_delays(epochs: np.ndarray) -> xr.Dataset:
    """1 degree delays on the terrain."""
    terrain = orography()
    return simulate(epochs, terrain["lat"], terrain["lon"], terrain, seed=SEED)


def coarse_delays(epochs: np.ndarray) -> xr.Dataset:
    """5 degree delays: every fifth node of the 1 degree grid, same heights, same values."""
    terrain = orography()[2::5, 2::5]
    return simulate(epochs, terrain["lat"], terrain["lon"], terrain, seed=SEED)


def write(ds: xr.Dataset, path: Path) -> None:
    """Write NetCDF-4, compressed without loss."""
    packed = {"zlib": True, "complevel": 9, "shuffle": True}
    encoding = dict.fromkeys(ds.data_vars, packed)
    for name in ("latitude", "longitude"):
        encoding[name] = {"_FillValue": None}
    ds.to_netcdf(path, engine="netcdf4", encoding=encoding)


def vmf_rows(ds: xr.Dataset) -> str:
    """One epoch as the rows of a VMF3 grid, with mapping coefficients of a plausible size."""
    # ah grows with the depth of the air, aw with that of the vapour, both over the earth's radius.
    ah = 1.17e-3 + 2.2e-6 * (ds["temperature"] - 255.0).clip(-20.0)
    aw = xr.full_like(ah, 1.35 * 2500.0 / EARTH_RADIUS) + 0.15e-3 * ds["zwd"]
    lat, lon = np.meshgrid(ds["lat"], ds["lon"], indexing="ij")
    table = np.stack([lat, lon, ah, aw, ds["zhd"], ds["zwd"]]).reshape(6, -1).T
    rows = ["{:5.1f}  {:5.1f}  {:.8f}  {:.8f}  {:.4f}  {:.4f}".format(*row) for row in table]
    return "\n".join(rows) + "\n"


def vmf_text(epoch: np.datetime64) -> str:
    """One epoch of the 5 degree grid in the format of the VMF Data Server."""
    terrain = orography()[2::5, 2::5]
    ds = simulate(
        epoch,
        terrain["lat"],
        terrain["lon"],
        terrain,
        seed=SEED,
        variables=("zhd", "zwd", "temperature"),
        floor=0.005,
    ).isel(time=0)
    date = epoch.astype("datetime64[s]").item()
    header = (
        "! Version:            1.0\n"
        f"! Source:             tropdsx.simulate, seed {SEED} (SIMULATED, not TU Wien)\n"
        "! Data_types:         VMF3 (lat lon ah aw zhd zwd)\n"
        f"! Epoch:              {date:%Y %m %d %H %M}  0.0\n"
        "! Scale_factor:       1.e+00\n"
        "! Range/resolution:   -87.5 87.5 2.5 357.5 5 5\n"
        "! Comment:            simulated sample in VMF3 format, heights: orography_sample_5x5\n"
    )
    return header + vmf_rows(ds)


def orography_text() -> str:
    """Heights of the 5 degree nodes, plain numbers in the order of the VMF3 rows."""
    return "".join(f"{height:7.2f}\n" for height in orography().to_numpy()[2::5, 2::5].ravel())


def carpathian_terrain() -> xr.DataArray:
    """Smooth heights over the Carpathians at 0.25 degree [m, ellipsoidal]."""
    axes = {"lat": np.arange(51.0, 45.99, -0.25), "lon": np.arange(20.0, 25.01, 0.25)}
    return orography().interp(axes, method="linear")


def pressure_levels(epochs: np.ndarray) -> xr.Dataset:
    """Temperature, humidity and geopotential that integrate to the simulated delays.

    The air cools by 6.5 K per km up to an isothermal stratosphere; vapour falls exponentially; the
    geopotential is the hydrostatic integral from the surface pressure.
    """
    terrain = carpathian_terrain()
    delays = simulate(
        epochs,
        terrain["lat"],
        terrain["lon"],
        terrain,
        seed=SEED,
        variables=("zhd", "zwd", "temperature"),
    )
    lat = terrain["lat"].to_numpy()[:, None]
    undulation = gpt(START, lat, terrain["lon"].to_numpy()[None], 0.0).geoid_undulation
    height = terrain.to_numpy() - undulation
    zhd, zwd, warmth = (delays[name].to_numpy().astype(float) for name in delays)
    surface = zhd / saastamoinen_zhd(1.0, lat, terrain.to_numpy())
    columns = column(surface, warmth, zwd, height_to_geopotential(height, lat))
    dims = ("time", "pressure_level", "lat", "lon")
    fields = {
        name: (dims, np.moveaxis(columns[name], 0, 1).astype("f4"), attrs)
        for name, attrs in PROFILES.items()
    }
    fields |= {
        name: (("time", "lat", "lon"), columns[name].astype("f4"), attrs)
        for name, attrs in SURFACE.items()
    }
    geopotential = height_to_geopotential(height, lat).astype("f4")
    fields["z_surface"] = (
        ("lat", "lon"),
        geopotential,
        {"long_name": "Geopotential at the surface", "units": "m**2 s**-2"},
    )
    level = (
        "pressure_level",
        LEVELS,
        {"long_name": "pressure", "units": "hPa", "positive": "down"},
    )
    coords = {name: delays[name] for name in ("time", "lat", "lon")} | {"pressure_level": level}
    return xr.Dataset(fields, coords, {"source": delays.attrs["source"]})


PROFILES = {
    "t": {"long_name": "Temperature", "units": "K", "standard_name": "air_temperature"},
    "q": {
        "long_name": "Specific humidity",
        "units": "kg kg**-1",
        "standard_name": "specific_humidity",
    },
    "z": {"long_name": "Geopotential", "units": "m**2 s**-2", "standard_name": "geopotential"},
}
SURFACE = {
    "sp": {"long_name": "Surface pressure", "units": "Pa", "standard_name": "surface_air_pressure"},
    "t2m": {"long_name": "2 metre temperature", "units": "K"},
    "d2m": {"long_name": "2 metre dewpoint temperature", "units": "K"},
}


def column(
    surface: np.ndarray, warmth: np.ndarray, zwd: np.ndarray, ground: np.ndarray
) -> dict[str, np.ndarray]:
    """Profiles above a surface of known pressure [hPa], temperature [K] and wet delay [m]."""
    # Layers thin enough (20 to 30 m near the ground) for a trapezoid; level 0 is below any ground.
    pressure = np.exp(np.linspace(np.log(1060.0), np.log(LEVELS[-1]), 1801))
    pressure = np.unique(np.concatenate([pressure, LEVELS]))[::-1].reshape(-1, *[1] * surface.ndim)
    # Height above ground if the air were dry: near enough to shape the profiles.
    exponent = DRY_AIR * LAPSE_RATE / GRAVITY
    temperature = np.maximum(warmth * (pressure / surface) ** exponent, STRATOSPHERE)
    above = (warmth - temperature) / LAPSE_RATE
    above += (
        DRY_AIR
        * STRATOSPHERE
        / GRAVITY
        * np.log(np.maximum(surface / pressure * (STRATOSPHERE / warmth) ** (1 / exponent), 1.0))
    )
    shape = np.exp(-above / 2200.0)
    wetness = 1e-6 * (22.97 + 375463.0 / temperature) / temperature * shape
    drop = np.clip(np.log(surface / pressure), 0.0, None)
    thickness = np.diff(drop, axis=0) * DRY_AIR / GRAVITY
    mean = 0.5 * (wetness * temperature)[1:] + 0.5 * (wetness * temperature)[:-1]
    ground_vapour = zwd / (mean * thickness).sum(axis=0)
    vapour = np.minimum(ground_vapour * shape, 0.99 * saturation(temperature))
    humidity = WATER_RATIO * vapour / (pressure - (1 - WATER_RATIO) * vapour)
    virtual = temperature * (1 + (1 / WATER_RATIO - 1) * humidity)
    step = DRY_AIR * 0.5 * (virtual[1:] + virtual[:-1]) * -np.diff(np.log(pressure), axis=0)
    geopotential = np.concatenate([np.zeros((1, *surface.shape)), np.cumsum(step, axis=0)])
    geopotential += ground - at_surface(geopotential, pressure, surface)
    here = np.isin(pressure.ravel(), LEVELS)
    low = np.minimum(ground_vapour, 0.99 * saturation(warmth))
    return {
        "t": temperature[here],
        "q": humidity[here],
        "z": geopotential[here],
        "sp": surface * 100.0,
        "t2m": warmth,
        "d2m": dew_point(low),
    }


def at_surface(values: np.ndarray, pressure: np.ndarray, surface: np.ndarray) -> np.ndarray:
    """Value at the surface pressure, linear in its logarithm."""
    logarithm = -np.log(pressure.ravel())
    found = [
        np.interp(-np.log(p), logarithm, v)
        for p, v in zip(surface.ravel(), values.reshape(len(values), -1).T, strict=True)
    ]
    return np.reshape(found, surface.shape)


def saturation(temperature: np.ndarray) -> np.ndarray:
    """Saturation vapour pressure over water [hPa], Magnus."""
    celsius = temperature - 273.15
    return 6.112 * np.exp(17.62 * celsius / (243.12 + celsius))


def dew_point(vapour: np.ndarray) -> np.ndarray:
    """Temperature at which this vapour pressure [hPa] saturates [K]."""
    logarithm = np.log(vapour / 6.112)
    return 243.12 * logarithm / (17.62 - logarithm) + 273.15


def make(folder: Path) -> None:
    """Write all sample files into a folder."""
    folder.mkdir(exist_ok=True)
    write(
        cds_style(coarse_delays(EPOCHS), "Simulated 5 degree zenith delays in the style of ERA5"),
        folder / "era5_ztd.nc",
    )
    write(
        cds_style(fine_delays(EPOCHS[TRUTH]), "Simulated 1 degree truth of era5_ztd.nc"),
        folder / "era5_ztd_truth.nc",
    )
    levels = cds_style(
        pressure_levels(EPOCHS[:2]), "Simulated pressure levels in the style of ERA5"
    )
    write(levels, folder / "era5_pl_sample.nc")
    for epoch in EPOCHS[:2]:
        date = epoch.astype("datetime64[s]").item()
        (folder / f"VMF3_{date:%Y%m%d.H%H}").write_text(vmf_text(epoch), encoding="ascii")
    (folder / "orography_sample_5x5").write_text(orography_text(), encoding="ascii")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
