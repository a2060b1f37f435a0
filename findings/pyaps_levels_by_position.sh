#!/usr/bin/env bash
# PyAPS3 0.3.7 (pygrib 2.1.8): pressure levels of ERA5 are taken by their place in the GRIB file, not by their keys.
#
# A good guess: each message says which quantity and level it holds, and PyAPS reads that. Seen: it takes message
# 3 i, 3 i + 1 and 3 i + 2 as geopotential, temperature and humidity of the i-th level of a list of its own, which
# rises from 1 hPa. A file with the same 111 messages from 1000 hPa upwards is read without a word: the zenith
# delay at 500 m, 2.236 m, becomes -2.249 m (fields without a slope; with one, each pixel has another value).
#
# Output seen: from 1 hPa 2.236 m, from 1000 hPa -2.249 m
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyaps3==0.3.7 pygrib==2.1.8 eccodes==2.50.0 \
  eccodeslib==2.50.0.33 numpy==2.4.6 scipy==1.17.1 'setuptools<81'
cd "$work"
cat >make.py <<'PYTHON'
"""Write a standard atmosphere on the levels of ERA5, once from the top and once from the bottom."""

import eccodes
import numpy as np

LEVELS = [1, 2, 3, 5, 7, 10, 20, 30, 50, 70, *range(100, 251, 25), *range(300, 751, 50), *range(775, 1001, 25)]
CORNERS = {"FirstGridPointInDegrees": (50, 5), "LastGridPointInDegrees": (40, 15)}
GRID = {"Ni": 11, "Nj": 11, "iDirectionIncrementInDegrees": 1, "jDirectionIncrementInDegrees": 1, "bitsPerValue": 24}
GRID |= {f"{axis}Of{end}": at[axis == "longitude"] for end, at in CORNERS.items() for axis in ("latitude", "longitude")}


def state(level):
    height = 11000 - 6341.6 * np.log(level / 226.32)
    if level > 226.32:
        height = 44330.8 * (1 - (level / 1013.25) ** 0.190263)
    return {"z": 9.80665 * height, "t": max(288.15 - 0.0065 * height, 216.65), "q": 0.008 * np.exp(-height / 2e3)}


def write(name, levels):
    with open(name, "wb") as file:
        for level in levels:
            for quantity, value in state(level).items():
                message = eccodes.codes_grib_new_from_samples("regular_ll_pl_grib2")
                for key, entry in (GRID | {"shortName": quantity, "level": level}).items():
                    eccodes.codes_set(message, key, entry)
                eccodes.codes_set_values(message, np.full(121, value))
                eccodes.codes_write(message, file)
                eccodes.codes_release(message)


assert len(LEVELS) == 37
write("from_1.grb", LEVELS)
write("from_1000.grb", LEVELS[::-1])
PYTHON
"$work/venv/bin/python" make.py
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import pyaps3

lat, lon = np.meshgrid([45.0, 44.5], [9.0, 10.0, 11.0], indexing="ij")
place = {"dem": np.full(lat.shape, 500.0), "inc": 0.0, "lat": lat, "lon": lon}
found = {}
for name in ("from_1.grb", "from_1000.grb"):
    found[name] = pyaps3.PyAPS(name, grib="ERA5", Del="comb", verb=False, **place).getdelay()
    print(name, found[name][0])
assert np.allclose(found["from_1.grb"], 2.236, atol=0.01)
assert (abs(found["from_1000.grb"] - found["from_1.grb"]) > 0.5).all(), "the behaviour has changed"
PYTHON
