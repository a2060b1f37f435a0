#!/usr/bin/env bash
# opera-utils 0.25.9 (tropo-apply): the delay of the reference date is stored in half precision, and every later
# correction is off by what was cut away: 1 mm here, up to 2 mm.
#
# A good guess: the GeoTIFF says float32 and holds the delay to the precision of float32 (0.0002 mm). Seen: it is
# written with NBITS=16, half floats, which between 2 and 4 m lie 1.95 mm apart. With subtract_first_date=True (the
# default) the rounded field is read back and subtracted from the other dates before they are rounded, so that an
# error of the size of what InSAR measures stays in all of them. OPERA's own cubes are float32.
#
# Output seen: reference -2.8789 m for -2.8799 m; the second date, 3.17 mm longer, gets -4.17 mm for -3.17 mm
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

HEIGHT, SIDE = np.arange(-500.0, 5001.0, 500.0), 20
COSINE = np.cos(np.radians(37.0))


def write():
    lat, lon = np.arange(46.0, 43.9, -0.1), np.arange(9.0, 11.05, 0.1)
    for day, factor in (("20220701", 1.0), ("20220713", 1.0011)):
        cube = np.broadcast_to(2.3 * factor, (HEIGHT.size, lat.size, lon.size))
        axes = {"height": HEIGHT, "latitude": lat, "longitude": lon}
        xr.Dataset({"total_delay": (tuple(axes), cube)}, axes).to_netcdf(f"tropo_cropped_{day}T060000.nc", engine="h5netcdf")
    profile = {"driver": "GTiff", "height": SIDE, "width": SIDE, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    profile["transform"] = rasterio.transform.from_origin(9.5, 45.5, 0.01, 0.01)
    for name, value in (("dem", 100.0), ("incidence", 37.0)):
        with rasterio.open(f"{name}.tif", "w", **profile) as file:
            file.write(np.full((SIDE, SIDE), value, "f4"), 1)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    write()
    apply_tropo(sorted(Path().glob("*.nc")), Path("dem.tif"), Path("incidence.tif"), num_workers=1)
    found = {}
    for path in Path("tropo_corrections").glob("*.tif"):
        with rasterio.open(path) as file:
            found[path.name.split("_")[0]] = file.read(1)[5, 5]
            print(path.name, file.dtypes[0], file.tags(1, ns="IMAGE_STRUCTURE"), found[path.name.split("_")[0]])
    reference, change = -2.3 / COSINE, -2.3 * 0.0011 / COSINE
    print(f"expected {reference:.5f} and {change:.5f}")
    assert 0.0005 < abs(found["reference"] - reference) < 0.002, "the behaviour has changed"
    assert 0.0005 < abs(found["tropo"] - change) < 0.002, "the behaviour has changed"
PYTHON
"$work/venv/bin/python" apply.py
