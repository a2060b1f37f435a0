#!/usr/bin/env bash
# rioxarray 0.19.0 (xarray 2026.9.0): a raster in degrees minus its own copy has fewer rows and columns.
#
# A good guess: what open_rasterio reads and .rio.to_raster writes again has the same grid, so that sums and
# differences of the two are of that grid, too. Seen: the spacing that is written is made of the coordinates again
# and differs in the 12th digit (0.00027777777777777664 for 1/3600); the coordinates of the copy differ in their
# last bit here and there, and xarray's arithmetic keeps only those that are equal: of 300 x 300 pixels 256 x 271
# are left, with holes all over, and nothing is said. Written once more, the result is a raster of another spacing.
# In metres all is well. The way out: xr.set_options(arithmetic_join="exact"), or the coordinates of the first.
#
# Output seen: 30 m (300, 300); 1/3600 degree (256, 271)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check rioxarray==0.19.0 rasterio==1.4.4 xarray==2026.9.0 \
  numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import rasterio
import rioxarray
import xarray as xr

seen = {}
for crs, west, north, step in (("EPSG:32633", 399960.0, 5000040.0, 30.0), ("EPSG:4326", 9.5, 45.5, 1 / 3600)):
    profile = {"driver": "GTiff", "height": 300, "width": 300, "count": 1, "dtype": "float32", "crs": crs}
    with rasterio.open("dem.tif", "w", transform=rasterio.transform.from_origin(west, north, step, step), **profile) as file:
        file.write(np.ones((300, 300), "f4"), 1)
    dem = rioxarray.open_rasterio("dem.tif").squeeze()
    dem.rio.to_raster("copy.tif")
    copy = rioxarray.open_rasterio("copy.tif").squeeze()
    with rasterio.open("copy.tif") as file:
        print(crs, "spacing", step, "written as", file.transform.a, "difference", (dem - copy).shape)
    seen[crs] = (dem - copy).shape
    assert dem.shape == copy.shape == (300, 300)
assert seen["EPSG:32633"] == (300, 300)
assert max(seen["EPSG:4326"]) < 300, "the behaviour has changed"
with xr.set_options(arithmetic_join="exact"):
    try:
        dem - copy
    except ValueError as error:
        print("exact:", type(error).__name__)
    else:
        raise SystemExit("the behaviour has changed")
PYTHON
