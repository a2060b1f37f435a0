"""``tropdsx inspect`` on each kind of file, as text and as JSON."""

import json
import sys

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from tropdsx.cli import group as cli
from tropdsx.cli.inspect import inspect
from tropdsx.errors import TropdsxError

from helpers.fields import delays
from helpers.paths import ROOT

BOX = (np.arange(50.0, 39.0, -2.5), np.arange(0.0, 21.0, 2.5))


def run(*arguments):
    return CliRunner().invoke(inspect, [str(each) for each in arguments], catch_exceptions=True)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "box.nc"
    delays(*BOX).to_netcdf(path)
    return path


def test_input_as_text(file):
    found = run(file)
    assert found.exit_code == 0
    first, *rows = found.output.splitlines()
    assert first == f"{file}: delays that can be downscaled"
    rows = dict(row.strip().split(": ", 1) for row in rows)
    assert rows["grid"].startswith("region, 2.5°, 5 × 9 nodes")
    assert rows["times"].startswith("3 epochs")
    assert rows["heights"].startswith("from variable 'orography'")
    assert rows["zwd"].endswith("(time 3 × lat 5 × lon 9)")


def test_input_as_json(file):
    about = json.loads(run("--json", file).output)
    assert about["file"] == str(file)
    assert about["kind"] == "input"
    assert about["variables"][0]["range"] is not None
    two = json.loads(run("--json", file, file).output)
    assert len(two) == 2


def test_result(file, tmp_path):
    out = tmp_path / "out.nc"
    with xr.open_dataset(file) as ds:
        fine = ds.tropds.downscale(2.5, model=None)
        fine["zwd_rmse"] = (
            fine.zwd.dims[1:],
            np.full(fine.zwd.shape[1:], 0.01, "f4"),
            {"units": "m"},
        )
        fine.tropds.to_netcdf(out)
    found = run(out)
    assert found.exit_code == 0, found.output
    assert "a result of tropdsx" in found.output
    assert "command: ds.tropds.downscale" in found.output
    assert "inputs: box.nc (sha256 " in found.output
    assert "zwd RMSE: 0.01 m over the area" in found.output
    about = json.loads(run("--json", out).output)
    assert about["provenance"]["parameters"]["target"] == 2.5


def test_checkpoint_by_name_and_by_content(tiny_checkpoint, tmp_path):
    renamed = tmp_path / "weights.bin"
    renamed.write_bytes(tiny_checkpoint.read_bytes())
    for path in (tiny_checkpoint, renamed):
        found = run(path)
        assert found.exit_code == 0
        assert "a tropdsx checkpoint" in found.output
        assert "model: tiny" in found.output
    assert json.loads(run("--json", renamed).output)["card"]["network"] == "nodal"


def test_default_checkpoint_has_a_name():
    found = run("default")
    assert found.exit_code == 0, found.output
    assert "a tropdsx checkpoint" in found.output


def test_npy(tmp_path):
    path = tmp_path / "2021_blur.npy"
    lat = np.deg2rad(np.arange(89.5, -90.0, -1.0))[:, None]
    field = np.repeat(0.02 + 0.3 * np.cos(lat) ** 2, 360, axis=1).astype("f4")
    np.save(path, np.stack([field] * 4))
    found = run("--json", path, "--start", "2021-01-01", "--step", "6h")
    assert found.exit_code == 0, found.output
    about = json.loads(found.output)
    assert about["variables"][0]["role"] == "zwd"
    assert about["times"]["step"] == "6 h"


def test_orography(tmp_path):
    path = tmp_path / "heights.nc"
    delays(*BOX)[["orography"]].to_netcdf(path)
    found = run(path)
    assert found.exit_code == 0, found.output
    assert "an orography" in found.output
    assert json.loads(run("--json", path).output)["nodes"] == [5, 9]


def test_levels_of_a_weather_model():
    sample = ROOT / "sample_data" / "era5_pl_sample.nc"
    found = run(sample)
    assert found.exit_code == 0, found.output
    assert "levels of a weather model, for tropdsx delays" in found.output
    assert "25 along 'pressure_level', with surface pressure" in found.output
    about = json.loads(run("--json", sample).output)
    assert (about["kind"], about["levels"], about["epochs"]) == ("levels", 25, 2)


def test_a_column_of_water_vapour(tmp_path):
    path = tmp_path / "single.nc"
    ds = delays(*BOX)
    units = {"tcwv": "kg m-2", "t2m": "K", "z": "m2 s-2"}
    fields = {name: (20.0 + 0 * ds.zwd).assign_attrs(units=unit) for name, unit in units.items()}
    ds.drop_vars(["zhd", "zwd", "orography"]).assign(fields).to_netcdf(path)
    found = run(path)
    assert found.exit_code == 0, found.output
    assert "a column of water vapour, for tropdsx delays" in found.output
    assert "beside it: t2m, z_surface" in found.output
    about = json.loads(run("--json", path).output)
    assert (about["kind"], about["column"], about["epochs"]) == ("column", "tcwv", ds.time.size)


