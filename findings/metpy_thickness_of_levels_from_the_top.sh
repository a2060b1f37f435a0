#!/usr/bin/env bash
# MetPy 1.7.1: the thickness of a layer is negative where the levels run from the top down; its precipitable water is
# not.
#
# A good guess: functions of one library that take the same column treat it alike; the levels of ERA5 come from the
# top. Seen: precipitable_water sorts the levels; thickness_hydrostatic integrates in the order given: -15611 m for
# 15611 m. Heights summed from it go into the ground, and a delay integrated over them changes its sign. No error, no
# warning. Sort by pressure, the largest first, before.
#
# Output seen: from the ground 15611 m and 52.3 mm, from the top -15611 m and 52.3 mm
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check metpy==1.7.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import metpy
import numpy as np
from metpy.calc import precipitable_water, thickness_hydrostatic
from metpy.units import units

pressure = np.linspace(1010.0, 100.0, 300) * units.hPa
temperature = (300 - 60 * np.log(1010 / pressure.m)) * units.K
dewpoint = np.minimum(temperature.m - 1.5, 299) * units.K
found = {}
for name, order in (("ground", slice(None)), ("top", slice(None, None, -1))):
    thickness = thickness_hydrostatic(pressure[order], temperature[order]).to("m").m
    water = precipitable_water(pressure[order], dewpoint[order]).to("mm").m
    found[name] = thickness, water
    print(f"MetPy {metpy.__version__} from the {name}: thickness {thickness:.0f} m, water {water:.1f} mm")
assert np.isclose(found["ground"][1], found["top"][1]) and found["ground"][0] > 15000
assert np.isclose(found["top"][0], -found["ground"][0]), "the behaviour has changed"
PYTHON
