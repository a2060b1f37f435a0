"""``tropdsx doctor``: text that can be pasted anywhere."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import tropdsx


def diagnosis(tmp_path, *, code="", **environment):
    home = tmp_path / "somebody"
    home.mkdir()
    given = os.environ | {"HOME": str(home), "USER": "somebody", "LOGNAME": "somebody"}
    given |= {name: value.format(home=home) for name, value in environment.items()}
    given = {name: value for name, value in given.items() if value}
    text = f"{code}\nfrom tropdsx.cli.group import main; main(['doctor'])"
    ran = subprocess.run(
        [sys.executable, "-c", text], env=given, cwd=home, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


def rows_of(text):
    split = (line.split("  ", 1) for line in text.splitlines() if "  " in line)
    return {label: rest.strip() for label, rest in split}


def test_what_an_issue_needs_and_nothing_of_the_user(tmp_path):
    paths = {"TROPDSX_DATA": "{home}", "HDF5_PLUGIN_PATH": "{home}/plugins", "TMPDIR": "{home}/no"}
    text = diagnosis(tmp_path, OMP_NUM_THREADS="1", **paths)
    rows = rows_of(text)
    assert rows["tropdsx"] == tropdsx.__version__
    assert platform.python_version() in rows["Python"]
    for library in ("xarray", "netCDF4", "dask", "torch"):
        assert " s" in rows[library].rpartition("import ")[2]
    assert "HDF5" in rows["netCDF4"]
    assert "climatology" in rows["assets shipped"]
    assert "gpt3_1" in rows["assets not here"]
    assert rows["OMP_NUM_THREADS"] == "1"
    assert rows["TROPDSX_DATA"] == "set, a folder of 0 files"
    assert rows["HDF5_PLUGIN_PATH"] == "set"
    assert "trouble: TMPDIR names no folder" in text
    assert "somebody" not in text
    assert str(tmp_path) not in text
    assert str(Path(tropdsx.__file__).parent) not in text
    assert "/" not in text.replace("CUDA", "")


def test_without_torch_it_is_not_imported_and_named(tmp_path):
    hidden = (
        "import importlib.util as u, sys; find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'torch' else find(name, *rest)\n"
        "import atexit; atexit.register(lambda: print('loaded' if 'torch' in sys.modules else ''))"
    )
    text = diagnosis(tmp_path, code=hidden, TROPDSX_DATA="")
    rows = rows_of(text)
    assert rows["torch"] == "not installed"
    assert rows["GPU"] == "unknown without torch"
    assert "trouble: torch is not installed: pip install torch" in text
    assert "loaded" not in text
