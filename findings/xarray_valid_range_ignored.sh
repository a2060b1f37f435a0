#!/usr/bin/env bash
# xarray 2026.9.0 and netCDF4 1.7.5.1: values outside `valid_range` (or valid_min, valid_max) of one file
# are missing for netCDF4 and plain numbers for xarray.
#
# A good guess: a NetCDF reader that decodes CF masks what the file calls invalid, as CF 2.5.1 and the NUG
# say. Seen: xarray masks by `_FillValue` and `missing_value` alone and keeps `valid_range` as an attribute
# without a word, so a mean is one of the marks for "no value", too; netCDF4 masks them (set_auto_mask, the
# default). Whoever compares the two readers compares other numbers.
#
# Output seen: netCDF4 [0.1 0.2 --]  xarray [1.e-01 2.e-01 6.e+03]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xarray==2026.9.0 netCDF4==1.7.5.1.post1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import netCDF4
import numpy as np
import xarray as xr

with netCDF4.Dataset("a.nc", "w") as file:
    file.createDimension("x", 3)
    zwd = file.createVariable("zwd", "u2", ("x",))
    zwd.setncatts({"scale_factor": 0.1, "valid_range": np.array([0, 20], "u2")})
    zwd.set_auto_maskandscale(False)
    zwd[:] = np.array([1, 2, 60000], "u2")

with netCDF4.Dataset("a.nc") as file:
    masked = file["zwd"][:]
decoded = xr.open_dataset("a.nc").zwd.values
print("netCDF4", masked, " xarray", decoded)
assert masked.mask.tolist() == [False, False, True], "the behaviour of netCDF4 has changed"
assert np.isclose(decoded[2], 6000.0), "the behaviour of xarray has changed"
PYTHON
