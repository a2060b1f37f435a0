"""The command delays: what it writes and prints, one line for every error."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.derive.zenith import zenith_delays
from tropdsx.write import read_provenance

from helpers.shell import one_line


def test_delays_then_convert(run, levels_here):
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


def test_delays_name_their_output_and_keep_others(run, levels_here):
    code, out, _ = run("delays", "pl.nc")
    assert (code, out.strip()) == (0, "pl_delays.nc")
    code, out, err = run("delays", "pl.nc")
    assert (code, out) == (1, "")
    assert "pl_delays.nc" in one_line(err)
    assert run("delays", "pl.nc", "--overwrite", "-q")[:2] == (0, "")
    assert run("delays", "pl.nc", "-o", "out.zarr")[0] == 0
    with xr.open_zarr("out.zarr") as store, xr.open_dataset("pl_delays.nc") as file:
        np.testing.assert_array_equal(store.zwd, file.zwd)


def test_heights(run, levels_here):
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


def test_a_geoid_more_or_less_lifts_the_terrain(run, levels_here):
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
def test_wrong_usage_and_wrong_data(run, levels_here, arguments, code, match):
    (levels_here / "text.nc").write_text("no levels at all\n" * 20)
    np.savetxt(levels_here / "bad.grd", np.ones((2592, 63)))
    before = sorted(path.name for path in levels_here.iterdir())
    found, out, err = run(*arguments)
    assert found == code
    assert out == ""
    assert match in err
    one_line(err)
    assert sorted(path.name for path in levels_here.iterdir()) == before


def test_surface_fields_alone_are_no_levels(run, levels_here, request):
    surface = request.config.rootpath / "sample_data" / "era5_ztd.nc"
    code, _, err = run("delays", surface, "-o", "x.nc")
    assert code == 1
    assert "no temperature on levels" in one_line(err)


def test_a_terminal_sees_how_many_epochs_are_done(run, levels_here, monkeypatch):
    told = []
    monkeypatch.setattr(
        "tropdsx.cli.progress.Progress.of",
        lambda self, what: lambda *done: told.append((what, *done)),
    )
    assert run("delays", "pl.nc", "-o", "out.nc")[0] == 0
    with xr.open_dataset("out.nc") as ds:
        epochs = ds.sizes["time"]
    assert told[-1] == ("integrating", epochs, epochs)
