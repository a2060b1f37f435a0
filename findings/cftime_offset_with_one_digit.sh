#!/usr/bin/env bash
# cftime 1.6.6.1 (what netCDF4.num2date, cf-units and iris read dates with): a time zone of one digit is dropped, in
# the very example of the CF conventions.
#
# A good guess: "seconds since 1992-10-8 15:15:42.5 -6:00" (CF 4.4, after UDUNITS) begins at 21:15:42.5 UTC, or is
# refused. Seen: cftime heeds an offset with two digits ("-06:00") and ignores "-6:00", "-6" and "+2" without a
# word: the dates are 6 hours early. xarray 2026.9.0 heeds them, so one file has other epochs in the two readers;
# six hours are one epoch of a weather analysis.
#
# Output seen: "-6:00" cftime 15:15:42.5, xarray 21:15:42.5; "-06:00" both 21:15:42.5
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cftime==1.6.6.1 xarray==2026.9.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W error - <<'PYTHON'
import cftime
import xarray as xr

for offset, expected in (("-6:00", "15:15:42.5"), ("-6", "15:15:42.5"), ("-06:00", "21:15:42.5")):
    units = f"seconds since 1992-10-8 15:15:42.5 {offset}"
    plain = cftime.num2date(0, units).isoformat()
    by_xarray = str(xr.decode_cf(xr.Dataset({"time": ("time", [0], {"units": units})})).time.values[0])
    print(f"{units}: cftime {plain}, xarray {by_xarray}")
    assert plain.startswith(f"1992-10-08T{expected}"), "the behaviour of cftime has changed"
    assert by_xarray.startswith("1992-10-08T21:15:42.5"), "the behaviour of xarray has changed"
PYTHON
