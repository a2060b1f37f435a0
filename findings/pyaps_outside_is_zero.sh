#!/usr/bin/env bash
# PyAPS3 0.3.7 (pygrib 2.1.8): where the weather file ends inside the scene, the delay is 0.0 m.
#
# A good guess: pixels outside the grid of the weather model have no delay (NaN), or are an error. Seen: they get
# 0.0, beside 2.236 m one column further west, and nothing is said: the difference of two dates with files of other
# extent has a step of two metres, and the difference of two such files is a plain zero, a correction like any
# other. The interpolation is called with bounds_error=False and fill_value=0.0.
#
# Output seen: weather to 15 E; at 14.5, 15.0, 15.5 E: 2.2364 2.2364 0.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyaps3==0.3.7 pygrib==2.1.8 eccodes==2.50.0 \
  eccodeslib==2.50.0.33 numpy==2.4.6 scipy==1.17.1 'setuptools<81'
cd "$work"
cat >make.py <<'PYTHON'
"""Write a standard atmosphere on the levels of ERA5 in the order that PyAPS downloads it: z, t, q from the top."""

import eccodes
import numpy as np

LEVELS = [1, 2, 3, 5, 7, 10, 20, 30, 50, 70, *range(100, 251, 25), *range(300, 751, 50), *range(775, 1001, 25)]
GRID = {"Ni": 11, "Nj": 11, "iDirectionIncrementInDegrees": 1, "jDirectionIncrementInDegrees": 1, "bitsPerValue": 24}
GRID |= {"latitudeOfFirstGridPointInDegrees": 50, "latitudeOfLastGridPointInDegrees": 40}
GRID |= {"longitudeOfFirstGridPointInDegrees": 5, "longitudeOfLastGridPointInDegrees": 15}

assert len(LEVELS) == 37
with open("era5.grb", "wb") as file:
    for level in LEVELS:
        height = 11000 - 6341.6 * np.log(level / 226.32)
        if level > 226.32:
            height = 44330.8 * (1 - (level / 1013.25) ** 0.190263)
        state = {"z": 9.80665 * height, "t": max(288.15 - 0.0065 * height, 216.65), "q": 0.008 * np.exp(-height / 2e3)}
        for name, value in state.items():
            message = eccodes.codes_grib_new_from_samples("regular_ll_pl_grib2")
            for key, entry in (GRID | {"shortName": name, "level": level}).items():
                eccodes.codes_set(message, key, entry)
            eccodes.codes_set_values(message, np.full(121, value))
            eccodes.codes_write(message, file)
            eccodes.codes_release(message)
PYTHON
"$work/venv/bin/python" make.py
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import pyaps3

lat, lon = np.meshgrid([45.0, 44.5], [14.5, 15.0, 15.5], indexing="ij")
aps = pyaps3.PyAPS("era5.grb", grib="ERA5", Del="comb", dem=np.full(lat.shape, 500.0), inc=0.0, lat=lat, lon=lon, verb=False)
delay = aps.getdelay()
print("at 14.5, 15.0, 15.5 E:", delay[0])
assert np.allclose(delay[:, :2], 2.236, atol=0.01)
assert (delay[:, 2] == 0.0).all(), "the behaviour has changed"
PYTHON
