"""End to end, as users do it: files in, CF files out, on simulated and on real input."""

import importlib
import pkgutil

import dask
import numpy as np
import pytest
import xarray as xr

import tropdsx
from tropdsx.errors import GridError, OutputError, TropdsxWarning
from tropdsx.workflows.convert.files import convert

from helpers.compliance import check_compliance
from helpers.fields import delays

LAT1, LON1 = np.arange(89.5, -90.0, -1.0), np.arange(0.5, 360.0)
UNKNOWN = np.ones((180, 360), bool)
UNKNOWN[2::5, 2::5] = False


def rmse(fine, truth, mask=UNKNOWN):
    """Area-weighted, over points that are not input [mm]."""
    weight = np.cos(np.deg2rad(LAT1))[:, None] * mask
    error = np.asarray(fine, float) - np.asarray(truth, float)
    return 1e3 * np.sqrt((error**2 * weight).sum() / weight.sum())


# ---------------------------------------------------------------------------------- real input


@pytest.mark.realdata
@pytest.mark.parametrize("hour", ["H00", "H06"])
def test_vmf3_physics_and_network(shared, tmp_path, hour):
    """VMF3 5 -> 1 degree: physics within 1.6 / 15.6 mm, a network that never saw it well below."""
    score = {}
    for model in ("none", "heldout"):
        out = convert(
            shared / f"data/vmf3/5x5/VMF3_20210101.{hour}.xz",
            tmp_path / f"{model}.nc",
            coarse_orography=shared / "data/orography/orography_ell_5x5",
            orography=shared / "data/orography/orography_ell_1x1",
            model=model,
        )
        truth = tropdsx.open_delays(shared / f"data/vmf3/1x1/VMF3_20210101.{hour}.xz").load()
        with xr.open_dataset(out) as fine:
            score[model] = [rmse(fine[v][0], truth[v][0]) for v in ("zhd", "zwd")]
            given = tropdsx.open_delays(shared / f"data/vmf3/5x5/VMF3_20210101.{hour}.xz")
            np.testing.assert_array_equal(fine.zwd.values[:, 2::5, 2::5], given.zwd.values)
    assert score["none"][0] <= 1.6
    assert score["none"][1] <= 15.6
    assert score["heldout"][0] <= 1.35
    assert score["heldout"][1] <= 13.6


@pytest.mark.realdata
def test_card_of_the_heldout_network_is_true(shared):
    """Each VMF1 test score of the card, measured again from the file."""
    from tropdsx.assets.registry import find_path
    from tropdsx.cf.time.epochs import in_period
    from tropdsx.nn.checkpoint import load
    from tropdsx.workflows.train.data import read_fine_fields
    from tropdsx.workflows.train.nodal.pairs import make_pair_sets
    from tropdsx.workflows.train.nodal.scores import apply_network, score

    loaded = load(find_path("heldout"))
    fine = read_fine_fields(shared / "data/vmf1/vmf1_2x2.5_dev.nc")
    pairs = make_pair_sets(in_period(fine, ["2024-02-11/2024-02-14"]), (2, 2), phase=(1, 1))[0]
    found = score(apply_network(loaded.module, pairs), loaded.card["sigma_factor"])
    told = loaded.card["scores"]["test 2x2"]
    for name in ("zhd_single_mm", "zwd_single_mm", "zwd_neighbours_mm", "zwd_physics_mm"):
        assert found[name] == pytest.approx(told[name], rel=2e-3)
    assert load(find_path("default")).card["scores_of"]["sha256"] == loaded.card["sha256"]


@pytest.mark.realdata
@pytest.mark.slow
def test_vmf1_of_203_epochs_in_one_command(shared, tmp_path):
    out = convert(shared / "data/vmf1/vmf1_2x2.5_dev.nc", tmp_path / "fine.nc")
    with xr.open_dataset(out) as fine:
        assert dict(fine.sizes)["time"] == 203
        assert float(fine.zhd.min()) > 0.5
        assert not bool(np.isnan(fine.zwd[::50]).any())


# ----------------------------------------------------------------------------- orientations


