#!/usr/bin/env bash
# xarray 2026.9.0: a cubic fitted along the time of one day is a parabola.
#
# A good guess: polyfit along a time coordinate fits the polynomial of the degree asked for, as numpy.polyfit does in
# hours of the day. Seen: times are taken as nanoseconds since 1970; within a day their cube differs from what
# lower powers make by 1e-13, which falls below rcond: the cubic (and every higher) term is dropped, and delays
# every 5 minutes that are a cubic exactly are missed by 8 mm. "Polyfit may be poorly conditioned" is said, not that a
# term is left out. The way out: assign hours since the first epoch as the coordinate.
#
# Output seen: largest error of the cubic 7.9 mm by time, 0.0 mm by hours; of the parabola 7.9 mm by either
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xarray==2026.9.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import xarray as xr

x = np.linspace(-1.0, 1.0, 288)
time = np.datetime64("2022-07-01", "ns") + np.arange(288) * np.timedelta64(300 * 10**9, "ns")
zwd = xr.DataArray(0.2 + 0.05 * x + 0.03 * x**2 + 0.02 * x**3, coords={"time": time}, dims="time")
hours = zwd.assign_coords(time=np.arange(288) / 12)
error = {}
for name, series in (("time", zwd), ("hours", hours)):
    for degree in (2, 3):
        fit = xr.polyval(series.time, series.polyfit("time", degree).polyfit_coefficients)
        error[name, degree] = 1e3 * float(abs(fit - series).max())
print("xarray", xr.__version__, {key: f"{value:.2f} mm" for key, value in error.items()})
assert error["hours", 3] < 1e-6 and np.isclose(error["hours", 2], error["time", 2], rtol=1e-3)
assert error["time", 3] > 7, "the behaviour has changed"
PYTHON
