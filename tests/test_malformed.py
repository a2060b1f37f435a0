"""Broken inputs end with one line, and leave nothing behind."""

import tempfile

import pytest

from tropdsx.cli.group import main

from helpers.malformed_tables import CASES
from helpers.shell import one_line


def everything(folder):
    """All that lies below a folder."""
    return set(folder.rglob("*"))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to stand in, and one of one's own for what is temporary."""
    for name in ("work", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.delenv("TROPDSX_DATA", raising=False)
    monkeypatch.setattr("tropdsx.assets.registry._cache", lambda: tmp_path / "cache")
    return tmp_path


def test_there_are_enough_cases():
    assert len(CASES) >= 200


@pytest.mark.filterwarnings("ignore")  # of those who write what is broken
@pytest.mark.parametrize("name", CASES)
def test_one_line_and_nothing_left(name, here, capfd):
    arguments = CASES[name](here / "work")
    before = everything(here)
    capfd.readouterr()
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    said = capfd.readouterr()
    assert stop.value.code in (1, 2), said
    assert said.out == ""
    line = one_line(said.err)
    assert "add --debug" not in line, "an error that nobody thought of"
    assert everything(here) == before
