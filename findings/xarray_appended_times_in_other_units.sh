#!/usr/bin/env bash
# xarray 2026.9.0 with zarr 3.1.6: 6-hourly epochs appended to a Zarr store of daily ones become dates weeks later.
#
# A good guess: to_zarr(append_dim="time") writes the new epochs in the units of the store, or refuses what these
# cannot hold. Seen: whole days were stored as integers "days since"; 06 UTC does not fit, so the new epochs are
# encoded as "hours since", and these numbers go into the array that still says "days since": the 3rd of July
# becomes the 18th of August. A warning tells of the hours, as if they were stored so. The way out: give the first
# write an encoding in hours, minutes or seconds.
#
# Output seen: 2022-07-03T06 is read back as 2022-08-24; 1 warning; with units of hours in the first write: right
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xarray==2026.9.0 zarr==3.1.6 pandas==3.1.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import warnings

import numpy as np
import pandas as pd
import xarray as xr


def zwd(epochs):
    return xr.Dataset({"zwd": ("time", np.full(epochs.size, 0.1))}, {"time": epochs})


def appended(path, **options):
    zwd(pd.date_range("2022-07-01", periods=2, freq="D")).to_zarr(path, consolidated=False, **options)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        zwd(pd.date_range("2022-07-03", periods=2, freq="6h")).to_zarr(path, append_dim="time", consolidated=False)
    told = [str(each.message) for each in told if "serialized faithfully" in str(each.message)]
    return xr.open_zarr(path, consolidated=False).time.values.astype("datetime64[h]").astype(str), len(told)


found, told = appended("plain.zarr")
print(found, told, "warning")
assert found.tolist()[2:] == ["2022-08-18T00", "2022-08-24T00"], "the behaviour has changed"
assert told == 1
found, told = appended("hours.zarr", encoding={"time": {"units": "hours since 2022-07-01"}})
print(found, told, "warnings")
assert found.tolist()[2:] == ["2022-07-03T00", "2022-07-03T06"]
PYTHON
