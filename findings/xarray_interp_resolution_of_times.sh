#!/usr/bin/env bash
# xarray 2026.9.0 (pandas 3.1.1): interp at times between the epochs gives NaN where the times are stored in a finer
# unit than the epochs.
#
# A good guess: datetime64[ns] and datetime64[us] are the same moments, so that interp, like sel, finds 03 UTC
# between 00 and 06 UTC. Seen: both are made numbers in the unit of their own type; where epochs in microseconds
# (what pandas 3 makes: date_range, read_csv) meet times in nanoseconds (what xarray decodes from files, or a text
# in the call), 03 UTC lies a thousand times too far out, which is "outside": NaN, without a warning. interp_like,
# and method="nearest", do the same; sel(method="nearest") is right. With epochs in nanoseconds all are right.
#
# Output seen: epochs [us]: sel 6.0, interp nan, by text nan, interp_like nan; epochs [ns]: 3.0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xarray==2026.9.0 pandas==3.1.1 numpy==2.4.6 \
  scipy==1.17.1
cd "$work"
"$work/venv/bin/python" -W error - <<'PYTHON'
import numpy as np
import pandas as pd
import xarray as xr

epochs = pd.date_range("2022-07-01", periods=3, freq="6h")
assert epochs.unit == "us"
zwd = xr.DataArray([0.0, 6.0, 12.0], {"time": epochs}, "time")
between = xr.DataArray(np.array(["2022-07-01T03"], "datetime64[ns]"), dims="time", name="time")
seen = {
    "interp": zwd.interp(time=between),
    "interp by text": zwd.interp(time=["2022-07-01T03"]),
    "interp nearest": zwd.interp(time=between, method="nearest"),
    "interp_like": zwd.interp_like(xr.DataArray([0.0], {"time": between}, "time")),
}
for name, found in seen.items():
    print("epochs [us]:", name, found.values)
    assert np.isnan(found).all(), "the behaviour has changed"
print("epochs [us]: sel", zwd.sel(time=between, method="nearest").values)
assert zwd.sel(time=between, method="nearest").notnull().all()
fine = zwd.assign_coords(time=epochs.as_unit("ns"))
print("epochs [ns]: interp", fine.interp(time=between).values)
assert fine.interp(time=between).item() == 3.0
assert fine.interp(time=between.astype("datetime64[us]")).item() == 3.0
PYTHON
