#!/usr/bin/env bash
# geodezyx 5.1.0 (with what it resolves): the wet delay of its Saastamoinen function is a fifth too large.
#
# A good guess: trop_saast(p, latitude, height, temperature [degC], vapour pressure [hPa], "wet") gives
# 0.0022768 (1255/T + 0.05) e (Saastamoinen 1972), 0.1003 m at 15 degC and 10 hPa. Seen: 0.1219 m. The
# formula as coded divides 1255 + T + 0.05 by T, which adds one to the bracket whatever the weather: + 21 %
# at 15 degC. The hydrostatic part is right, so a total delay is wrong by the same 21.6 mm and looks
# plausible.
#
# Output seen: 0.1219 found, 0.1003 by the published formula
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check geodezyx==5.1.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import math

from geodezyx.athmo import athmo

found = athmo.trop_saast(1013.25, math.radians(48.0), 100.0, 15.0, 10.0, "wet")
kelvin = 15.0 + 273.15
published = 0.0022768 * (1255.0 / kelvin + 0.05) * 10.0
print(f"{found:.4f} found, {published:.4f} by the published formula")
assert abs(found - 0.1219) < 1e-4, "the behaviour has changed"
assert abs(published - 0.1003) < 1e-4
PYTHON
