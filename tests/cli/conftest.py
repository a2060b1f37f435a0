"""Commands in a folder with a good input."""

import shutil

import pytest

from tropdsx.cli.group import main


@pytest.fixture
def run(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return stop.value.code, said.out, said.err

    return call


@pytest.fixture
def here(tmp_path, monkeypatch, coarse):
    """A folder with a good input in it, to stand in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TROPDSX_DATA", raising=False)
    coarse.to_netcdf("good.nc")
    return tmp_path


@pytest.fixture
def levels_here(tmp_path, monkeypatch, request):
    """A folder with ERA5-like levels in it, to stand in, and no assets but the shipped ones."""
    shutil.copy(request.config.rootpath / "sample_data" / "era5_pl_sample.nc", tmp_path / "pl.nc")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TROPDSX_DATA", raising=False)
    monkeypatch.setattr("tropdsx.assets.registry._cache", lambda: tmp_path / "cache")
    return tmp_path
