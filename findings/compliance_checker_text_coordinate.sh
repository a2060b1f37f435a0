#!/usr/bin/env bash
# compliance-checker 6.1.0: the names of stations as a coordinate variable, station(station) of strings, end the
# check of a file in an error of the checker itself.
#
# A good guess: a text coordinate named like its dimension, as xarray writes it for a time series at stations, is
# checked, or is reported as something CF does not want. Seen: the check of monotonic coordinates subtracts the
# names ("unsupported operand type(s) for -: 'str' and 'str'"), and the rest of it is left out with a warning that
# the checker itself has issues; a variable of another name, station_name(station), is checked to the end.
#
# Output seen: exceptions in the checker: station(station) 1, station_name(station) 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check compliance-checker==6.1.0 'setuptools<81'
cd "$work"
cat > make.py <<'PYTHON'
import sys

import netCDF4
import numpy as np

with netCDF4.Dataset(sys.argv[1], "w") as file:
    file.Conventions = "CF-1.10"
    file.createDimension("station", 2)
    names = file.createVariable(sys.argv[2], str, ("station",))
    names.long_name = "name of the station"
    names[:] = np.array(["GRAZ", "WTZR"], object)
PYTHON
for name in station station_name; do
  "$work/venv/bin/python" make.py "$name.nc" "$name"
  "$work/venv/bin/compliance-checker" --test cf:1.8 "$name.nc" >"$name.txt" 2>&1 || true
done
seen=$(grep -c "following exceptions occurred" station.txt || true)
plain=$(grep -c "following exceptions occurred" station_name.txt || true)
echo "exceptions in the checker: station(station) $seen, station_name(station) $plain"
grep -A1 "following exceptions occurred" station.txt | tail -1
[[ "$seen" -gt 0 && "$plain" -eq 0 ]] || { echo "the behaviour has changed"; exit 1; }
