#!/usr/bin/env bash
# rasterio 1.4.4: whether a NetCDF file compressed with zstd can be read depends on whether netCDF4 1.7.4 was
# imported before in the same process.
#
# A good guess: a reader has the filters that it was built with, so that the file is read or is not. Seen: on
# its own rasterio's GDAL fails on the values ("NetCDF: Filter error"); after `import netCDF4`, whose wheel
# carries the zstd plugin and sets HDF5_PLUGIN_PATH, the same call gives them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check rasterio==1.4.4 netCDF4==1.7.4 numpy==2.4.1
cd "$work"
cat > make.py <<'PYTHON'
import netCDF4
import numpy as np

with netCDF4.Dataset("a.nc", "w") as file:
    for name, size in (("lat", 4), ("lon", 5)):
        file.createDimension(name, size)
        file.createVariable(name, "f8", (name,))[:] = np.arange(size, dtype=float)
    file.createVariable("z", "f4", ("lat", "lon"), compression="zstd")[:] = np.full((4, 5), 7.0)
PYTHON
cat > read.py <<'PYTHON'
import sys
import warnings

warnings.simplefilter("ignore")
if sys.argv[1] == "netCDF4":
    import netCDF4
import rasterio

try:
    with rasterio.open("a.nc") as file:
        print("read", float(file.read(1).max()))
except Exception as error:
    print("failed", type(error).__name__)
PYTHON
"$work/venv/bin/python" make.py
alone=$("$work/venv/bin/python" read.py alone 2>/dev/null)
after=$("$work/venv/bin/python" read.py netCDF4 2>/dev/null)
echo "alone: $alone; after import netCDF4: $after"
[[ "$alone" == failed* && "$after" == "read 7.0" ]] || { echo "the behaviour has changed"; exit 1; }
