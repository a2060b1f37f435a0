#!/usr/bin/env bash
# xarray 2026.9.0 and netCDF4 1.7.5.1: epochs that nobody wrote into a NetCDF file are missing for netCDF4 and delays of
# 1e37 m for xarray.
#
# A good guess: what a writer left out (an epoch of a station without data, a block of a grid) is missing to both
# readers. Seen: netCDF fills such cells with a number of its own, 9.96921e36 for floating point, which netCDF4 masks
# though no attribute names it; xarray masks by attributes alone, so the mean of the series is 3e36 m. The -32767 of
# 16 bits, unpacked, looks like a delay: the least of the field where the packing was made for its range. Known:
# xarray issues 2374, 2742, 7723.
#
# Output seen: float: netCDF4 0.1 -- 0.3, xarray 0.1 9.96921e+36 0.3; packed int16: netCDF4 0.1 -- 0.3, xarray 0.1
# -0.32767 0.3
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xarray==2026.9.0 netCDF4==1.7.5.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import netCDF4
import numpy as np
import xarray as xr

with netCDF4.Dataset("series.nc", "w") as file:
    file.createDimension("time", None)
    zwd = file.createVariable("zwd", "f4", ("time",))
    packed = file.createVariable("packed", "i2", ("time",))
    packed.scale_factor = 1e-5
    for variable in (zwd, packed):
        variable[0], variable[2] = 0.1, 0.3  # the second epoch has no data

for name, fill in (("zwd", 9.96921e36), ("packed", -0.32767)):
    with netCDF4.Dataset("series.nc") as file:
        masked = file[name][:]
    with xr.open_dataset("series.nc") as file:
        found = file[name].values
    print(name, "netCDF4", masked, "xarray", found)
    assert list(np.ma.getmaskarray(masked)) == [False, True, False]
    assert np.isclose(found[1], fill), "the behaviour has changed"
PYTHON
