"""Programs and libraries of others, each in a process of its own, as users have them.

Programs are Debian's: ``apt-get install cdo nco gdal-bin``. A library that the environment of the
tests cannot hold may lie in a folder that ``TROPDSX_READERS`` names (``pip install --no-deps
--target``). rioxarray is one: with it, xarray loads pyproj for whoever opens a file, and pyproj
dies in a process that has loaded the PROJ of eccodes' wheel (``import eccodes, pyproj``).
"""

import functools
import json
import os
import shutil
import subprocess
import sys
import textwrap

import pytest


def package_of(program):
    """Name Debian's package of a program."""
    known = {"cdo": "cdo", "nc": "nco", "gdal": "gdal-bin"}
    return next(package for start, package in known.items() if program.startswith(start))


READERS = os.environ.get("TROPDSX_READERS", "")


def needs(*programs):
    """Skip a test where one of the programs is not there, and say how it comes there."""
    absent = [name for name in programs if shutil.which(name) is None]
    packages = " ".join(sorted({package_of(name) for name in absent}))
    return pytest.mark.skipif(
        bool(absent), reason=f"{', '.join(absent)} not installed (apt-get install {packages})"
    )


def call(*words, ok=True):
    """Run a program and give what it prints; with ``ok=None`` it may fail."""
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    words = [str(word) for word in words]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, env=env)
    said = f"{' '.join(words)}\n{ran.stdout}{ran.stderr}"
    assert ok is None or (ran.returncode == 0) == ok, said
    return ran.stdout


def cdo(*words):
    """Run cdo, without its own warnings of coordinates that it does not use."""
    return call("cdo", "-s", "-O", *words)


def described(file, variable):
    """Give what gdalinfo tells of a variable."""
    return json.loads(call("gdalinfo", "-json", f"NETCDF:{file}:{variable}"))


@functools.cache
def ask(code, *files, modules=()):
    """Run ``look(file)`` of some Python code for all files, in one process of its own.

    What it returns goes through JSON. The test is skipped where a module is not there.
    """
    paths = [path for path in (READERS, os.environ.get("PYTHONPATH", "")) if path]
    env = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(paths)}
    program = FIRST.format(modules) + textwrap.dedent(code) + LAST
    words = [sys.executable, "-W", "ignore", "-c", program, *map(str, files)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, env=env)
    assert ran.returncode == 0, ran.stderr
    absent, found = json.loads(ran.stdout.splitlines()[-1])
    if absent:
        pytest.skip(f"{', '.join(absent)} not installed")
    return found


FIRST = """
import importlib.util, json, sys
absent = [name for name in {!r} if importlib.util.find_spec(name) is None]
if absent:
    print(json.dumps([absent, None]))
    sys.exit()
"""
LAST = """
print(json.dumps([[], {file: look(file) for file in sys.argv[1:]}]))
"""
