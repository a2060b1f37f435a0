"""Every formula that needs no grid against the author-code tables."""

from __future__ import annotations

import numpy as np
import pytest

from tropdsx import atmos
from tropdsx.atmos import from_mjd

from helpers.atmosphere import (
    FIELDS,
    GPT3_5,
    TABLES,
    require,
    table,
    write_truncated,
)


# How each model of official_cases.csv is called with the words of its column `inputs`.
def _time(i):
    return from_mjd(float(i["mjd"]))


def _degrees(i, name):
    return float(i[f"{name}_deg"]) if f"{name}_deg" in i else np.rad2deg(float(i[f"{name}_rad"]))


def _elevation(i):
    return (
        float(i["elevation_deg"]) if "elevation_deg" in i else 90 - np.rad2deg(float(i["zd_rad"]))
    )


def _height(i):
    return next((float(i[h]) for h in ("h_ell_m", "h_m") if h in i), None)


def _a(i):
    return float(i["ah"]), float(i["aw"])


def _gpt_2007(i):
    v = atmos.gpt(_time(i), _degrees(i, "lat"), _degrees(i, "lon"), _height(i))
    return {"p": v.pressure, "T": v.temperature - 273.15, "undu": v.geoid_undulation}


def _gmf(i):
    where = _time(i), _degrees(i, "lat"), _degrees(i, "lon"), _height(i)
    return dict(zip(("gmf_h", "gmf_w"), atmos.gmf(*where, _elevation(i)), strict=True))


def _vmf1(i):
    where = *_a(i), _time(i), _degrees(i, "lat"), _elevation(i)
    return dict(zip(("vmf1_h", "vmf1_w"), atmos.vmf1(*where, _height(i)), strict=True))


def _vmf3(i):
    where = *_a(i), _time(i), _degrees(i, "lat"), _degrees(i, "lon"), _elevation(i)
    return atmos.vmf3(*where, _height(i))._asdict()


def _zhd(i):
    return {"zhd": atmos.saastamoinen_zhd(float(i["p"]), _degrees(i, "lat"), _height(i))}


def _fcul(i):
    arguments = _elevation(i), float(i["T_K"]), _degrees(i, "lat"), _height(i)
    return {"mf": atmos.mendes_pavlis_mapping(*arguments)}


def _fculzd(i):
    arguments = float(i["p"]), float(i["e"]), _degrees(i, "lat"), _height(i)
    return atmos.mendes_pavlis_zenith(*arguments, float(i["lambda_um"]))._asdict()


def _apg(i):
    north, east = atmos.apg(_degrees(i, "lat"), _degrees(i, "lon"))
    azimuth, elevation = np.rad2deg(float(i["az_rad"])), np.rad2deg(float(i["el_rad"]))
    delay = atmos.chen_herring_gradient(elevation, azimuth, north, east, "hydrostatic")
    return {"d": delay, "grn": north * 1000, "gre": east * 1000}


OFFICIAL = {
    "gpt_2007": _gpt_2007,
    "gmf": _gmf,
    "vmf1": _vmf1,
    "vmf1_ht": _vmf1,
    "vmf3": _vmf3,
    "saastamoinen_zhd": _zhd,
    "mendes_pavlis_fcul_a": _fcul,
    "mendes_pavlis_zenith": _fculzd,
    "apg": _apg,
}


@pytest.mark.realdata
def test_official_cases():
    r = table("official_cases.csv")
    checked = 0
    for model, words, output, expected, tolerance, case in zip(
        *(r[c] for c in ("model", "inputs", "output", "expected", "tolerance", "case")), strict=True
    ):
        if model not in OFFICIAL or case == "saasthyd_header":  # the header value is a misprint
            continue
        found = OFFICIAL[model](dict(word.split("=") for word in words.split()))[output]
        # The IERS routine APG writes 0.0031 as a single-precision literal, 1e-10 in the delay.
        slack = (2e-10 if (model, output) == ("apg", "d") else 4e-16) * abs(float(expected))
        assert abs(found - float(expected)) <= float(tolerance) + slack, (case, output)
        checked += 1
    assert checked == 23


@pytest.mark.realdata
def test_official_cases_of_the_grids(tmp_path):
    r = table("official_cases.csv")
    models = {
        "gpt3_5": (atmos.gpt3, require(GPT3_5), ()),
        "gpt2_5": (atmos.gpt2, write_truncated(tmp_path / "2.grd", 34), ("ah", "aw")),
        "gpt2w_5": (atmos.gpt2w, write_truncated(tmp_path / "2w.grd", 44), ("ah", "aw")),
    }
    checked = 0
    for model, words, output, expected, tolerance in zip(
        *(r[c] for c in ("model", "inputs", "output", "expected", "tolerance")), strict=True
    ):
        if model not in models or output in models[model][2]:
            continue
        i = dict(word.split("=") for word in words.split())
        function, grid, _ = models[model]
        where = _time(i), _degrees(i, "lat"), _degrees(i, "lon"), _height(i)
        field, convert = FIELDS[output]
        found = convert(getattr(function(*where, grid, i["it"] == "0"), field))
        assert abs(found - float(expected)) <= float(tolerance), (model, output)
        checked += 1
    assert checked >= 50


@pytest.mark.realdata
def test_tables_that_nobody_reads():
    """A table that is added must be added to a test."""
    known = {
        "gmf",
        "gpt2007",
        "gpt2_5deg",
        "gpt2w_5deg",
        "gpt3_1deg_octave1000",
        "gpt3_5deg_octave500",
        "gpt3_5deg_tuwien",
        "gpt3_synth1deg",
        "mendes_pavlis_zenith",
        "official_cases",
        "pwv_bevis",
        "stand_ties",
        "stand_ties_gpt3_synth1deg",
        "vmf1",
        "vmf3",
        "vmf3_bc_coefficients",
        "vmf3ht_octave10",
        "vmf_grid_kouba",
        "zenith_delays",
    }
    assert {p.stem for p in require(TABLES).glob("*.csv")} <= known
