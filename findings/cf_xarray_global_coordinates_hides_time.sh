#!/usr/bin/env bash
# cf-xarray 0.11.3 (xarray 2026.4.0): a global attribute `coordinates` hides a scalar time, which the CF
# attributes of the coordinate tell plainly.
#
# A good guess: cf.axes finds a coordinate with standard_name "time" and axis "T", whatever the Dataset's
# global attributes are; xarray itself writes such a global attribute for coordinates that no variable
# claims. Seen: with the global attribute ds.cf.axes is empty, without it {'T': ['t']}.
#
# Output seen: with the attribute {}, without it {'T': ['t']}
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cf-xarray==0.11.3 xarray==2026.4.0 numpy==2.4.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import cf_xarray  # noqa: F401
import numpy as np
import xarray as xr

time = xr.DataArray(np.datetime64("2022-07-01", "ns"), attrs={"standard_name": "time", "axis": "T"})
ds = xr.Dataset({"zwd": ("x", [0.1, 0.2])}, {"t": time})
plain, marked = dict(ds.cf.axes), dict(ds.assign_attrs(coordinates="h").cf.axes)
print("with the attribute", marked, "without it", plain)
assert plain == {"T": ["t"]}
assert marked == {}, "the behaviour has changed"
PYTHON
