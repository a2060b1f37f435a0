#!/usr/bin/env bash
# kerchunk 0.2.10 (xarray 2026.9.0): of packed files joined by reference all are unpacked with the packing of the
# first.
#
# A good guess: MultiZarrToZarr, made to see many NetCDF files as one store, keeps scale_factor and add_offset of
# each file, as open_mfdataset does, or refuses files that differ in them (as ERA5 was long delivered). Seen: a
# store has one set of attributes, that of the first file; the integers of the others are read with it: delays of
# 2.2 to 2.4 m become 1.6 to 1.8 m, exactly those of the first file, and nothing is said.
#
# Output seen: open_mfdataset 1.6 ... 1.8 2.2 ... 2.4; by reference 1.6 ... 1.8 1.6 ... 1.8
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check kerchunk==0.2.10 xarray==2026.9.0 zarr==3.1.6 \
  h5netcdf==1.8.2 h5py==3.16.0 dask==2026.8.0 fsspec==2026.9.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import json
from pathlib import Path

import numpy as np
import xarray as xr
from kerchunk.combine import MultiZarrToZarr
from kerchunk.hdf import SingleHdf5ToZarr

names = ("first.nc", "second.nc")
for name, least, first in zip(names, (1.6, 2.2), (0, 5), strict=True):
    packing = {"dtype": "int16", "scale_factor": 0.2 / 60000, "add_offset": least + 0.1, "_FillValue": -32768}
    ds = xr.Dataset({"zhd": ("time", least + np.linspace(0.0, 0.2, 5))}, {"time": np.arange(5) + first})
    ds.to_netcdf(name, encoding={"zhd": packing}, engine="h5netcdf")
with xr.open_mfdataset(list(names), engine="h5netcdf") as both:
    expected = both.zhd.values
references = [SingleHdf5ToZarr(str(Path(name).resolve())).translate() for name in names]
Path("both.json").write_text(json.dumps(MultiZarrToZarr(references, concat_dims=["time"]).translate()))
found = xr.open_dataset("both.json", engine="kerchunk").zhd.values
print("open_mfdataset", expected.round(2), "by reference", found.round(2))
assert np.allclose(expected[5:], [2.2, 2.25, 2.3, 2.35, 2.4], atol=1e-5)
assert np.allclose(found[:5], expected[:5], atol=1e-5)
assert np.allclose(found[5:], expected[:5], atol=1e-5), "the behaviour has changed"
PYTHON
