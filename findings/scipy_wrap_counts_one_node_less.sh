#!/usr/bin/env bash
# scipy 1.17.1: map_coordinates(mode="wrap") goes round the globe one node too early.
#
# A good guess: "wrap" is what a periodic axis (longitudes 0, 45 ... 315) needs: after the last node comes the first.
# Seen: the period is taken as n - 1, as if the last node were the first one again; between the last node and 360
# degrees, values of other longitudes are returned (those of 0 to 45 degrees here), without a warning, and each
# further turn shifts by another node. "grid-wrap", added in 1.6, is the periodic one. shift, rotate, zoom and
# affine_transform share the modes.
#
# Output seen: at 337.5 E meant -0.354, wrap 0.354, grid-wrap -0.354; at 360 E meant 0, wrap 0.707, grid-wrap 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
import scipy
from scipy.ndimage import map_coordinates

lon = np.arange(0, 360, 45)
field = np.sin(np.radians(lon))
wanted = np.array([315.0, 337.5, 360.0])
meant = np.interp(wanted, [*lon, 360], [*field, field[0]])
found = {mode: map_coordinates(field, [wanted / 45], order=1, mode=mode) for mode in ("wrap", "grid-wrap")}
print("scipy", scipy.__version__, "at", wanted, "meant", meant.round(3))
print({mode: values.round(3).tolist() for mode, values in found.items()})
assert np.allclose(found["grid-wrap"], meant)
assert np.allclose(found["wrap"], [meant[0], 0.354, 0.707], atol=1e-3), "the behaviour has changed"
PYTHON