def test_profiles_and_a_field_on_levels(tmp_path):
    two = ("profile", "level")
    pres = np.array([[5.0, 10.0]])
    ds = xr.Dataset(
        {"PRES": (two, pres, {"units": "dbar"}), "PSAL": (two, pres + 30.0, {"units": "psu"})},
        {"lat": ("profile", [1.0]), "lon": ("profile", [2.0])},
    )
    ds.to_netcdf(tmp_path / "p.nc")
    found = run(tmp_path / "p.nc")
    assert found.exit_code == 0
    assert found.output.splitlines()[0].endswith("p.nc: profiles, for tropdsx levels reconstruct")
    assert "  PSAL: 35 to 40 psu (2 values)" in found.output
    assert json.loads(run("--json", tmp_path / "p.nc").output)["profiles"] == 1
    axes = {"depth": [0.5], "lat": [1.0, 2.0], "lon": [4.0, 5.0]}
    so = xr.DataArray(np.ones((1, 2, 2)), axes, list(axes))
    attrs = {"reconstruction_method": "oi", "tropdsx_version": "0.2.0"}
    xr.Dataset({"so": so, "so_sigma": so}, attrs=attrs).to_netcdf(tmp_path / "f.nc")
    found = run(tmp_path / "f.nc")
    assert found.output.splitlines()[0].endswith("f.nc: a field on levels, of tropdsx 0.2.0")


def test_unusable_input_is_shown_and_fails(tmp_path, capsys):
    path = tmp_path / "bad.nc"
    ds = delays(*BOX)
    ds["zhd"].attrs["units"] = "hPa"
    ds.to_netcdf(path)
    with pytest.raises(SystemExit) as stop:
        cli.main(["inspect", str(path)])
    assert stop.value.code == 1
    out, err = capsys.readouterr()
    assert "cannot be used" in out
    assert err.count("\n") == 1
    assert "no unit of zhd" in err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.nc", b""),
        ("text.nc", b"this is no data at all\n"),
        ("old.pth", b"PK\3\4" + b"\0" * 20),
        ("bad.safetensors", b"\0" * 40),
        ("missing.nc", None),
    ],
)
def test_bad_files_give_one_line(tmp_path, capsys, name, content):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SystemExit) as stop:
        cli.main(["inspect", str(path)])
    assert stop.value.code == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert name in err


def test_damaged_checkpoint(tiny_checkpoint, tmp_path):
    data = bytearray(tiny_checkpoint.read_bytes())
    data[-5] ^= 1
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(data)
    found = run(path)
    assert found.exit_code == 1
    assert "damaged" in str(found.exception)


def test_terminal_gets_a_table(file, monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    inspect.callback(files=(str(file),), start=None, step=None, as_json=False)
    out = capsys.readouterr().out
    assert "delays that can be downscaled" in " ".join(out.split())
    assert "grid" in out


def test_no_torch(file):
    import subprocess

    code = (
        "import sys; from tropdsx.cli.group import main\n"
        f"try: main(['inspect', {str(file)!r}, 'default'])\n"
        "except SystemExit as stop: assert stop.code == 0\n"
        "assert not {'torch', 'matplotlib', 'rich'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_help_teaches():
    found = CliRunner().invoke(inspect, ["--help"])
    assert "Examples:" in found.output
    assert "--json" in found.output


def test_series_of_stations_are_no_broken_grid(file, tmp_path):
    """They are described as what they are; a conversion still refuses them."""
    places = tmp_path / "places.csv"
    places.write_text("station,lat,lon,height\nA,45,5,100\nB,46,6,200\n")
    series = tmp_path / "series.nc"
    made = CliRunner().invoke(cli.group, ["stations", str(file), str(places), "-o", str(series)])
    assert made.exit_code == 0, made.output
    found = run(series)
    assert (found.exit_code, "station 2" in found.output) == (0, True), found.output
    assert "cannot be used" not in found.output
    refused = CliRunner().invoke(cli.group, ["convert", str(series), "-o", f"{series}.nc"])
    assert isinstance(refused.exception, TropdsxError)


def test_tables_of_stations_and_variables_of_the_sea(tmp_path):
    """What goes into other commands than convert is named with them."""
    places = tmp_path / "places.csv"
    places.write_text("station,lat,lon,height_ell_m\nA,45,5,100\n")
    axes = {"depth": [1.0, 10.0], "lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    field = (tuple(axes), np.full((2, 2, 2), 10.0), {"units": "degrees_C"})
    sea = tmp_path / "sea.nc"
    xr.Dataset({"thetao": field}, axes).to_netcdf(sea)
    for path, title in ((places, "tropdsx stations"), (sea, "tropdsx levels and patches")):
        found = run(path)
        assert (found.exit_code, title in found.output) == (0, True), found.output