def orientations(ds):
    """The same field twelve ways."""
    west = ds.assign_coords(lon=(ds.lon + 180) % 360 - 180).sortby("lon")
    repeated = xr.concat(
        [ds, ds.isel(lon=[0]).assign_coords(lon=ds.lon[[0]] + 360)], "lon", data_vars="minimal"
    )
    millimetres = ds.assign(
        {v: (ds[v].astype("f8") * 1e3).assign_attrs(units="mm") for v in ("zhd", "zwd")}
    )
    yield "as is", ds
    yield "south first", ds.isel(lat=slice(None, None, -1))
    yield "-180..180", west
    yield "-180..180 south first", west.isel(lat=slice(None, None, -1))
    yield "repeated column", repeated
    yield "lon lat time", ds.transpose("lon", "lat", "time")
    yield "ERA5 names", ds.rename(lat="latitude", lon="longitude", time="valid_time")
    yield (
        "ensemble dims",
        ds.assign({v: ds[v].expand_dims(number=[0], expver=[1]) for v in ("zhd", "zwd")}),
    )
    yield "millimetres", millimetres
    yield "starting at 100 E", ds.roll(lon=-20, roll_coords=True)
    yield "float32 axes", ds.assign_coords(lat=ds.lat.astype("f4"), lon=ds.lon.astype("f4"))
    yield "east first", ds.isel(lon=slice(None, None, -1))


def test_twelve_orientations_give_the_same_numbers(coarse, tiny_checkpoint):
    base = coarse.tropds.downscale(model=tiny_checkpoint)
    count = 0
    for name, ds in orientations(coarse):
        out = ds.tropds.downscale(model=tiny_checkpoint)
        names = {"latitude": "lat", "longitude": "lon", "valid_time": "time"}
        out = out.rename({k: v for k, v in names.items() if k in out.dims})
        again = out.assign_coords(lon=out.lon % 360).drop_duplicates("lon")
        again = again.sortby("lon").sortby("lat", ascending=False)
        for v in ("zhd", "zwd"):
            np.testing.assert_allclose(
                again[v].transpose("time", "lat", "lon"), base[v], rtol=0, atol=1e-6, err_msg=name
            )
        rising = bool(np.asarray(ds["lat" if "lat" in ds.dims else "latitude"])[0] < 0)
        assert bool(out.lat[0] < 0) == rising, name
        count += 1
    assert count == 12


class Double:
    """NumPy whose single precision is double precision."""

    def __getattr__(self, name):
        return getattr(np, "float64" if name == "float32" else name)


def in_double_precision(coarse, model, monkeypatch):
    """First guess and network without any float32 but that of what the network sees."""
    import torch

    from tropdsx import reduce
    from tropdsx.assets.registry import find_path
    from tropdsx.grid.edges import find_edges
    from tropdsx.nn.checkpoint import load
    from tropdsx.nn.points import Targets
    from tropdsx.pipeline.target import resolve_target
    from tropdsx.predict.channels import node_input
    from tropdsx.predict.points import locate_targets
    from tropdsx.reduce import cells as reduce_cells
    from tropdsx.reduce.lift import reduce_to_orography

    target = resolve_target(1.0, coarse).fine
    with monkeypatch.context() as patch:
        for module in pkgutil.iter_modules(reduce.__path__, "tropdsx.reduce."):
            if hasattr(importlib.import_module(module.name), "np"):
                patch.setattr(f"{module.name}.np", Double())
        reduce_cells.cells_of.cache_clear()
        guess = reduce_to_orography(coarse, target)
        reduce_cells.cells_of.cache_clear()
    assert guess["zhd"].dtype == np.float64
    if model == "none":
        return guess
    lat, lon, height = (coarse[n].values for n in ("lat", "lon", "orography"))
    mesh = [m.ravel() for m in np.meshgrid(LAT1, LON1, indexing="ij")]
    zhd, zwd = coarse["zhd"].values, coarse["zwd"].values

    def moved(field, by):
        return np.stack(
            [
                field[t + by] if 0 <= t + by < len(field) else np.nan * field[0]
                for t in range(len(field))
            ]
        )

    given = node_input(
        zhd,
        zwd,
        height,
        lat,
        lon,
        before=(moved(zhd, -1), moved(zwd, -1)),
        after=(moved(zhd, 1), moved(zwd, 1)),
    )
    table = locate_targets(lat, lon, height, *mesh, target["orography"].values.ravel())
    parts = [torch.from_numpy(part) for part in table]
    targets = Targets(parts[0], *(part.double() for part in parts[1:]))
    net = load(find_path(model)).module.double()
    with torch.inference_mode():
        mean, _ = net(
            *(torch.from_numpy(g).double() for g in given), targets, tuple(find_edges(lat, lon))
        )
    for k, name in enumerate(("zhd", "zwd")):
        guess[name] = guess[name] + mean[:, k].numpy().reshape(guess[name].shape)
    return guess


