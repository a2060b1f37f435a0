#!/usr/bin/env bash
# xarray 2026.4.0 with zarr 3.1.6: the same packed int16 field decodes to float32 out of NetCDF and to float64
# out of a Zarr store.
#
# A good guess: scale_factor and add_offset of type float32, as CF has it, make float32 of int16 in both, since
# the store was written by the same library from the same Dataset. Seen: attributes of a store are JSON numbers,
# which come back as Python floats, and a Python float asks for float64: twice the memory for each epoch.
#
# Output seen: NetCDF float32, Zarr float64
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xarray==2026.4.0 zarr==3.1.6 netCDF4==1.7.4 numpy==2.4.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import warnings

warnings.simplefilter("ignore")
import numpy as np
import xarray as xr

ds = xr.Dataset({"zhd": ("x", np.linspace(2.1, 2.4, 5, dtype="f4"))})
packing = {"dtype": "int16", "scale_factor": np.float32(5e-5), "add_offset": np.float32(1.5), "_FillValue": -32768}
ds.to_netcdf("a.nc", engine="netcdf4", encoding={"zhd": packing})
ds.to_zarr("a.zarr", encoding={"zhd": packing}, consolidated=False)
found = [xr.open_dataset("a.nc").zhd.dtype, xr.open_zarr("a.zarr", consolidated=False).zhd.dtype]
print("NetCDF {}, Zarr {}".format(*found))
assert found[0] == np.float32
assert found[1] == np.float64, "the behaviour has changed"
PYTHON
