import json
import signal
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from tropdsx.cli import group as cli
from tropdsx.cli.delays import delays as delays_of
from tropdsx.cli.evaluate import evaluate
from tropdsx.errors import GridError

from helpers.fields import delays, interruptible


@pytest.fixture(scope="module")
def fine(tmp_path_factory):
    path = tmp_path_factory.mktemp("evaluate") / "fine.nc"
    delays(np.arange(86.25, -90, -7.5), np.arange(3.75, 360, 7.5), epochs=2).to_netcdf(path)
    return path


def run(*arguments):
    return CliRunner().invoke(evaluate, list(map(str, arguments)), catch_exceptions=False)


def test_tables_in_a_pipe(fine):
    result = run("none", "--data", fine, "--decimate", "3x2")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith("ZHD: 2 epochs, 2022-03-09 00:00 to 2022-03-09 06:00")
    assert [line.split()[0] for line in lines[2:5]] == ["bilinear", "kouba", "physics"]
    groups = [line.split("  ")[0] for line in lines]
    for group in ("all", "80N to 90N", "10S to 20S", "land", "sea", "above 2000 m", "Mar-May"):
        assert group in groups
    assert "Jun-Aug" not in groups
    assert "\x1b" not in result.output


@pytest.mark.realdata
@pytest.mark.parametrize(("model", "worst"), [("default", 1.03), ("heldout", 1.10)])
def test_another_weather_model_in_another_season(shared, tmp_path, model, worst):
    """GFS of October, 5 to 2.5 degrees: better than physics, and in no band much worse."""
    pytest.importorskip("cfgrib", reason="the extra [grib] is not installed", exc_type=ImportError)
    levels = shared / "data/nwm/gfs_2p5deg_20111008T00_f072.grb"
    CliRunner().invoke(
        delays_of, [str(levels), "-o", str(tmp_path / "gfs.nc"), "-q"], catch_exceptions=False
    )
    # With temperatures of the climatology: the file's own ones help the network.
    with xr.open_dataset(tmp_path / "gfs.nc") as ds:
        ds.drop_vars("t2m").to_netcdf(tmp_path / "plain.nc")
    result = run(model, "--data", tmp_path / "plain.nc", "--decimate", 2, "--all-phases", "--json")
    methods = json.loads(result.stdout)["methods"]
    for name, gain in (("zhd", 0.09), ("zwd", 0.09)):
        physics, network = methods["physics"][name], methods[model][name]
        assert network["rmse"] < (1 - gain) * physics["rmse"]
        for band, scores in physics["by"].items():
            if band.endswith(("N", "S")):
                assert network["by"][band]["rmse"] < worst * scores["rmse"], (name, band)


def test_json_maps_and_figure(fine, tmp_path, tiny_checkpoint):
    maps, figure = tmp_path / "maps.nc", tmp_path / "sheet.png"
    result = CliRunner().invoke(
        evaluate,
        [
            str(tiny_checkpoint),
            "--data",
            str(fine),
            "--decimate",
            "3",
            "--no-neighbours",
            "--json",
            "-o",
            str(maps),
            "--figure",
            str(figure),
            "--device",
            "cpu",
        ],
        catch_exceptions=False,
    )
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert list(found["methods"]) == ["bilinear", "kouba", "physics", "tiny"]
    zwd = found["methods"]["tiny"]["zwd"]
    assert 0 < zwd["rmse"] < 0.2
    assert set(zwd["by"]["land"]["coverage"]) == {"0.5", "0.9", "0.95"}
    assert found["methods"]["physics"]["zwd"]["by"]["Jun-Aug"]["rmse"] is None
    assert figure.read_bytes()[:4] == b"\x89PNG"
    with xr.open_dataset(maps) as ds:
        assert ds.zwd_rmse.dims == ("model", "lat", "lon")
        assert ds.model_name.values.tolist() == list(found["methods"])
        assert ds.zwd_rmse.attrs["validation_reference"] == "fine.nc"
        assert ds.attrs["time_coverage_start"] == "2022-03-09T00:00:00Z"
        mask = np.ones((24, 48), bool)
        mask[1::3, 1::3] = False
        weight = np.cos(np.radians(ds.lat)) * xr.DataArray(mask, dims=("lat", "lon"))
        rmse = np.sqrt((ds.zwd_rmse[3] ** 2).weighted(weight).mean())
        assert float(rmse) == pytest.approx(zwd["rmse"], rel=1e-6)


