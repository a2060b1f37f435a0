"""Exported patches: bit for bit, in flat memory, as the layout wants them."""

import csv
import json
import time
import tracemalloc

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError, GridError, OutputError, TropdsxWarning
from tropdsx.workflows.patches.files.export import export_patches
from tropdsx.workflows.patches.files.index import SEED_COLUMNS
from tropdsx.workflows.patches.files.store import open_patches
from tropdsx.workflows.patches.splits import Split


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def source(folder, row):
    with xr.open_dataset(row["source_file"]) as ds:
        y0, x0, size = (int(row[name]) for name in ("y0", "x0", "edge_size"))
        return ds.thetao.isel(
            time=int(row["time_index"]),
            depth=json.loads(row["selected_depth_indices"]),
            lat=slice(y0, y0 + size),
            lon=[(x0 + step) % 18 for step in range(size)],
        ).load()


def test_a_store_holds_what_isel_gives(january):
    out = export_patches(
        f"{january}/part_*.nc", january / "out.zarr", variable="thetao", size=6, stride=3,
        levels=[1000, 10], split=Split("time", {"val": 0.34}, days=1.0),
    )  # fmt: skip
    rows = rows_of(january / "out.index.csv")
    # 3 rows by 6 columns of windows at 6 times; at one time the gap fills one, and half of four.
    gap = {(int(r["y0"]), int(r["x0"])) for r in rows if r["time"] == "2024-03-02T00:00:00"}
    assert len(gap) < 18
    assert len(rows) == 6 * 18 - (18 - len(gap))
    with xr.open_zarr(out, consolidated=True) as store:
        assert dict(store.sizes) == {"patch": len(rows), "level": 2, "y": 6, "x": 6}
        assert store.thetao.attrs["units"] == "degrees_C"
        np.testing.assert_array_equal(store.level, [1000, 10])
        names = store.split.attrs["flag_meanings"].split()
        for row in rows:
            at = store.isel(patch=int(row["patch"]))
            assert at.thetao.values.tobytes() == source(january, row).values.tobytes()
            assert at.time.values == np.datetime64(row["time"])
            assert names[int(at.split)] == row["split"]
    assert {row["time"][:10] for row in rows} >= {"2024-02-29"}


def test_a_folder_has_the_layout_of_the_seed(january):
    out = export_patches(
        f"{january}/part_*.nc", january / "out", variable="thetao", size=6, max_nodata=0.5
    )
    rows = rows_of(out / "patch_index_with_paths.csv")
    assert tuple(rows[0])[: len(SEED_COLUMNS)] == SEED_COLUMNS
    assert rows[7]["path"] == "y_npy/00000007.npy"
    assert (rows[0]["bands"], rows[0]["selected_depth_indices"]) == ("4", "[0, 1, 2, 3]")
    assert json.loads(rows[0]["selected_depth_values"]) == [0.5, 10, 100, 1000]
    for row in rows:
        wanted = source(january, row).values
        stored = np.load(out / row["path"])
        assert (stored.dtype, stored.shape) == (np.float32, (4, 6, 6))
        np.testing.assert_array_equal(stored, np.nan_to_num(wanted, nan=0.0))
        assert float(row["nodata_fraction"]) == np.isnan(wanted).mean()
        assert float(row["valid_fraction"]) == 1 - np.isnan(wanted).mean()
    assert len(list((out / "y_npy").iterdir())) == len(rows)


def test_a_true_zero_is_no_land_and_the_fill_is(january):
    out = export_patches(f"{january}/part_*.nc", january / "out", variable="thetao", size=9)
    for number, row in enumerate(rows_of(out / "patch_index_with_paths.csv")):
        again = open_patches(out, "train")[number]
        np.testing.assert_array_equal(again, source(january, row).values)
    first = open_patches(out, "train")
    assert any((each == 0.0).any() for each in first)
    assert any(np.isnan(each).any() for each in first)