@pytest.mark.parametrize("model", ["none", "default"])
def test_float32_costs_less_than_a_twentieth_of_a_millimetre(coarse, tmp_path, monkeypatch, model):
    """Every route, against the same formulas and the same weights in double precision."""
    given = coarse.astype(np.float32)
    truth = in_double_precision(given.astype(float), model, monkeypatch)
    name = None if model == "none" else model
    given.to_netcdf(tmp_path / "in.nc")
    routes = {
        "eager": given.tropds.downscale(model=name),
        "lazy": given.chunk(time=1).tropds.downscale(model=name),
        "convert": xr.open_dataset(convert(tmp_path / "in.nc", model=model)),
    }
    for route, fast in routes.items():
        for delay in ("zhd", "zwd"):
            off = 1e3 * np.abs(fast[delay].values.astype(float) - truth[delay].values)
            assert off.max() <= 0.05, (route, delay)
    routes["convert"].close()


def test_own_nodes_come_back_bit_for_bit(coarse):
    ds = coarse.assign_coords(lat=coarse.lat + 1e-7, lon=coarse.lon - 180.0)
    out = ds.tropds.downscale(ds[["lat", "lon", "orography"]], model=None)
    np.testing.assert_array_equal(out.lat, ds.lat)
    np.testing.assert_array_equal(out.lon, ds.lon)
    np.testing.assert_allclose(out.zwd, ds.zwd, atol=1e-6)


def test_a_user_grid_keeps_its_own_axes(coarse):
    lat, lon = np.array([44.1, 44.6, 45.1]), np.array([-11.3, -10.3, -9.3, -8.3])
    grid = xr.Dataset(
        {"height": (("y_lat", "x_lon"), np.full((3, 4), 250.0), {"units": "m"})},
        {
            "latitude": ("y_lat", lat, {"units": "degrees_north"}),
            "longitude": ("x_lon", lon, {"units": "degrees_east"}),
        },
    )
    out = coarse.tropds.downscale(grid, model=None)
    assert out.zwd.dims == ("time", "y_lat", "x_lon")
    np.testing.assert_array_equal(out.latitude, lat)
    np.testing.assert_array_equal(out.longitude, lon)
    assert float(out.orography.mean()) == 250.0


def test_regional_box_across_the_antimeridian(coarse):
    box = coarse.sel(lat=slice(20, -40)).roll(lon=36, roll_coords=True)
    box = box.assign_coords(lon=(box.lon + 180) % 360 - 180).isel(lon=slice(30, 42))
    east = coarse.sel(lat=slice(20, -40)).sel(lon=np.sort(box.lon.values % 360))
    a = box.roll(lon=0).tropds.downscale(model=None)
    b = coarse.tropds.downscale(model=None)
    both = b.sel(lat=a.lat)
    assert a.sizes["lon"] < 360
    assert east.sizes["lon"] == 12
    some = a.zwd.isel(lon=a.sizes["lon"] // 2)
    there = both.zwd.sel(lon=float(some.lon) % 360)
    np.testing.assert_allclose(
        some.isel(lat=slice(12, 40)), there.isel(lat=slice(12, 40)), atol=1e-6
    )


# ------------------------------------------------------------------------------------- laziness


def test_nothing_is_computed_until_asked(coarse, tiny_checkpoint, tmp_path, no_compute):
    coarse.to_netcdf(tmp_path / "in.nc")
    ds = xr.open_dataset(tmp_path / "in.nc", chunks={"time": 1})
    out = ds.tropds.downscale(model=tiny_checkpoint, ztd=True)
    assert out.zhd.chunksizes["time"] == (1, 1, 1)


def test_file_path_and_lazy_path_agree(coarse, tiny_checkpoint, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    written = convert(tmp_path / "in.nc", model=tiny_checkpoint)
    assert written == tmp_path / "in_tropdsx.nc"
    with xr.open_dataset(written) as fine:
        memory = coarse.tropds.downscale(model=tiny_checkpoint)
        for v in ("zhd", "zwd"):
            np.testing.assert_array_equal(fine[v], memory[v])


@pytest.mark.slow
def test_two_process_cluster(coarse, tiny_checkpoint, tmp_path):
    from distributed import Client, LocalCluster

    from tropdsx.nn.checkpoint import load_card
    from tropdsx.predict import session

    sha256 = load_card(tiny_checkpoint)["sha256"]
    here = coarse.tropds.downscale(model=tiny_checkpoint, target=5.0)
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",
            local_directory=str(tmp_path),
        ) as cluster,
        Client(cluster) as client,
    ):
        lazy = coarse.chunk(time=1).tropds.downscale(model=tiny_checkpoint, target=5.0)
        there = lazy.compute()
        counts = client.run(session.count_loads, sha256)
        path = lazy.tropds.to_netcdf(tmp_path / "cluster.nc")
    xr.testing.assert_allclose(here.drop_attrs(), there.drop_attrs(), atol=1e-7)
    assert set(counts.values()) <= {0, 1}
    assert sum(counts.values()) >= 1
    with xr.open_dataset(path) as written:
        np.testing.assert_allclose(written.zwd, here.zwd, atol=1e-7)


