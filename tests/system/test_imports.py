import importlib
import importlib.util
import sys

import pytest

from tropdsx.system.imports import when_imported


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library that nobody has imported."""
    name = "a_library_of_no_use"
    (tmp_path / f"{name}.py").write_text("value = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield name
    sys.modules.pop(name, None)


def test_a_library_that_is_there_is_told_at_once():
    told = []
    when_imported("sys", lambda: told.append("sys"))
    assert told == ["sys"]


def test_told_once_after_the_whole_module_has_been_executed(library):
    told, before = [], list(sys.meta_path)
    when_imported(library, lambda: told.append(sys.modules[library].value))
    assert not told
    assert library not in sys.modules
    importlib.import_module(library)
    assert told == [1]
    assert sys.meta_path == before
    importlib.reload(sys.modules[library])
    assert told == [1]


def test_looking_whether_a_library_is_there_is_no_import(library):
    told = []
    when_imported(library, lambda: told.append(1))
    spec = importlib.util.find_spec(library)
    assert spec is not None
    assert not told
    module = importlib.import_module(library)
    assert told == [1]
    assert "exec_module" not in vars(module.__loader__)


def test_several_wait_for_one_library(library):
    told = []
    for number in range(2):
        when_imported(library, lambda number=number: told.append(number))
    importlib.import_module(library)
    assert sorted(told) == [0, 1]


def test_a_library_that_is_not_installed_stays_missing(library):
    when_imported("no_such_library_at_all", lambda: pytest.fail("it is not there"))
    with pytest.raises(ModuleNotFoundError, match="no_such_library_at_all"):
        importlib.import_module("no_such_library_at_all")