def test_a_coarse_file_against_a_reference_and_stations(fine, tmp_path):
    coarse, bare, heights = (tmp_path / f"{name}.nc" for name in ("coarse", "bare", "heights"))
    with xr.open_dataset(fine) as ds:
        thin = ds.isel(lat=slice(1, None, 3), lon=slice(1, None, 3)).load()
        thin.drop_vars("orography").to_netcdf(coarse)
        thin[["orography"]].to_netcdf(tmp_path / "low.nc")
        ds.drop_vars("orography").to_netcdf(bare)
        ds[["orography"]].to_netcdf(heights)
    (tmp_path / "s.csv").write_text("station,lat_deg,lon_deg,height_ell_m\nA,47,19,100\nB,1,2,3\n")
    rows = [f"{s},2022-03-09T0{h}:00,2.4" for s in "AB" for h in range(6)]
    (tmp_path / "o.csv").write_text("\n".join(["station,time,ztd_m", *rows]))
    result = run(
        "none",
        "--data",
        coarse,
        "--reference",
        bare,
        "--orography",
        heights,
        "--coarse-orography",
        tmp_path / "low.nc",
        "--stations",
        tmp_path / "s.csv",
        "--observations",
        tmp_path / "o.csv",
        "--json",
    )
    found = json.loads(result.stdout)
    own = json.loads(run("none", "--data", fine, "--decimate", "3", "--json").stdout)
    physics = [each["methods"]["physics"]["zwd"]["rmse"] for each in (found, own)]
    assert physics[0] == pytest.approx(physics[1], rel=1e-5)
    assert set(found["stations"]) == {"bilinear", "kouba", "physics"}
    assert found["stations"]["physics"]["by"]["A"]["count"] == 6
    alone = run(
        "none",
        "--data",
        fine,
        "--stations",
        tmp_path / "s.csv",
        "--observations",
        tmp_path / "o.csv",
    )
    assert alone.stdout.startswith("ZTD minus observations: 2 stations, 12 observations")
    assert (
        alone.stderr.count("delays of 1 of 2 stations are off as if their heights were (B by") == 1
    )


def test_stations_without_a_partner_are_named(fine, tmp_path):
    text = "station;lat;lon;height\n0001;47,5;19;100,5\nNA;40;20;3\n"
    (tmp_path / "s.csv").write_text(text)
    rows = [f"{s},2022-03-09T0{h}:00,2.3" for s in ("1", "XXXX") for h in range(6)]
    (tmp_path / "o.csv").write_text("\n".join(["station,time,ztd_m", *rows]))
    tables = ("--stations", tmp_path / "s.csv", "--observations", tmp_path / "o.csv")
    result = run("none", "--data", fine, *tables)
    assert result.stdout.startswith("ZTD minus observations: 1 stations, 6 observations")
    said = [
        line for line in result.stderr.splitlines() if " stations " in line and "off" not in line
    ]
    assert said == [
        "tropdsx: warning: names of stations with and without leading zeros are taken for the "
        "same: 1 = 0001",
        "tropdsx: warning: 1 of 2 stations have no observations (NA) and 1 of 2 observed stations "
        "have no place (XXXX): they do not count",
    ]


