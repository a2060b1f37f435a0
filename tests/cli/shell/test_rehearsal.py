"""What ``tropdsx convert --dry-run`` says."""

import re

import numpy as np
import pytest
import xarray as xr

from tropdsx.cli.shell.rehearsal import show_bytes, show_seconds


def rows_of(text):
    return dict(line.split(": ", 1) for line in text.splitlines())


def test_dry_run_says_what_would_be_done(run, here):
    before = sorted(here.iterdir())
    code, out, err = run("convert", "good.nc", "--model", "none", "--target", "5", "--dry-run")
    assert (code, err) == (0, "")
    assert sorted(here.iterdir()) == before
    rows = rows_of(out)
    assert rows["input"].startswith("good.nc: zhd, zwd; 36 × 72 nodes")
    assert rows["epochs"].startswith("3, ")
    assert rows["target"].startswith("36 × 72 nodes, lat 87.5 to -87.5")
    assert re.match(
        r"coarse -?\d+ to \d+ m, fine -?\d+ to \d+ m, all above the WGS84", rows["heights"]
    )
    assert rows["model"] == "none, physics alone"
    assert rows["height model"] == "climatology; bicubic"
    assert rows["output"] == "good_tropdsx.nc (compression zlib:1)"
    assert rows["variables"] == "zhd, zwd"
    assert rows["blocks"] == "1 of up to 8 epochs"
    assert re.match(r"about .* s, .* s an epoch \(measured on 3 of 3 epochs\)", rows["time"])
    assert re.match(r"about [\d.]+ kB .*, [\d.]+ kB uncompressed", rows["size"])
    assert rows["written"].startswith("nothing")


def test_network_unlifted_and_undated(run, here, tiny_checkpoint, coarse):
    coarse.isel(time=0, drop=True).drop_vars("orography").to_netcdf("bare.nc")
    given = ["--model", tiny_checkpoint, "--target", "5", "--pack", "-o", "out.zarr"]
    code, out, _ = run("convert", "bare.nc", "--coarse-orography", "none", *given, "--dry-run")
    assert code == 0
    rows = rows_of(out)
    assert rows["heights"].endswith("coarse none: interpolated without them")
    assert rows["height model"] == "none; bicubic"
    assert rows["epochs"] == "1, of unknown date"
    assert rows["output"] == "out.zarr (pack, compression zlib:1, zarr_format 3)"
    assert not (here / "out.zarr").exists()


def test_a_bad_input_fails_as_the_conversion_does(run, here):
    xr.Dataset({"zwd": ("x", np.ones(5))}).to_netcdf("line.nc")
    wanted = run("convert", "line.nc")
    assert run("convert", "line.nc", "--dry-run") == wanted
    assert wanted[0] == 1


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (show_seconds(59.4), "59 s"),
        (show_seconds(61), "1 min 1 s"),
        (show_seconds(3600), "1 h 0 min"),
        (show_bytes(0), "0 B"),
        (show_bytes(999_600), "1.0 MB"),
    ],
)
def test_numbers_are_spelled_as_people_do(shown, text):
    assert shown == text
