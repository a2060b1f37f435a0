#!/usr/bin/env bash
# compliance-checker 6.1.0 (netCDF4 as it resolves): a coordinate whose `bounds` attribute names a variable
# that is not in the file passes the CF-1.10 check.
#
# A good guess: section 7.1 is checked as 3.4 (ancillary_variables) and 5.6 (grid_mapping) are, where a name
# that points to nothing is an error. Seen: the two are reported, the missing bounds of lat are not, in no
# section of the report. A writer that loses its bounds, or a tool that drops them, is not found by the
# gate that many projects use.
#
# Output seen: "nope is not a variable in this dataset", "grid mapping variable nothere must exist in this
# dataset"; no line on lat_bnds
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check compliance-checker==6.1.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import subprocess
import sys
from pathlib import Path

import netCDF4

with netCDF4.Dataset("in.nc", "w") as file:
    file.Conventions = "CF-1.10"
    file.createDimension("lat", 3)
    file.createDimension("lon", 4)
    for name, direction, values in (("lat", "north", [3.0, 2.0, 1.0]), ("lon", "east", [1.0, 2.0, 3.0, 4.0])):
        axis = file.createVariable(name, "f8", (name,))
        axis.units, axis.standard_name = f"degrees_{direction}", {"lat": "latitude", "lon": "longitude"}[name]
        axis[:] = values
    file["lat"].bounds = "lat_bnds"  # no such variable
    delay = file.createVariable("zwd", "f4", ("lat", "lon"))
    delay.units, delay.long_name = "m", "zenith wet delay"
    delay.grid_mapping, delay.ancillary_variables = "nothere", "nope"
    delay[:] = 0.1
program = Path(sys.executable).with_name("compliance-checker")
report = subprocess.run(
    [program, "--test=cf:1.10", "--criteria=strict", "in.nc"], capture_output=True, text=True, check=False
).stdout
print(report)
assert "nope is not a variable" in report
assert "nothere must exist" in report
assert "lat_bnds" not in report, "the behaviour has changed"
PYTHON
