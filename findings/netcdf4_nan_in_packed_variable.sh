#!/usr/bin/env bash
# netCDF4 1.7.5.1 (numpy 2.4.6): NaN written to a packed variable comes back as its add_offset, a plausible delay.
#
# A good guess: a variable with scale_factor, add_offset and _FillValue packs NaN as the fill value, as a masked array
# is packed and as xarray does with NaN. Seen: only masks become the fill value; NaN is divided, rounded and cast to
# 16 bits, which gives 0 there, and 0 is unpacked as add_offset: no value at two stations becomes a wet delay of
# 0.2 m. numpy's "invalid value encountered in cast" is the one word said. The way out: np.ma.masked_invalid.
# (netcdf4-python issue 1103 knows the cast for plain integers, where -2147483648 at least looks odd.)
#
# Output seen: given 0.1 nan 0.3 nan, as an array 0.1 0.2 0.3 0.2, as a masked array 0.1 -- 0.3 --, by xarray 0.1 nan
# 0.3 nan
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xarray==2026.9.0 netCDF4==1.7.5.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import netCDF4
import numpy as np
import xarray as xr

given = np.array([0.1, np.nan, 0.3, np.nan])
found = {}
for name, values in (("array", given), ("masked", np.ma.masked_invalid(given))):
    with netCDF4.Dataset(f"{name}.nc", "w") as file:
        file.createDimension("station", 4)
        zwd = file.createVariable("zwd", "i2", ("station",), fill_value=-32767)
        zwd.scale_factor, zwd.add_offset = 1e-5, 0.2
        zwd[:] = values
    with netCDF4.Dataset(f"{name}.nc") as file:
        found[name] = file["zwd"][:]
packing = {"dtype": "int16", "_FillValue": -32767, "scale_factor": 1e-5, "add_offset": 0.2}
xr.Dataset({"zwd": ("station", given)}).to_netcdf("xarray.nc", encoding={"zwd": packing})
with xr.open_dataset("xarray.nc") as file:
    found["xarray"] = file["zwd"].values

print("netCDF4", netCDF4.__version__, "given", given)
print({name: str(values) for name, values in found.items()})
assert list(np.ma.getmaskarray(found["masked"])) == list(np.isnan(found["xarray"])) == [False, True, False, True]
assert not np.ma.getmaskarray(found["array"]).any(), "the behaviour has changed"
assert np.allclose(found["array"], [0.1, 0.2, 0.3, 0.2], atol=1e-5), "the behaviour has changed"
PYTHON
