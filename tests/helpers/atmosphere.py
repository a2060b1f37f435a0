"""Where the reference tables and real files lie, and how to read them; not a test itself."""

from __future__ import annotations

import csv
import lzma

import numpy as np
import pytest

from tropdsx.atmos import from_mjd

from helpers.paths import SHARED

TABLES = SHARED / "reference" / "athmo"
GPT3_5 = SHARED / "data" / "gpt" / "gpt3_5.grd.xz"


def require(path):
    """Skip the test, saying which file is absent."""
    if not path.exists():
        pytest.skip(f"{path.name} is not in ../shared")
    return path


def table(name):
    """Columns of a reference table: float arrays where every cell is a number, else text."""
    lines = require(TABLES / name).read_text(encoding="utf-8").splitlines()
    rows = list(csv.reader(line for line in lines if line and not line.startswith("#")))
    columns = {}
    for name_, *cells in zip(*rows, strict=True):
        try:
            columns[name_] = np.array([float(c) if c else np.nan for c in cells])
        except ValueError:
            columns[name_] = np.array(cells)
    return columns


def gpt3_lines():
    """Header and rows of the 5 degree GPT3 grid."""
    return lzma.open(require(GPT3_5), "rt", encoding="latin-1").read().splitlines()


def write_truncated(path, columns):
    """A GPT2 (34 columns) or GPT2w (44) grid out of GPT3's, which differs in ah and aw only."""
    header, *rows = gpt3_lines()
    cut = (" ".join(row.split()[:columns]) for row in rows)
    path.write_text("\n".join([header, *cut]) + "\n", encoding="utf-8")
    return path


def write_synthetic_1deg(path):
    """The synthetic 1 degree grid whose recipe is in the header of gpt3_synth1deg.csv."""
    coarse = np.array([row.split() for row in gpt3_lines()[1:]], dtype=float)
    i, j = (a.ravel() for a in np.mgrid[0:180, 0:360])
    grid = coarse[(i // 5) * 72 + j // 5]
    grid[:, 0], grid[:, 1] = 89.5 - i, 0.5 + j
    grid[:, 2] += (7 * i + 3 * j) % 11
    grid[:, 7] += 0.1 * ((i + 2 * j) % 5)
    grid[:, 22] += 0.1 * ((5 * i + j) % 7)
    grid[:, 24] += 0.001 * ((i + j) % 4)
    grid[:, 44] += 0.1 * ((2 * i + j) % 9)
    np.savetxt(path, grid, fmt="%.10g", header="synthetic", comments="% ")
    return path


CUBES = (
    "raider_ERA-5_2019_11_17_T20_51_58_5S_2S_41W_37W.nc",
    "raider_ERA-5_2020_01_30_T13_52_45_32N_35N_120W_115W.nc",
    "raider_GMAO_2020_01_24_T12_32N_36N_121W_114W.nc",
)

# Column of the tables: field of the record, and how to get from its units to those of the table.
FIELDS = {
    "p": ("pressure", lambda v: v),
    "T": ("temperature", lambda v: v - 273.15),
    "dT": ("lapse_rate", lambda v: v * 1000),
    "Tm": ("mean_temperature", lambda v: v),
    "e": ("water_vapour_pressure", lambda v: v),
    "ah": ("ah", lambda v: v),
    "aw": ("aw", lambda v: v),
    "la": ("water_vapour_decrease_factor", lambda v: v),
    "undu": ("geoid_undulation", lambda v: v),
    "Gn_h": ("gradient_north_hydrostatic", lambda v: v),
    "Ge_h": ("gradient_east_hydrostatic", lambda v: v),
    "Gn_w": ("gradient_north_wet", lambda v: v),
    "Ge_w": ("gradient_east_wet", lambda v: v),
}


GREEN_BANK = {"lat": np.rad2deg(0.6708665767), "lon": np.rad2deg(-1.393397187)}


GREEN_BANK_ELEVATION = 90 - np.rad2deg(1.278564131)


GREEN_BANK_TIME = np.datetime64("2009-08-12")


RELATIVE = 1e-12


def equal(found, expected, rtol=RELATIVE, atol=0.0):
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


def in_degrees(r):
    return (
        from_mjd(r["mjd"]),
        np.rad2deg(r["lat_rad"]),
        np.rad2deg(r["lon_rad"]),
        90 - np.rad2deg(r["zd_rad"]),
    )
