#!/usr/bin/env bash
# pyproj 3.7.2 (PROJ 9.5.1 inside the wheel): heights above the geoid become "ellipsoidal" ones
# without being changed, and nothing is said.
#
# A good guess: from WGS 84 + EGM2008 height (EPSG:9518) to WGS 84 3D (EPSG:4979) the undulation is added
# (44 m at Vienna), or an error tells that its grid is not installed. Seen: the wheel ships no geoid grid
# and fetches none by default; the transformation falls back to one that PROJ calls "ballpark" and gives
# the height back as it was. Only the description and an accuracy of -1 tell. only_best=True does not
# help either; allow_ballpark=False does: it raises. 44 m of height are 13 mm of hydrostatic delay.
#
# Output seen: 156.0 -> 156.0, accuracy -1.0; with only_best=True 156.0; with allow_ballpark=False a ProjError
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyproj==3.7.2
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import pyproj
from pyproj import Transformer

if pyproj.network.is_network_enabled():
    pyproj.network.set_network_enabled(active=False)
print("PROJ", pyproj.proj_version_str)
ask = {"crs_from": "EPSG:9518", "crs_to": "EPSG:4979", "always_xy": True}
plain = Transformer.from_crs(**ask)
lon, lat, height = plain.transform(16.37, 48.20, 156.0)
print("156.0 ->", height, "accuracy", plain.accuracy)
print(plain.description)
assert height == 156.0, "the behaviour has changed"
assert "ballpark" in plain.description
best = Transformer.from_crs(**ask, only_best=True).transform(16.37, 48.20, 156.0)[2]
print("only_best=True:", best)
assert best == 156.0, "the behaviour has changed"
try:
    Transformer.from_crs(**ask, allow_ballpark=False)
except pyproj.exceptions.ProjError as error:
    print("allow_ballpark=False:", error)
else:
    raise SystemExit("allow_ballpark=False no longer raises: the behaviour has changed")
PYTHON
