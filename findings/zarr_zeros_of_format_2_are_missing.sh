#!/usr/bin/env bash
# xarray 2026.9.0 with zarr 3.1.6: a plain 0 in a Zarr array is 0 in format 3 and NaN in format 2, written by the same
# lines.
#
# A good guess: the format of the store does not change the values. Seen: zarr writes fill_value 0 where none is given;
# of format 2 xarray takes it for _FillValue, so that every 0.0 (the height of the sea in an orography, a rounded wet
# delay of the poles, a difference of equal fields) is missing; of format 3 it does not. So converting a store from 2
# to 3 brings values back, and one that means NaN by its fill_value of 0 loses its gaps. fill_value=NaN in create_array,
# or use_zarr_fill_value_as_mask in open_zarr, says which is meant.
#
# Output seen: format 2 nan 0.1 nan, format 3 0.0 0.1 0.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xarray==2026.9.0 zarr==3.1.6 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
import xarray as xr
import zarr

found = {}
for number in (2, 3):
    store = f"store{number}.zarr"
    names = {"attributes": {"_ARRAY_DIMENSIONS": ["x"]}} if number == 2 else {"dimension_names": ["x"]}
    group = zarr.open_group(store, mode="w", zarr_format=number)
    group.create_array("zwd", shape=(3,), dtype="f4", **names)[:] = [0.0, 0.1, 0.0]
    assert group["zwd"][:].tolist()[0] == 0.0
    found[number] = xr.open_zarr(store, consolidated=False).zwd.values
print("zarr", zarr.__version__, "format 2", found[2], "format 3", found[3])
assert np.allclose(found[3], [0.0, 0.1, 0.0]), "the behaviour has changed"
assert np.isnan(found[2]).tolist() == [True, False, True], "the behaviour has changed"
PYTHON
