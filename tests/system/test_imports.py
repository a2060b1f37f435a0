import importlib
import importlib.util
import subprocess
import sys

import pytest

from tropdsx.system.imports import spare_array_libraries, when_imported


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


SPARED = """
import sys
from tropdsx.system.imports import spare_array_libraries
spare_array_libraries()
import numpy as np, xarray as xr
before = xr.DataArray(np.arange(4.0), {"x": np.arange(4)}, name="a").isel(x=slice(1, 3)) * 2
before.load()
assert not {"dask.array", "scipy", "pint"} & set(sys.modules)
import dask.array as da
lazy = xr.DataArray(np.ma.masked_less(np.arange(4.0), 2), dims="x").chunk(x=2)
masked = xr.Variable("x", da.from_array(np.ma.masked_less(np.arange(4.0), 2), chunks=2))
assert lazy.chunks == ((2, 2),)
assert xr.concat([before.drop_vars("x"), lazy], "x").chunks is not None
print(np.isnan(masked.values).sum(), before.values.tolist())
"""


def test_array_libraries_come_when_they_are_used():
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", SPARED], capture_output=True, text=True
    )
    assert ran.stdout == "2 [2.0, 4.0]\n", ran.stderr


HIDDEN = """
import sys
from tropdsx.system.imports import spare_array_libraries
spare_array_libraries()
import dask.array as da
assert not {"scipy", "jinja2"} & set(sys.modules), sorted(sys.modules)
import scipy.sparse, scipy.fftpack
ones = da.ones(5, chunks=2)
print((ones + 1).sum().compute(), "ones" in ones._repr_html_() + repr(ones))
"""


def test_dask_imports_no_scipy_and_others_may():
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", HIDDEN], capture_output=True, text=True
    )
    assert ran.stdout == "10.0 True\n", ran.stderr


def test_an_xarray_of_another_form_is_left_alone(monkeypatch):
    module = type(sys)("xarray.namedarray.pycompat")
    monkeypatch.setitem(sys.modules, "xarray.namedarray.pycompat", module)
    spare_array_libraries()
    assert not hasattr(module, "_cached_duck_array_modules")
