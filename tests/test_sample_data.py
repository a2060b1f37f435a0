"""The sample files are what the committed script makes, and hold together."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tropdsx import assets
from tropdsx.atmos import geopotential_to_height, integrate_delays, saastamoinen_zhd
from tropdsx.read.delays import open_delays
from tropdsx.read.orography import open_orography

FOLDER = Path(__file__).resolve().parents[1] / "sample_data"
FILES = {
    "era5_ztd.nc",
    "era5_ztd_truth.nc",
    "era5_pl_sample.nc",
    "VMF3_20220701.H00",
    "VMF3_20220701.H06",
    "orography_sample_5x5",
}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="sample_data/ is not here")


@pytest.fixture(scope="module")
def make():
    spec = importlib.util.spec_from_file_location("make_samples", FOLDER / "make_samples.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def coarse():
    with xr.open_dataset(FOLDER / "era5_ztd.nc") as ds:
        return ds.load()


@pytest.fixture(scope="module")
def truth():
    with xr.open_dataset(FOLDER / "era5_ztd_truth.nc") as ds:
        return ds.load()


def test_files_are_small_and_listed():
    readme = (FOLDER / "README.md").read_text()
    for name in FILES:
        assert (FOLDER / name).is_file()
        assert name in readme or name == "VMF3_20220701.H06"
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 6e6
    assert (FOLDER / "era5_pl_sample.nc").stat().st_size < 500e3


@pytest.mark.parametrize("name", sorted(name for name in FILES if name.endswith(".nc")))
def test_they_say_that_they_are_simulated(name):
    with xr.open_dataset(FOLDER / name) as ds:
        assert "simulated" in ds.attrs["source"]
        assert "simulated" in ds.attrs["comment"]


def test_coarse_sample_is_made_again(make, coarse):
    again = make.coarse_delays(make.EPOCHS[3:5])
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(coarse[name][3:5], again[name], atol=2e-6)


def test_truth_is_made_again(make, truth):
    terrain = make.orography()[60:90]
    again = make.simulate(
        make.EPOCHS[make.TRUTH[1]], terrain["lat"], terrain["lon"], terrain, seed=make.SEED
    )
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(truth[name][1, 60:90], again[name][0], atol=2e-6)


def test_coarse_nodes_are_nodes_of_the_truth(coarse, truth):
    both = coarse.sel(valid_time=truth["valid_time"])
    np.testing.assert_array_equal(truth["latitude"][2::5], coarse["latitude"])
    np.testing.assert_array_equal(truth["longitude"][2::5], coarse["longitude"])
    np.testing.assert_array_equal(truth["orography"][2::5, 2::5], coarse["orography"])
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(truth[name][:, 2::5, 2::5], both[name], atol=1e-6)


def test_heights_are_those_of_the_default_target(truth):
    with xr.open_dataset(assets.asset_path("orography_1deg")) as shipped:
        np.testing.assert_array_equal(truth["orography"], shipped["orography"])


def test_axes_look_like_the_climate_data_store(coarse):
    assert coarse["zhd"].dims == ("valid_time", "latitude", "longitude")
    assert coarse["zhd"].dtype == np.float32
    assert {"number", "expver"} <= set(coarse.coords)
    assert coarse["latitude"][0] == 87.5
    assert coarse["zwd"].attrs["units"] == "m"


@pytest.mark.parametrize("hour", [0, 6])
def test_vmf_text_holds_the_same_epoch(make, coarse, hour):
    path = FOLDER / f"VMF3_20220701.H{hour:02d}"
    assert make.vmf_text(make.EPOCHS[hour // 6]) == path.read_text()
    grid = open_delays(path).load()
    here = coarse.isel(valid_time=hour // 6)
    assert grid["time"].to_numpy()[0] == here["valid_time"].to_numpy()
    np.testing.assert_allclose(grid["zhd"][0], here["zhd"], atol=6e-5)
    np.testing.assert_allclose(grid["zwd"][0], np.maximum(here["zwd"], 0.005), atol=6e-5)
    assert 1.1e-3 < float(grid["ah"].min()) < float(grid["ah"].max()) < 1.35e-3
    assert 4e-4 < float(grid["aw"].min()) < float(grid["aw"].max()) < 8e-4
    assert "SIMULATED" in path.read_text()


def test_vmf_orography_is_that_of_the_rows(coarse):
    heights = open_orography(FOLDER / "orography_sample_5x5")
    np.testing.assert_allclose(heights, coarse["orography"], atol=0.005)


def test_pressure_levels_are_made_again(make):
    again = make.pressure_levels(make.EPOCHS[:1])
    with xr.open_dataset(FOLDER / "era5_pl_sample.nc") as ds:
        for name in ("t", "q", "z", "sp", "t2m", "d2m"):
            np.testing.assert_allclose(ds[name][:1], again[name], rtol=2e-5)


@pytest.fixture(scope="module")
def levels():
    with xr.open_dataset(FOLDER / "era5_pl_sample.nc") as ds:
        return ds.load()


def test_pressure_levels_are_hydrostatic_and_moist(levels):
    virtual = levels["t"] * (1 + 0.608 * levels["q"])
    thickness = -np.log(levels["pressure_level"]).diff("pressure_level", label="upper")
    mean = 0.5 * (virtual + virtual.shift(pressure_level=1))
    found = levels["z"].diff("pressure_level", label="upper")
    low = found["pressure_level"] >= 300
    ratio = (found / (287.06 * mean * thickness)).where(low, drop=True)
    np.testing.assert_allclose(ratio, 1.0, atol=3e-3)
    assert float(levels["q"].min()) >= 0
    assert bool((levels["d2m"] <= levels["t2m"]).all())
    assert 60e3 < float(levels["sp"].min()) < float(levels["sp"].max()) < 104e3


def test_pressure_levels_integrate_to_the_delays(make, levels):
    lat = levels["latitude"].to_numpy()[:, None]
    terrain = make.carpathian_terrain()
    wanted = make.simulate(make.EPOCHS[0], terrain["lat"], terrain["lon"], terrain, seed=make.SEED)
    first = levels.isel(valid_time=0)
    height = geopotential_to_height(first["z"].to_numpy(), lat)
    ground = geopotential_to_height(first["z_surface"].to_numpy(), lat)
    delays = integrate_delays(
        first["pressure_level"].to_numpy(),
        first["t"].to_numpy(),
        first["q"].to_numpy(),
        height,
        ground,
        lat,
    )
    # 25 levels are coarse: about a millimetre.
    np.testing.assert_allclose(delays.zhd, wanted["zhd"][0], atol=2.5e-3)
    np.testing.assert_allclose(delays.zwd, wanted["zwd"][0], atol=4e-3)
    np.testing.assert_allclose(
        saastamoinen_zhd(first["sp"].to_numpy() / 100, lat, terrain), wanted["zhd"][0], atol=1e-5
    )
