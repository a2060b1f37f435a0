#!/usr/bin/env bash
# cf-xarray 0.11.3 (xarray 2026.9.0): the bounds it adds to latitudes that reach the poles lie beyond them, and the
# polar rows get no area.
#
# A good guess: cf.add_bounds("latitude") knows what a latitude is (it finds it by its CF attributes) and ends the
# outermost cells at 90 degrees, as guess_bounds of iris does. Seen: they are extrapolated to 92.5 degrees; the area
# from sin(upper) - sin(lower) is then that from 87.5 to 92.5 degrees: exactly zero, for the rows at both
# poles, so that in an area mean their nodes do not count. CF allows no latitude beyond 90. Clip the bounds.
#
# Output seen: bounds of 90 degrees 92.5 87.5, area 0.0; iris 90.0 87.5, area 0.00095
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cf-xarray==0.11.3 xarray==2026.9.0 \
  scitools-iris==3.14.1 xxhash==3.8.2 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import cf_xarray
import iris.coords
import numpy as np
import xarray as xr

latitudes = np.arange(90.0, -91.0, -5.0)
lat = ("lat", latitudes, {"standard_name": "latitude", "units": "degrees_north"})
bounds = xr.Dataset(coords={"lat": lat}).cf.add_bounds("latitude").lat_bounds.transpose("lat", "bounds").values
coordinate = iris.coords.DimCoord(latitudes, "latitude", units="degrees")
coordinate.guess_bounds()
print("cf-xarray", cf_xarray.__version__)
area = {}
for name, each in (("cf-xarray", bounds), ("iris", coordinate.bounds)):
    area[name] = abs(np.diff(np.sin(np.radians(each[[0, -1]])), axis=1)).ravel()
    print(name, "bounds at the poles", each[0], each[-1], "area", area[name].round(5))
assert (area["iris"] > 9e-4).all()
assert abs(bounds).max() == 92.5 and (area["cf-xarray"] < 1e-12).all(), "the behaviour has changed"
PYTHON
