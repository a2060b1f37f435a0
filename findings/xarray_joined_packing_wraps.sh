#!/usr/bin/env bash
# xarray 2026.9.0: packed files joined and written again: what does not fit the packing of the first file comes back
# as another plausible number.
#
# A good guess: each file is unpacked with its own scale_factor and add_offset (it is), so that open_mfdataset and
# to_netcdf keep the values, or say that they do not fit. Seen: the encoding of the first file is kept, 16 bits
# whose range was chosen for its own values (as ERA5 was long delivered, one packing a file); what lies outside
# wraps round the integers in silence: a delay of 2.2 m is read back as 1.763 m. Rounding in the first range is the
# least of it. The way out: ds.drop_encoding() before to_netcdf.
#
# Output seen: in memory 2.2 to 2.4, in the file 1.763 to 1.745, no warning
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xarray==2026.9.0 netCDF4==1.7.5.1 dask==2026.8.0 \
  numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import warnings

import numpy as np
import xarray as xr

for name, least, first in (("high.nc", 1.6, 0), ("low.nc", 2.2, 5)):
    packing = {"dtype": "int16", "scale_factor": 0.2 / 60000, "add_offset": least + 0.1, "_FillValue": -32768}
    zhd = least + np.linspace(0.0, 0.2, 5)
    xr.Dataset({"zhd": ("time", zhd)}, {"time": np.arange(5) + first}).to_netcdf(name, encoding={"zhd": packing})

with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    with xr.open_mfdataset(["high.nc", "low.nc"]) as both:
        given = both.zhd.values
        both.to_netcdf("both.nc")
        both.drop_encoding().to_netcdf("plain.nc")
with xr.open_dataset("both.nc") as found, xr.open_dataset("plain.nc") as plain:
    print("in memory", given.round(3), "in the file", found.zhd.values.round(3))
    wrong, right = found.zhd.values, plain.zhd.values
told = [str(each.message) for each in told if "cast" in str(each.message) or "zhd" in str(each.message)]
print("warnings about the values:", told)
assert np.allclose(given[5:], [2.2, 2.25, 2.3, 2.35, 2.4], atol=1e-5)
assert np.allclose(wrong[:5], given[:5], atol=1e-5)
assert (abs(wrong[5:] - given[5:]) > 0.4).all() and wrong.max() < 1.81, "the behaviour has changed"
assert not told, "the behaviour has changed: it is told"
assert np.array_equal(right, given)
PYTHON
