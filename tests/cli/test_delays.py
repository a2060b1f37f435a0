"""The commands delays, gpt3 and assets: what they write and print, one line for every error."""

import json
import shutil

import numpy as np
import pytest
import xarray as xr

from tropdsx.cli.group import main
from tropdsx.workflows.derive.zenith import zenith_delays
from tropdsx.write import read_provenance


@pytest.fixture
def run(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return stop.value.code, said.out, said.err

    return call


@pytest.fixture
def here(tmp_path, monkeypatch, request):
    """A folder with ERA5-like levels in it, to stand in, and no assets but the shipped ones."""
    shutil.copy(request.config.rootpath / "sample_data" / "era5_pl_sample.nc", tmp_path / "pl.nc")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TROPDSX_DATA", raising=False)
    monkeypatch.setattr("tropdsx.assets.registry._cache", lambda: tmp_path / "cache")
    return tmp_path


def one_line(err):
    lines = [line for line in err.splitlines() if "warning:" not in line]
    assert len(lines) == 1, err
    assert lines[0].startswith("tropdsx: error: ")
    return lines[0]


def test_delays_then_convert(run, here):
    code, out, err = run("delays", "pl.nc", "-o", "ztd.nc", "--ztd", "--mean-temperature")
    assert (code, out.strip(), err) == (0, "ztd.nc", "")
    with xr.open_dataset("pl.nc") as levels, xr.open_dataset("ztd.nc") as written:
        expected = zenith_delays(levels, mean_temperature=True)
        assert written.zhd.dims == ("time", "lat", "lon")
        assert written.zhd.dtype == np.float32
        np.testing.assert_allclose(written.zhd, expected.zhd, rtol=1e-7)
        np.testing.assert_allclose(written.zwd, expected.zwd, rtol=1e-7)
        np.testing.assert_allclose(written.orography, expected.orography)
        assert written.orography.attrs["standard_name"] == "height_above_reference_ellipsoid"
        assert bool((written.mean_temperature < written.t2m).all())
        assert written.attrs["Conventions"] == "CF-1.10, ACDD-1.3"
    made = read_provenance("ztd.nc")
    assert made["command"] == "tropdsx delays pl.nc --ztd --mean-temperature"
    assert made["inputs"][0]["name"] == "pl.nc"
    assert made["parameters"]["geoid"] == "egm2008"
    code, _, err = run("convert", "ztd.nc", "--model", "none", "--target", "0.5")
    assert code == 0, err
    with xr.open_dataset("ztd_tropdsx.nc") as fine:
        assert bool(np.isfinite(fine.zhd).all())


def test_delays_name_their_output_and_keep_others(run, here):
    code, out, _ = run("delays", "pl.nc")
    assert (code, out.strip()) == (0, "pl_delays.nc")
    code, out, err = run("delays", "pl.nc")
    assert (code, out) == (1, "")
    assert "pl_delays.nc" in one_line(err)
    assert run("delays", "pl.nc", "--overwrite", "-q")[:2] == (0, "")
    assert run("delays", "pl.nc", "-o", "out.zarr")[0] == 0
    with xr.open_zarr("out.zarr") as store, xr.open_dataset("pl_delays.nc") as file:
        np.testing.assert_array_equal(store.zwd, file.zwd)


def test_heights(run, here):
    assert run("delays", "pl.nc", "-o", "ladder.nc", "--height", "0:2000:500")[0] == 0
    assert run("delays", "pl.nc", "-o", "list.nc", "--height", "0,500,1000,1500,2000")[0] == 0
    assert run("delays", "pl.nc", "-o", "one.nc", "--height", "500")[0] == 0
    with xr.open_dataset("ladder.nc") as ladder, xr.open_dataset("list.nc") as same:
        np.testing.assert_array_equal(ladder.ellipsoidal_height, [0, 500, 1000, 1500, 2000])
        np.testing.assert_array_equal(ladder.zhd, same.zhd)
        assert ladder.attrs["geospatial_vertical_max"] == 2000.0
        with xr.open_dataset("one.nc") as one:
            np.testing.assert_array_equal(one.zhd, ladder.zhd.sel(ellipsoidal_height=500.0))
            one[["orography"]].reset_coords().drop_encoding().to_netcdf("terrain.nc")
    assert run("delays", "pl.nc", "-o", "file.nc", "--height", "terrain.nc")[0] == 0
    with xr.open_dataset("file.nc") as by_file, xr.open_dataset("one.nc") as one:
        np.testing.assert_allclose(by_file.zwd, one.zwd, rtol=1e-6)


def test_a_geoid_more_or_less_lifts_the_terrain(run, here):
    run("delays", "pl.nc", "-o", "a.nc")
    run("delays", "pl.nc", "-o", "b.nc", "--geoid", "none")
    with xr.open_dataset("a.nc") as a, xr.open_dataset("b.nc") as b:
        assert float((a.orography - b.orography).mean()) == pytest.approx(39, abs=6)
        np.testing.assert_allclose(a.zhd, b.zhd, atol=0.1e-3)


@pytest.mark.parametrize(
    ("arguments", "code", "match"),
    [
        (["delays", "absent.nc"], 1, "no such file"),
        (["delays", "absent*.nc"], 1, "no file matches"),
        (["delays", "pl.nc", "--height", "tall"], 2, "no list of heights"),
        (["delays", "pl.nc", "--height", "0:100:0"], 2, "no list of heights"),
        (["delays", "pl.nc", "--humidity", "dry"], 2, "--humidity"),
        (["delays", "pl.nc", "-o", "pl.nc", "--overwrite"], 1, "is an input"),
        (["delays", "pl.nc", "-o", "no/where.nc"], 1, "no"),
        (["delays", "pl.nc", "--orography", "absent.nc"], 1, "absent.nc"),
        (["delays", "text.nc"], 1, "text.nc"),
        (["gpt3", "--lat", "48", "--lon", "16", "--height", "0"], 2, "--time"),
        (
            ["gpt3", "--lat", "48", "--lon", "16", "--height", "0", "--time", "2012-08-02"],
            1,
            "gpt3_5.grd",
        ),
        (
            [
                "gpt3",
                "--lat",
                "48",
                "--lon",
                "16",
                "--height",
                "0",
                "--time",
                "2012-08-02",
                "--grid",
                "bad.grd",
            ],
            1,
            "columns",
        ),
        (["assets", "fetch", "gpt9"], 1, "unknown asset"),
    ],
    ids=lambda value: "-".join(value[:3]) if isinstance(value, list) else None,
)
def test_wrong_usage_and_wrong_data(run, here, arguments, code, match):
    (here / "text.nc").write_text("no levels at all\n" * 20)
    np.savetxt(here / "bad.grd", np.ones((2592, 63)))
    before = sorted(path.name for path in here.iterdir())
    found, out, err = run(*arguments)
    assert found == code
    assert out == ""
    assert match in err
    one_line(err)
    assert sorted(path.name for path in here.iterdir()) == before


def test_surface_fields_alone_are_no_levels(run, here, request):
    surface = request.config.rootpath / "sample_data" / "era5_ztd.nc"
    code, _, err = run("delays", surface, "-o", "x.nc")
    assert code == 1
    assert "no temperature on levels" in one_line(err)


def test_assets(run, here):
    code, out, _ = run("assets")
    assert code == 0
    assert "geoid.nc" in out
    assert "not here: tropdsx assets fetch gpt3_5" in out
    assert run("assets", "list")[1] == out
    listed = json.loads(run("assets", "list", "--json")[1])
    assert listed["gpt3_5"] is None
    assert listed["geoid"].endswith("geoid.nc")
    assert run("assets", "fetch", "geoid")[1].strip() == listed["geoid"]


@pytest.mark.realdata
def test_gpt3(run, here, shared):
    place = ["--lat", "48.2", "--lon", "16.37", "--height", "156", "--time", "2012-08-02"]
    grid = shared / "data" / "gpt" / "gpt3_5.grd.xz"
    code, out, _ = run("gpt3", *place, "--grid", grid)
    assert code == 0
    table = {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    assert table["pressure"] == ["1002.577", "hPa"]
    assert table["ah"] == ["0.0012581540", "1"]
    values = json.loads(run("gpt3", *place, "--grid", grid, "--json")[1])
    assert values["pressure"] == pytest.approx(1002.577, abs=1e-3)
    assert values["zhd"] == pytest.approx(2.2821, abs=1e-4)
    mean = json.loads(run("gpt3", *place, "--grid", grid, "--json", "--mean")[1])
    assert mean["temperature"] < values["temperature"] - 5
    code, _, err = run("gpt3", *["--lat", "98", *place[2:]], "--grid", grid)
    assert code == 1
    assert "latitude 98" in one_line(err)
