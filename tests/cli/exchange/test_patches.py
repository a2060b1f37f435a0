"""The command patches."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.patches.files.store import open_patches


@pytest.fixture
def ocean(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    axes = {"time": np.datetime64("2024-02-28", "ns") + np.arange(4).astype("m8[D]")}
    axes |= {"depth": [0.5, 10.0, 100.0], "lat": np.arange(8.0), "lon": np.arange(12.0)}
    values = np.random.default_rng(0).normal(size=(4, 3, 8, 12))
    xr.Dataset({"thetao": (list(axes), values)}, axes).to_netcdf("ocean.nc")
    (tmp_path / "far.csv").write_text("station,lat,lon,height\nX,60,0,0\n")
    return tmp_path


def test_overlapping_patches_with_blocks_of_time(run, ocean):
    line = "patches export ocean.nc -o out.zarr --variable thetao --levels 100,0.5 --size 4 "
    line += "--stride 2 --split time --days 1 --share val=0.25 --share test=0.25 --format zarr"
    status, said, _ = run(*line.split())
    assert (status, said.strip()) == (0, "out.zarr")
    parts = [open_patches("out.zarr", name) for name in ("train", "val", "test")]
    assert [len(part) for part in parts] == [30, 15, 15]
    assert parts[0][0].shape == (2, 4, 4)


def test_regions_and_numbered_levels(run, ocean):
    line = "patches export ocean.nc -o out --variable thetao --level-indices 2 --size 4 -q "
    status, said, _ = run(*line.split(), "--split", "region", "--region", "val=0,0,4,5")
    assert (status, said) == (0, "")
    assert len(open_patches("out", "val")) == 4
    assert "train" in {row["split"] for row in open_patches("out", "train").index}
    assert (ocean / "out" / "y_npy" / "00000000.npy").is_file()


def test_windows_by_their_stations(run, ocean):
    """Three windows of six have stations; the second and third share a place."""
    rows = ["A,1,1,0", "B,1,7.49,0", "C,1,7.51,0", "D,5,2,0"]
    (ocean / "s.csv").write_text("\n".join(["station,lat,lon,height", *rows]))
    line = "patches export ocean.nc -o out.zarr --variable thetao --size 4 --split station"
    status, said, told = run(*line.split(), "--stations", "s.csv", "--share", "val=0.34")
    assert (status, said.strip(), told) == (0, "out.zarr", "")
    held = open_patches("out.zarr", "val")
    label = held.about["stations"]
    assert label["B"] == label["C"]
    assert set(label.values()) == {"train", "val"}
    at = {"A": (0, 0), "B": (0, 4), "C": (0, 8), "D": (4, 0)}
    expected = {at[name] for name, split in label.items() if split == "val"}
    assert {(int(row["y0"]), int(row["x0"])) for row in held.index} == expected
    learned = open_patches("out.zarr", "train")
    assert {(4, 4), (4, 8)} < {(int(row["y0"]), int(row["x0"])) for row in learned.index}


@pytest.mark.parametrize(
    ("wrong", "status", "told"),
    [
        ("--levels deep", 2, "is no list of numbers"),
        ("--share val", 2, "is not NAME=SHARE"),
        ("--region val=1,2,3", 2, "is not NAME=S,W,N,E"),
        ("--split random --stride 2", 1, "patches overlap"),
        ("--share val=0.3", 2, "--share has no effect with --split none; add --split time"),
        ("--split random --share val=0", 1, "share of val is 0"),
        ("--size 99", 1, "give a size of at most 8"),
        ("--format npy", 1, "accepted are zarr"),
        ("--split station", 2, "--stations FILE goes with --split station"),
        ("--stations a.csv", 2, "--stations FILE goes with --split station, and --split is none"),
        ("--split station --stations far.csv", 1, "none of 1 stations lies on the grid (X)"),
    ],
)
def test_wrong_options_are_told_in_a_line(run, ocean, wrong, status, told):
    line = f"patches export ocean.nc -o out.zarr --variable thetao --size 4 {wrong}"
    got, _, said = run(*line.split())
    assert got == status
    assert told in said
    assert said.count("\n") == 1
    assert not (ocean / "out.zarr").exists()