# -------------------------------------------------------------------------------------- writing


@pytest.mark.parametrize("box", [False, True], ids=["global", "box"])
def test_output_is_compliant_and_carries_its_provenance(coarse, tiny_checkpoint, tmp_path, box):
    ds = coarse.sel(lat=slice(60, 30), lon=slice(0, 40)) if box else coarse
    ds.to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", model=tiny_checkpoint, ztd=True)
    check_compliance(out)
    found = tropdsx.read_provenance(out)
    assert found["model"]["id"] == "tiny"
    assert found["inputs"][0]["name"] == "in.nc"
    assert found["parameters"]["ztd"] is True
    with xr.open_dataset(out) as fine:
        assert fine.zwd.attrs["ancillary_variables"]
        assert fine.zwd_rmse.attrs["validation_reference"] == "random weights, for tests"


def test_reference_replaces_the_rmse_maps(coarse, tiny_checkpoint, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    truth = coarse.tropds.downscale(model=None)
    truth["zwd"] = truth.zwd + np.float32(0.01)
    truth.tropds.to_netcdf(tmp_path / "truth.nc")
    out = convert(tmp_path / "in.nc", reference=tmp_path / "truth.nc", model=None)
    with xr.open_dataset(out) as fine:
        np.testing.assert_allclose(fine.zwd_rmse, 0.01, atol=1e-6)
        np.testing.assert_allclose(fine.zhd_rmse, 0.0, atol=1e-6)
        assert "truth.nc" in fine.zwd_rmse.attrs["validation_reference"]
    check_compliance(out)


def test_zarr_in_and_out(coarse, tmp_path):
    coarse.to_zarr(tmp_path / "in.zarr", consolidated=False)
    out = convert(tmp_path / "in.zarr", tmp_path / "out.zarr", model=None, target=5.0)
    with xr.open_zarr(out) as fine:
        np.testing.assert_allclose(
            fine.zwd, coarse.tropds.downscale(5.0, model=None).zwd, atol=1e-7
        )


def test_existing_output_is_refused_before_any_work(coarse, tmp_path, no_compute):
    (tmp_path / "in_tropdsx.nc").write_text("mine")
    coarse.to_netcdf(tmp_path / "in.nc")
    with pytest.raises(OutputError, match="overwrite"):
        convert(tmp_path / "in.nc")
    assert (tmp_path / "in_tropdsx.nc").read_text() == "mine"


def test_several_files_are_joined_along_time(coarse, tmp_path):
    for k in range(3):
        coarse.isel(time=[k]).to_netcdf(tmp_path / f"part{k}.nc")
    out = convert(str(tmp_path / "part*.nc"), tmp_path / "all.nc", model=None, target=5.0)
    with xr.open_dataset(out) as fine:
        np.testing.assert_array_equal(fine.time, coarse.time)


# ---------------------------------------------------------------------------------- what if not


def test_no_coarse_orography(coarse, monkeypatch, tmp_path):
    monkeypatch.delenv("TROPDSX_DATA", raising=False)
    monkeypatch.setattr("tropdsx.assets.registry._cache", lambda: tmp_path)
    bare = coarse.drop_vars("orography")
    with pytest.raises(GridError, match="coarse_orography="):
        bare.tropds.downscale(model=None)
    plain = bare.tropds.downscale(coarse_orography="none", model=None)
    assert '"coarse_orography": "none"' in plain.attrs["tropdsx_parameters"]


def test_known_vmf_orography_is_found(coarse, monkeypatch, tmp_path):
    np.savetxt(tmp_path / "orography_ell_5x5", coarse.orography.values.ravel(), fmt="%8.2f")
    monkeypatch.setenv("TROPDSX_DATA", str(tmp_path))
    bare = coarse.drop_vars("orography")
    with pytest.raises(GridError, match="coarse_orography="):
        bare.tropds.downscale(model=None, target=5.0)  # another product, perhaps
    bare.attrs["data_types"] = "VMF3 (lat lon ah aw zhd zwd)"
    with pytest.warns(TropdsxWarning, match="orography_ell_5x5 as found"):
        out = bare.tropds.downscale(model=None, target=5.0)
    assert "sha256" in out.attrs["tropdsx_notes"]
    np.testing.assert_allclose(out.zwd, coarse.tropds.downscale(5.0, model=None).zwd, atol=1e-5)


def test_total_delay_needs_both(coarse):
    with pytest.raises(GridError, match="needs zhd and zwd"):
        coarse.drop_vars("zhd").tropds.downscale(model=None, ztd=True)


def test_finer_than_the_shipped_heights_is_said(coarse):
    with pytest.warns(TropdsxWarning, match="1 degree cell means"):
        coarse.sel(lat=slice(60, 30), lon=slice(0, 40)).tropds.downscale(0.5, model=None)


@pytest.mark.parametrize("spacing", [0, -1, 7, 0.7])
def test_spacing_must_divide(coarse, spacing):
    with pytest.raises(GridError, match="divide 180"):
        coarse.tropds.downscale(spacing, model=None)


def test_same_parameters_same_numbers(coarse, tiny_checkpoint):
    with dask.config.set(scheduler="synchronous"):
        a, b = (coarse.tropds.downscale(5.0, model=tiny_checkpoint) for _ in range(2))
    np.testing.assert_array_equal(a.zwd, b.zwd)
    assert a.attrs["tropdsx_parameters"] == b.attrs["tropdsx_parameters"]


def test_delays_of_a_single_epoch_without_time():
    ds = delays(np.arange(87.5, -90.0, -5.0), np.arange(2.5, 360.0, 5.0), epochs=1)
    with pytest.warns(TropdsxWarning, match="no time found"):
        out = ds.isel(time=0, drop=True).tropds.downscale(5.0, model=None)
    assert out.zwd.dims == ("lat", "lon")


def test_files_have_standard_names_in_the_callers_orientation(coarse, tmp_path):
    ds = coarse.rename(lat="latitude", lon="longitude", time="valid_time")
    ds = ds.isel(latitude=slice(None, None, -1)).transpose("longitude", "latitude", "valid_time")
    ds.to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", model=None, target=5.0)
    with xr.open_dataset(out) as fine:
        assert fine.zwd.dims == ("time", "lat", "lon")
        assert float(fine.lat[0]) == -87.5
        np.testing.assert_array_equal(fine.time, coarse.time)
    check_compliance(out)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("model", "zhd", "zwd"), [("gpt3", 1.6, 16.5), ("kouba", 4.0, 16.0), ("tau_gama", 1.6, 15.6)]
)
def test_other_height_models_on_real_grids(shared, monkeypatch, model, zhd, zwd):
    monkeypatch.setenv("TROPDSX_DATA", str(shared / "data/gpt"))
    choice = shared / "data/height_models/vmf_lapse_models.nc" if model == "tau_gama" else model
    ds = tropdsx.open_delays(shared / "data/vmf3/5x5/VMF3_20210101.H00.xz")
    truth = tropdsx.open_delays(shared / "data/vmf3/1x1/VMF3_20210101.H00.xz").load()
    fine = ds.tropds.downscale(
        coarse_orography=shared / "data/orography/orography_ell_5x5",
        orography=shared / "data/orography/orography_ell_1x1",
        model=None,
        height_model=choice,
    )
    assert rmse(fine.zhd[0], truth.zhd[0]) <= zhd
    assert rmse(fine.zwd[0], truth.zwd[0]) <= zwd
