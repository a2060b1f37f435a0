#!/usr/bin/env bash
# xarray 2026.9.0: integers of files that are joined with files without them are written as -2147483648 where they
# are missing, and read back as numbers.
#
# A good guess: a variable that became floating point with NaN when files were joined is written with a fill value,
# or as floating point. Seen: it keeps the encoding "int32" of the first file, which had no _FillValue; to_netcdf
# warns ("without any _FillValue to use for NaNs"), casts NaN to the least integer and writes no _FillValue, so
# the next reader takes it for a count of minus two thousand million. The way out: drop the encoding, or give one
# with _FillValue.
#
# Output seen: in memory [3.0, 5.0, nan, nan]; in the file [3, 5, -2147483648, -2147483648]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xarray==2026.9.0 netCDF4==1.7.5.1 numpy==2.4.1 \
  dask==2026.8.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import warnings

import numpy as np
import xarray as xr

zwd = ("time", np.array([0.1, 0.2]))
count = ("time", np.array([3, 5], "i4"))
xr.Dataset({"count": count, "zwd": zwd}, {"time": [0, 1]}).to_netcdf("new.nc")
xr.Dataset({"zwd": zwd}, {"time": [2, 3]}).to_netcdf("old.nc")
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    both = xr.open_mfdataset(["new.nc", "old.nc"], combine="nested", concat_dim="time")
    print("in memory", both["count"].values.tolist())
    both.to_netcdf("both.nc")
assert any("without any _FillValue" in str(each.message) for each in told), "the warning has gone"
with xr.open_dataset("both.nc") as found:
    values = found["count"].values.tolist()
print("in the file", values)
assert values == [3, 5, -2147483648, -2147483648], "the behaviour has changed"
PYTHON
