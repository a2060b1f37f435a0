"""The command convert."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from tropdsx.cli.convert import convert as convert_command

from helpers.fields import interruptible
from helpers.shell import one_line


def test_sigma_on_the_command_line(coarse, tiny_checkpoint, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    ran = CliRunner().invoke(
        convert_command,
        [
            str(tmp_path / "in.nc"),
            "--model",
            str(tiny_checkpoint),
            "--sigma",
            "-o",
            str(tmp_path / "out.nc"),
        ],
    )
    assert ran.exit_code == 0, ran.output
    lazy = coarse.chunk(time=1).tropds.downscale(model=tiny_checkpoint, sigma=True)
    with xr.open_dataset(tmp_path / "out.nc") as fine:
        np.testing.assert_array_equal(fine["zwd_sigma"], lazy["zwd_sigma"])
        assert fine["zwd_sigma"].min() > 0


def test_convert_names_its_output_and_is_quiet_in_a_pipe(run, here):
    code, out, err = run("convert", "good.nc", "--model", "none", "--target", "5")
    assert (code, out.strip(), err) == (0, "good_tropdsx.nc", "")
    with xr.open_dataset(here / "good_tropdsx.nc") as fine:
        assert (
            fine.attrs["history"]
            .splitlines()[0]
            .endswith("tropdsx convert good.nc --model=none --target=5")
        )


def test_quiet_says_nothing_and_one_heap_serves_all_threads(run, here, monkeypatch):
    asked = []
    monkeypatch.setattr("tropdsx.system.heap.share_one_heap", lambda: asked.append(1))
    assert run("convert", "good.nc", "--model", "none", "--target", "5", "-q") == (0, "", "")
    assert (here / "good_tropdsx.nc").is_file()
    assert asked == [1]


def bad_files(coarse):
    """Names of bad inputs, how to make them, and what the error must mention."""
    gaps = coarse.copy(deep=True)
    negative = coarse.assign(zwd=(coarse.zwd - 1.0).assign_attrs(units="m"))
    pascal = coarse.assign(zhd=(coarse.zhd * 4e4).assign_attrs(units="Pa"))
    uneven = coarse.isel(lat=[0, 1, 2, 4, 5, 9])
    yield "empty.nc", b"", "empty"
    yield "text.nc", b"not a netcdf file at all\n" * 20, "text.nc"
    yield "nolat.nc", coarse.rename(lat="row").drop_vars("row"), "latitude"
    yield "line.nc", xr.Dataset({"zwd": ("x", np.ones(5))}), "latitude"
    yield "negative.nc", negative, "zwd"
    yield "pascal.nc", pascal, "Pa"
    yield "uneven.nc", uneven, "latitude"
    yield "nothing.nc", gaps.drop_vars(["zhd", "zwd"]), "no delay"
    yield "noheights.nc", coarse.drop_vars("orography"), "--coarse-orography FILE"
    yield "twice.nc", coarse.isel(time=[0, 1, 1]), "2022-03-09"
    yield "shape.npy", np.ones((7, 9), np.float32), "180"


@pytest.mark.parametrize("case", range(11))
def test_bad_inputs(run, here, coarse, case):
    name, content, match = list(bad_files(coarse))[case]
    if isinstance(content, bytes):
        (here / name).write_bytes(content)
    elif isinstance(content, np.ndarray):
        np.save(here / name, content)
    else:
        content.to_netcdf(here / name)
    code, out, err = run("convert", name, "--model", "none")
    assert code == 1
    assert out == ""
    assert match in one_line(err)
    assert not list(here.glob("*_tropdsx*"))
    assert not [p for p in here.iterdir() if "partial" in p.name]


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_truncated_netcdf(run, here, share):
    whole = (here / "good.nc").read_bytes()
    (here / "cut.nc").write_bytes(whole[: int(len(whole) * share)])
    code, _, err = run("convert", "cut.nc", "--model", "none")
    assert code == 1
    one_line(err)
    assert not (here / "cut_tropdsx.nc").exists()


def test_missing_nodes_are_counted_and_stay_missing(run, here, coarse):
    coarse.zwd[1, 10:14, 20:24] = np.nan
    coarse.to_netcdf("gaps.nc")
    code, _, err = run("convert", "gaps.nc", "--model", "none", "--target", "5")
    assert code == 0
    assert "16 of" in err
    with xr.open_dataset("gaps_tropdsx.nc") as fine:
        missing = np.isnan(fine.zwd.values)
        assert missing[1].any()
        assert not missing[0].any()


def test_corrupted_checkpoint(run, here, tiny_checkpoint):
    data = bytearray(tiny_checkpoint.read_bytes())
    data[-9] ^= 1
    (here / "bad.safetensors").write_bytes(data)
    code, _, err = run("convert", "good.nc", "--model", "bad.safetensors")
    assert code == 1
    assert "damaged" in one_line(err)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_unwritable_folder(run, here):
    (here / "locked").mkdir(mode=0o500)
    code, _, err = run("convert", "good.nc", "--model", "none", "-o", "locked/out.nc")
    assert code == 1
    one_line(err)


def test_existing_output(run, here):
    (here / "good_tropdsx.nc").write_text("mine")
    code, _, err = run("convert", "good.nc", "--model", "none")
    assert code == 1
    assert "--overwrite" in one_line(err)
    assert (here / "good_tropdsx.nc").read_text() == "mine"
    assert run("convert", "good.nc", "--model", "none", "--target", "5", "--overwrite")[0] == 0


@pytest.mark.parametrize("there", ["", ".json"], ids=["at the start", "after the first commit"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_killed_in_the_middle(here, coarse, number, there):
    """Nothing appears under the final name, whatever stops the run."""
    long = xr.concat([coarse] * 200, "time", data_vars="minimal")
    time_axis = coarse.time.values[0] + np.arange(600) * np.timedelta64(6, "h")
    long.assign_coords(time=time_axis).to_netcdf("long.nc")
    work = subprocess.Popen(
        [sys.executable, "-m", "tropdsx", "convert", "long.nc", "--model", "none"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=interruptible,
    )
    started = time.monotonic()
    while not (here / f".long_tropdsx.nc.partial{there}").exists():
        assert work.poll() is None, work.stderr.read()
        assert time.monotonic() - started < 120
        time.sleep(0.01)
    work.send_signal(number)  # at once: what follows the first commit takes some seconds
    _, err = work.communicate(timeout=60)
    assert work.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}.get(number, -number)
    assert not (here / "long_tropdsx.nc").exists()
    kept = {
        p.name.removeprefix(".long_tropdsx.nc.") for p in here.iterdir() if "long_tropdsx" in p.name
    }
    if there == ".json":
        assert kept >= {"partial", "partial.json"}
    if number != signal.SIGKILL:
        assert "interrupted" in err
        assert "Traceback" not in err
        # What is complete is kept, and the user is told; what is not leaves no trace.
        assert kept in (set(), {"partial", "partial.json"})
        assert bool(kept) == ("--resume" in err)


@pytest.mark.parametrize("name", ["out.tif", "out.csv", "out.txt", "out.grib", "out.npy", "a.H00"])
def test_a_foreign_name_is_refused_before_anything_is_read(run, here, name):
    for command in (("convert", "good.nc", "--model", "none"), ("simulate", name)):
        where = () if command[0] == "simulate" else ("-o", name)
        code, _, err = run(*command, *where)
        assert code == 1
        assert "accepted are .nc, .nc4, .cdf, .netcdf and .zarr" in one_line(err)
    assert not (here / name).exists()


@pytest.mark.parametrize("zarr_format", ["2", "3"])
def test_the_version_of_a_store(run, here, zarr_format):
    import zarr

    where = ("-o", "out.zarr", "--zarr-format", zarr_format, "--compression", "zlib:4")
    assert run("convert", "good.nc", "--model", "none", "--target", "5", *where)[0] == 0
    group = zarr.open_group("out.zarr", mode="r")
    assert group.metadata.zarr_format == int(zarr_format)
    assert {group[name].compressors[0].clevel for name in ("zhd", "zwd")} == {4}
    code, _, err = run("convert", "good.nc", "-o", "x.nc", "--zarr-format", zarr_format)
    assert code == 1
    assert "x.nc is NetCDF" in one_line(err)
    assert run("convert", "good.nc", "-o", "x.zarr", "--zarr-format", "4")[0] == 2


def test_one_line_tells_of_what_is_missing_in_many_blocks(run, here, coarse):
    long = xr.concat([coarse] * 10, "time", data_vars="minimal").load()
    hours = np.arange(long.sizes["time"]) * np.timedelta64(6, "h")
    long = long.assign_coords(time=np.datetime64("2022-07-01", "ns") + hours)
    for epoch in (3, 12, 21):
        long.zwd[epoch, 3, : epoch + 1] = np.nan
    long.to_netcdf("gaps.nc")
    code, _, err = run("convert", "gaps.nc", "--model", "none", "--target", "5")
    assert code == 0
    said = [line for line in err.splitlines() if "coarse zwd values are missing" in line]
    assert len(said) == 1
    assert "first at 2022-07-0" in said[0]
