#!/usr/bin/env bash
# opera-utils 0.25.9 (tropo-apply): a missing node of a delay cube counts as a delay of zero, and its neighbourhood
# gets corrections of metres.
#
# A good guess: NaN in total_delay stays NaN at the pixels that need the node (its interpolator is called with
# fill_value=nan). Seen: the cube goes through nan_to_num before, so that the delay falls linearly to 0 m towards
# the node: -1.44 m at half a node from it and 0 at it, where -2.88 m is meant; no pixel is missing, nothing is
# said. A cube with a gap is valid: below the ground of a weather model, or where a region was cut out.
#
# Output seen: at the node 0.0 m, half a node off -1.44 m, one node off -2.88 m; missing pixels 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check opera-utils==0.25.9 rioxarray==0.19.0 rasterio==1.4.4 \
  h5netcdf==1.8.2 xarray==2026.9.0 scipy==1.17.1 tqdm==4.70.1 numpy==2.4.6
cd "$work"
cat >apply.py <<'PYTHON'
import warnings
from pathlib import Path

import numpy as np
import rasterio
import xarray as xr
from opera_utils.tropo import apply_tropo

HEIGHT, LAT, LON = np.arange(-500.0, 5001.0, 500.0), np.arange(46.0, 43.95, -0.1), np.arange(9.0, 11.05, 0.1)
AXES = {"height": HEIGHT, "latitude": LAT, "longitude": LON}


def write():
    cube = np.full((HEIGHT.size, LAT.size, LON.size), 2.3)
    cube[:, 10, 10] = np.nan  # 45 N, 10 E
    ds = xr.Dataset({"total_delay": (tuple(AXES), cube)}, AXES).rio.write_crs("EPSG:4326")
    ds.to_netcdf("tropo_cropped_20220713T060000.nc", engine="h5netcdf")
    profile = {"driver": "GTiff", "height": 21, "width": 21, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    # Pixels of 0.01 degree; the middle one has its centre at the missing node.
    profile["transform"] = rasterio.transform.from_origin(9.895, 45.105, 0.01, 0.01)
    for name, value in (("dem", 100.0), ("incidence", 37.0)):
        with rasterio.open(f"{name}.tif", "w", **profile) as file:
            file.write(np.full((21, 21), value, "f4"), 1)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    write()
    cubes = list(Path().glob("*.nc"))
    apply_tropo(cubes, Path("dem.tif"), Path("incidence.tif"), subtract_first_date=False, num_workers=1)
    with rasterio.open("tropo_corrections/tropo_correction_20220713T060000.tif") as file:
        found = file.read(1)
    print("at the node, half a node off, one node off:", found[10, [10, 15, 20]], "missing:", np.isnan(found).sum())
    delay = 2.3 / np.cos(np.radians(37.0))
    assert abs(found[10, 10]) < 0.01, "the behaviour has changed"
    assert abs(found[10, 15] + delay / 2) < 0.01, "the behaviour has changed"
    assert abs(found[10, 20] + delay) < 0.01
    assert not np.isnan(found).any(), "the behaviour has changed"
PYTHON
"$work/venv/bin/python" apply.py
