"""Simulated fields that no test changes, and how their statistics are measured."""

import importlib.util
import sys

import numpy as np
import pytest

from tropdsx.workflows.simulate.delays import simulate

from helpers.paths import ROOT
from helpers.simulation import EPOCH, LAT, LON, flat, six_hourly


@pytest.fixture(scope="session")
def statistics():
    path = ROOT / "benchmarks" / "simulator.py"
    if not path.is_file():
        pytest.skip("benchmarks/ is not here")
    spec = importlib.util.spec_from_file_location("simulator_statistics", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def series():
    """Five days at 4 x 8 degrees at h = 0."""
    return simulate(six_hourly("2022-03-20", 20), LAT, LON[::2], flat(LAT, LON[::2]), seed=1)


@pytest.fixture(scope="session")
def summer_day():
    return simulate(EPOCH, LAT, LON, flat(), seed=1)


@pytest.fixture(scope="session")
def winter():
    """Zonal rows at 1 degree, three winter epochs four days apart, at h = 0."""
    lat, lon = np.arange(58.5, -10.0, -4.0), np.arange(0.5, 360.0)
    return simulate(six_hourly("2021-01-01", 33)[::16], lat, lon, flat(lat, lon), seed=1)