WRONG = [
    ([], "give --reference FILE, --decimate N"),
    (["--decimate", "3", "--reference", "x.nc"], "exclude each other"),
    (["--stations", "s.csv"], "go together"),
    (["--stations", "s.csv", "--observations", "o.csv", "-o", "m.nc"], "show fields"),
    (["--reference", "x.nc", "--all-phases"], "--all-phases needs"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_wrong_usage_is_refused(fine, arguments, message):
    result = run("none", "--data", fine, *arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_wrong_data_is_named(fine, tmp_path):
    with pytest.raises(GridError, match="48 columns round the globe"):
        run("none", "--data", fine, "--decimate", "5")
    with pytest.raises(GridError, match="no epoch"):
        run("none", "--data", fine, "--decimate", "3", "--period", "1999-01-01/1999-02-01")
    present = tmp_path / "maps.nc"
    present.write_text("mine")
    with pytest.raises(OSError, match="exists"):
        run("none", "--data", fine, "--decimate", "3", "-o", present)
    assert present.read_text() == "mine"


def test_a_reference_of_total_delays_gives_total_scores(fine, tmp_path):
    total = tmp_path / "total.nc"
    with xr.open_dataset(fine) as ds:
        ds.isel(lat=slice(1, None, 3), lon=slice(1, None, 3)).to_netcdf(tmp_path / "coarse.nc")
        ds["ztd"] = (ds.zhd + ds.zwd).assign_attrs(units="m")
        ds[["ztd", "orography"]].to_netcdf(total)
    result = run(
        "none",
        "--data",
        tmp_path / "coarse.nc",
        "--reference",
        total,
        "--json",
        "-o",
        tmp_path / "maps.nc",
        "--figure",
        tmp_path / "sheet.png",
    )
    assert result.stderr.count("ztd") == 2  # one line: holds ztd alone, and it is scored
    assert "total.nc holds ztd alone: zhd and zwd are not scored" in result.stderr
    own = json.loads(run("none", "--data", fine, "--decimate", "3", "--json").stdout)
    for name, scores in json.loads(result.stdout)["methods"].items():
        assert list(scores) == ["ztd"]
        assert scores["ztd"]["rmse"] == pytest.approx(own["methods"][name]["ztd"]["rmse"], rel=1e-4)


def test_undated_epochs_are_thinned_and_compared(fine, tmp_path):
    with xr.open_dataset(fine) as ds:
        ds.assign_coords(time=[59647.0, 59647.25]).to_netcdf(tmp_path / "undated.nc")
    result = run("none", "--data", tmp_path / "undated.nc", "--decimate", "3")
    assert "ZWD: 2 epochs, not recorded" in result.stdout


def test_the_command_is_listed(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["evaluate", "--help"])
    assert stop.value.code == 0
    assert "--decimate" in capsys.readouterr().out


def test_finished_results_are_scored_against_a_truth(fine, tmp_path):
    with xr.open_dataset(fine) as ds:
        off = ds.load().assign(zwd=(ds.zwd + np.float32(0.01)).assign_attrs(ds.zwd.attrs))
        off.to_netcdf(tmp_path / "mine.nc")
    options = ("--result", tmp_path / "mine.nc", "--result", fine, "--reference", fine)
    table = run(*options)
    assert table.exit_code == 0
    lines = table.stdout.splitlines()
    assert lines[0].startswith("ZHD: 2 epochs, 2022-03-09 00:00 to 2022-03-09 06:00, all nodes")
    assert [line.split()[0] for line in lines[2:4]] == ["mine", "fine"]
    maps, figure = tmp_path / "maps.nc", tmp_path / "sheet.png"
    result = run(*options, "--json", "-o", maps, "--figure", figure)
    found = json.loads(result.stdout)["methods"]
    assert found["mine"]["zwd"]["rmse"] == pytest.approx(0.01, rel=1e-4)
    assert found["fine"]["zwd"]["rmse"] == pytest.approx(0.0, abs=1e-7)
    assert figure.read_bytes()[:4] == b"\x89PNG"
    with xr.open_dataset(maps) as ds:
        assert ds.model_name.values.tolist() == ["mine", "fine"]
        np.testing.assert_allclose(ds.zwd_rmse[0], 0.01, rtol=1e-3)


WRONG_RESULT = [
    (["--result", "r.nc"], "--result needs --reference"),
    (["default", "--result", "r.nc", "--reference", "t.nc"], "leave out CHECKPOINT"),
    (["--result", "r.nc", "--reference", "t.nc", "--no-neighbours"], "leave out --no-neighbours"),
    (["--result", "r.nc", "--reference", "t.nc", "--stations", "s"], "leave out --stations"),
    (["--result", "r.nc", "--reference", "t.nc", "--heights", "geoid"], "leave out --heights"),
    (["--result", "r.nc", "--reference", "t.nc", "--device", "cpu"], "leave out --device"),
    (["--result", "r.nc", "--reference", "t.nc", "--precision", "bf16"], "leave out --precision"),
    (["--reference", "t.nc"], "give --data FILE to downscale and score, or --result"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG_RESULT)
def test_wrong_usage_of_results_is_refused(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_a_foreign_name_of_maps_is_refused(fine, tmp_path):
    with pytest.raises(OSError, match="accepted are"):
        run("none", "--data", fine, "--decimate", "3", "-o", tmp_path / "maps.csv")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_long_evaluation_that_is_stopped_ends_with_one_line(tmp_path, number):
    """The interrupt comes while epochs are computed, in threads of their own."""
    lat, lon = np.arange(88.0, -90, -4), np.arange(2.0, 360, 4)
    delays(lat, lon, epochs=200).to_netcdf(tmp_path / "long.nc")
    code = (
        "import sys, tropdsx.workflows.evaluate.sums as sums\n"
        "plain = sums.Sums.add\n"
        "def add(self, *a, **k):\n"
        "    print('at it', flush=True)\n"
        "    return plain(self, *a, **k)\n"
        "sums.Sums.add = add\n"
        "from tropdsx.cli.group import main\n"
        "main(['evaluate', 'none', '--data', sys.argv[1], '--decimate', '3', '-o', sys.argv[2]])\n"
    )
    work = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "long.nc", tmp_path / "maps.nc"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=interruptible,
    )
    assert work.stdout.readline() == "at it\n"
    work.send_signal(number)
    _, err = work.communicate(timeout=60)
    assert work.returncode == 128 + number
    lines = [line for line in err.splitlines() if line or number == signal.SIGTERM]
    assert lines == ["tropdsx: error: interrupted; nothing was written under the final name"]
    assert not (tmp_path / "maps.nc").exists()


@pytest.fixture
def asked(monkeypatch):
    """Give what the work is asked for, without doing it."""
    found = []

    def work(data, models, **given):
        found.append(given | {"data": data, "models": models})
        msg = "this is enough"
        raise GridError(msg)

    monkeypatch.setattr("tropdsx.workflows.evaluate.files.evaluate_files", work)
    return found


@pytest.mark.parametrize(("given", "neighbours"), [([], True), (["--no-neighbours"], False)])
def test_neighbours_are_seen_unless_they_are_not_wanted(asked, given, neighbours):
    with pytest.raises(GridError):
        run("--data", "a.nc", "--decimate", "3x2", *given)
    assert asked[0]["neighbours"] is neighbours
    assert (asked[0]["decimate"], asked[0]["models"]) == ((3, 2), ("default",))


@pytest.mark.parametrize("option", ["-o", "--figure"])
def test_an_output_that_exists_is_told_before_the_work(asked, tmp_path, option):
    present = tmp_path / {"-o": "maps.nc", "--figure": "sheet.png"}[option]
    present.write_text("mine")
    with pytest.raises(OSError, match="exists"):
        run("--data", "a.nc", "--decimate", "3", option, present)
    assert asked == []


def test_a_picture_of_no_kind_is_told_before_the_work(asked, tmp_path):
    with pytest.raises(OSError, match=r"accepted are \.png"):
        run("--data", "a.nc", "--decimate", "3", "--figure", tmp_path / "sheet")
    assert asked == []
