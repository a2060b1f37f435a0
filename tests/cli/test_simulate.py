"""The command simulate."""

import numpy as np
import xarray as xr
from click.testing import CliRunner

from tropdsx.workflows.simulate.delays import simulate

from helpers.simulation import six_hourly


def test_cli_writes_what_the_function_gives(tmp_path):
    from tropdsx.cli.simulate import simulate as command

    out = tmp_path / "week.nc"
    wanted = [str(out), "--spacing", "20", "--epochs", "2", "--seed", "5", "--temperature"]
    ran = CliRunner().invoke(command, wanted, catch_exceptions=False)
    assert ran.exit_code == 0
    assert ran.output.strip() == str(out)
    with xr.open_dataset(out) as ds:
        again = simulate(six_hourly("2022-07-01", 2), ds["lat"], ds["lon"], ds["orography"], seed=5)
        np.testing.assert_array_equal(ds["zwd"], again["zwd"])
        assert "simulated" in ds.attrs["source"]
        wanted = "--spacing 20.0 --seed 5 --epochs 2 --start 2022-07-01T00:00:00"
        assert set(wanted.split()) <= set(ds.attrs["tropdsx_command"].split())
        assert "--temperature" in ds.attrs["tropdsx_command"].split()
        assert "temperature" in ds


def test_quiet_says_nothing(tmp_path, monkeypatch):
    from tropdsx.cli.simulate import simulate as command

    written = {}

    def write(output, progress, **given):
        written.update(given, output=output, progress=progress)
        return output

    monkeypatch.setattr("tropdsx.workflows.simulate.file.write_simulation", write)
    ran = CliRunner().invoke(command, [str(tmp_path / "a.nc"), "-q"], catch_exceptions=False)
    assert (ran.exit_code, ran.output) == (0, "")
    assert written["progress"] is None
    assert CliRunner().invoke(command, [str(tmp_path / "a.nc")]).output == f"{tmp_path / 'a.nc'}\n"
