#!/usr/bin/env bash
# rasterio 1.4.4 (GDAL 3.10.3): a NetCDF field from north to south is read upside down where its latitudes are not
# evenly spaced.
#
# A good guess: rows come in the order of the file, or, as GDAL does for even latitudes, with the north first. Seen: for
# even spacing both orders of the file give the north first; for uneven spacing (a list of parallels, part of a
# stretched grid) GDAL finds no transform, takes the file for one that begins in the south without looking, and turns it
# round: each order becomes its reverse. What is said is only that there is no geotransform; whoever takes the
# latitudes from the file itself then has every row at the wrong one.
#
# Output seen: file 50 ... 40 even: first row 50, uneven: first row 40; file 40 ... 50 even and uneven: first row 50
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check rasterio==1.4.4 xarray==2026.9.0 netCDF4==1.7.5.1 \
  numpy==2.4.6
cd "$work"
cat >make.py <<'PYTHON'
import numpy as np
import xarray as xr

EVEN, UNEVEN = [50, 48, 46, 44, 42, 40], [50, 49, 47, 45, 43, 40]
for name, rows in (("even", EVEN), ("uneven", UNEVEN)):
    for order, each in (("down", rows), ("up", rows[::-1])):
        lat = ("lat", np.array(each, float), {"units": "degrees_north", "standard_name": "latitude"})
        lon = ("lon", np.arange(5.0), {"units": "degrees_east", "standard_name": "longitude"})
        field = (("lat", "lon"), np.repeat(np.array(each, np.float32)[:, None], 5, 1))
        xr.Dataset({"row": field}, {"lat": lat, "lon": lon}).to_netcdf(f"{name}_{order}.nc")
PYTHON
"$work/venv/bin/python" make.py
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import rasterio

first = {}
for name in ("even_down", "even_up", "uneven_down", "uneven_up"):
    with rasterio.open(f"netcdf:{name}.nc:row") as file:
        first[name] = float(file.read(1)[0, 0])
print("rasterio", rasterio.__version__, "GDAL", rasterio.__gdal_version__, "latitude of the first row", first)
assert first["even_down"] == first["even_up"] == first["uneven_up"] == 50
assert first["uneven_down"] == 40, "the behaviour has changed"
PYTHON