def test_statistics_know_nothing_of_what_is_held_back(january):
    split = Split("time", {"val": 0.34}, days=1.0)
    given = {"variable": "thetao", "size": 6, "split": split}
    out = export_patches(f"{january}/part_*.nc", january / "a.zarr", **given)
    kept, held = open_patches(out, "train"), open_patches(out, "val")
    values = np.stack([kept[n] for n in range(len(kept))])
    np.testing.assert_allclose(kept.statistics.mean, np.nanmean(values, (0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(kept.statistics.std, np.nanstd(values, (0, 2, 3)), rtol=1e-6)
    days = {row["time"] for row in held.index}
    assert not days & {row["time"] for row in kept.index}
    for number in range(2):
        with xr.open_dataset(january / f"part_{number}.nc") as ds:
            ds.load()
        told = [str(t)[:19] in days for t in ds.time.values.astype("M8[s]")]
        ds["thetao"] = ds.thetao + 100.0 * xr.DataArray(told, dims="time").astype("f4")
        ds.to_netcdf(january / f"other_{number}.nc")
    other = export_patches(f"{january}/other_*.nc", january / "b.zarr", **given)
    assert open_patches(other, "val").statistics == kept.statistics


@pytest.mark.parametrize("name", ["out.zarr", "out"])
def test_memory_is_below_two_steps(tmp_path, name):
    axes = {"time": np.arange("2024-01-01", "2024-01-04", dtype="M8[D]").astype("M8[ns]")}
    axes |= {"lat": np.linspace(80, -80, 800), "lon": np.linspace(0, 100, 1000)}
    values = np.random.default_rng(0).random((3, 800, 1000), dtype="f4")
    xr.Dataset({"zwd": (list(axes), values)}, axes).to_netcdf(tmp_path / "in.nc")
    step = values[0].nbytes
    del values
    given = {"variable": "zwd", "size": 100, "overwrite": True}
    export_patches(tmp_path / "in.nc", tmp_path / name, **given)  # imports
    tracemalloc.start()
    export_patches(tmp_path / "in.nc", tmp_path / name, **given)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 1 < peak / step < 2  # 1.4


def test_a_day_of_hours_takes_seconds(tmp_path):
    axes = {"time": np.datetime64("2024-02-29", "ns") + np.arange(24) * np.timedelta64(1, "h")}
    axes |= {"lat": 89.5 - np.arange(180.0), "lon": 0.5 + np.arange(360.0)}
    values = np.random.default_rng(0).random((24, 180, 360), dtype="f4")
    xr.Dataset({"zwd": (list(axes), values)}, axes).to_netcdf(tmp_path / "in.nc")
    start = time.process_time()
    out = export_patches(tmp_path / "in.nc", tmp_path / "out.zarr", variable="zwd", stride=32)
    assert time.process_time() - start < 10  # 3
    assert len(open_patches(out, "train")) == 24 * 5 * 12


def test_files_of_other_grids_are_refused(january):
    with xr.open_dataset(january / "part_0.nc") as ds:
        ds.isel(lon=slice(9)).to_netcdf(january / "part_2.nc")
    with pytest.raises(GridError, match=r"longitudes of .*part_0.nc and .*part_2.nc differ"):
        export_patches(f"{january}/part_*.nc", january / "out", variable="thetao", size=4)
    assert not (january / "out").exists()


def test_an_instant_that_occurs_twice_is_told(january):
    (january / "part_2.nc").write_bytes((january / "part_0.nc").read_bytes())
    with pytest.warns(TropdsxWarning, match="2024-02-27.* occurs more than once"):
        export_patches(f"{january}/part_*.nc", january / "out", variable="thetao", size=6)


def test_outputs_are_whole_or_absent(january):
    with xr.open_dataset(january / "part_0.nc") as ds:
        ds.where(ds.lat > 15).to_netcdf(january / "north.nc")
    before = set(january.iterdir())
    for name in ("no", "no.zarr"):
        with pytest.raises(DomainError, match="no patch is left for split train"):
            export_patches(january / "north.nc", january / name, variable="thetao", size=12)
    assert set(january.iterdir()) == before


def test_what_exists_is_left_alone(january):
    given = {"variable": "thetao", "size": 6}
    for name in ("out", "out.zarr"):
        export_patches(january / "part_0.nc", january / name, **given)
        with pytest.raises(OutputError, match="overwrite"):
            export_patches(january / "part_0.nc", january / name, **given)
        export_patches(january / "part_1.nc", january / name, overwrite=True, **given)
        assert "part_1.nc" in open_patches(january / name, "train").index[0]["source_file"]
    (january / "mine").mkdir()
    with pytest.raises(OutputError, match="not a folder of patches"):
        export_patches(january / "part_0.nc", january / "mine", overwrite=True, **given)
    with pytest.raises(OutputError, match="accepted are zarr"):
        export_patches(january / "part_0.nc", january / "a.zarr", form="npy", **given)


@pytest.mark.parametrize("name", ["out.index.csv", "out.index.parquet"])
def test_what_lies_beside_a_store_is_not_overwritten_unasked(january, name):
    given = {"variable": "thetao", "size": 6}
    (january / name).write_text("somebody's")
    with pytest.raises(OutputError, match=f"{name} exists; give another name"):
        export_patches(january / "part_0.nc", january / "out.zarr", **given)
    assert (january / name).read_text() == "somebody's"
    assert not (january / "out.zarr").exists()
    export_patches(january / "part_0.nc", january / "out.zarr", overwrite=True, **given)
    kept = january / name
    assert not kept.exists() or kept.read_bytes()[:10] != b"somebody's"
    assert len(rows_of(january / "out.index.csv")) == len(
        open_patches(january / "out.zarr", "train")
    )


@pytest.mark.realdata
def test_glorys_on_four_levels(shared, tmp_path):
    file = shared / "data/ocean/glorys12_thetao_so_20210629_neatlantic.nc"
    out = export_patches(
        file, tmp_path / "out", variable="thetao", level_indices=[0, 1, 2, 3], size=32, stride=32,
        max_nodata=0.6, split=None,
    )  # fmt: skip
    rows = rows_of(out / "patch_index_with_paths.csv")
    with xr.open_dataset(file) as ds:
        whole = ds.thetao[:4].load()
        depths = ds.depth.values[:4].tolist()
    for row in rows:
        y0, x0 = int(row["y0"]), int(row["x0"])
        wanted = whole[:, y0 : y0 + 32, x0 : x0 + 32].values.astype("f4")
        np.testing.assert_array_equal(np.load(out / row["path"]), np.nan_to_num(wanted, nan=0))
        assert float(row["nodata_fraction"]) == np.isnan(wanted).mean() <= 0.6
        assert json.loads(row["selected_depth_values"]) == depths
        assert row["time"].startswith("2021-06-29")
    assert {(int(r["y0"]), int(r["x0"])) for r in rows} <= {
        (y, x) for y in (0, 32, 43) for x in (0, 32, 46)
    }
    assert 4 < len(rows) <= 9
