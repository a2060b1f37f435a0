#!/usr/bin/env bash
# cfgrib 0.9.15.1 (eccodes 2.50.0): fields stored from east to west, or column by column, are given to other places.
#
# A good guess: GRIB says how its points run (flag table 3.4: i negative, j consecutive), and a reader that gives
# latitude and longitude puts each value at its own. Seen: of the flags cfgrib heeds the one for south to north
# alone; with iScansNegatively the field is mirrored from east to west, with jPointsAreConsecutive it is folded
# row by row out of columns. Nothing is said; the flags stand in the attributes (GRIB_iScansNegatively,
# GRIB_jPointsAreConsecutive). eccodes itself knows the place of each value.
#
# Output seen: at 50 N 0 E eccodes 283, cfgrib 280 (iScansNegatively); at 45 N 0 E eccodes 281, cfgrib 284
# (jPointsAreConsecutive)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check eccodes==2.50.0 eccodeslib==2.50.0.33 \
  cfgrib==0.9.15.1 xarray==2026.9.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import eccodes
import numpy as np
import xarray as xr

corners = {"latitudeOfFirstGridPointInDegrees": 50, "latitudeOfLastGridPointInDegrees": 40}
spacing = {"Ni": 4, "Nj": 3, "iDirectionIncrementInDegrees": 10, "jDirectionIncrementInDegrees": 5}


def read(west_to_east, **flags):
    """Write 280, 281 ... in the order of the file; return (latitude, longitude): value of eccodes and of cfgrib."""
    message = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib2")
    first, last = (0, 30) if west_to_east else (30, 0)
    ends = {"longitudeOfFirstGridPointInDegrees": first, "longitudeOfLastGridPointInDegrees": last}
    for key, value in (spacing | corners | ends | flags | {"shortName": "2t", "bitsPerValue": 24}).items():
        eccodes.codes_set(message, key, value)
    eccodes.codes_set_values(message, 280.0 + np.arange(12))
    with open("a.grb", "wb") as file:
        eccodes.codes_write(message, file)
    own = (eccodes.codes_get_array(message, key) for key in ("latitudes", "longitudes", "values"))
    own = {(float(lat), float(lon)): round(float(value)) for lat, lon, value in zip(*own, strict=True)}
    eccodes.codes_release(message)
    with xr.open_dataset("a.grb", engine="cfgrib", backend_kwargs={"indexpath": ""}) as ds:
        found = {at: round(float(ds.t2m.sel(latitude=at[0], longitude=at[1]))) for at in own}
    return own, found


own, found = read(True)
assert own == found
own, found = read(True, jScansPositively=0)
assert own == found
for flag, place, expected in (("iScansNegatively", (50.0, 0.0), (283, 280)), ("jPointsAreConsecutive", (45.0, 0.0), (281, 284))):
    own, found = read(flag != "iScansNegatively", **{flag: 1})
    print(flag, "at", place, "eccodes", own[place], "cfgrib", found[place])
    assert (own[place], found[place]) == expected, "the behaviour has changed"
PYTHON
