#!/usr/bin/env bash
# eccodes 2.50.0 (cfgrib 0.9.15.1): the 2 m temperature of ECMWF is at the level type `surface` in GRIB 1,
# and at `heightAboveGround` in GRIB 2.
#
# A good guess: shortName 2t stands at typeOfLevel heightAboveGround with level 2, whatever the edition, so
# that filter_by_keys={"typeOfLevel": "heightAboveGround"} finds it. Seen: with ECMWF's local table 128
# (ERA5 as the CDS has long delivered it) it is surface and level 0, and a reader that asks for
# heightAboveGround finds nothing (cfgrib.open_datasets answers KeyError 'paramId'); edition 2 has
# heightAboveGround and 2.
#
# Output seen: GRIB 1 ('2t', 'surface', 0) GRIB 2 ('2t', 'heightAboveGround', 2) variables at
# heightAboveGround: ["KeyError('paramId')", ['t2m']]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check eccodes==2.50.0 eccodeslib==2.50.0.33 \
  cfgrib==0.9.15.1 xarray==2026.4.0 numpy==2.4.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import cfgrib
import eccodes
import numpy as np


def write(name, edition, keys):
    message = eccodes.codes_grib_new_from_samples(f"regular_ll_sfc_grib{edition}")
    for key, value in keys.items():
        eccodes.codes_set(message, key, value)
    size = eccodes.codes_get_size(message, "values")
    eccodes.codes_set_values(message, np.full(size, 288.15))
    told = tuple(eccodes.codes_get(message, key) for key in ("shortName", "typeOfLevel", "level"))
    with open(name, "wb") as file:
        eccodes.codes_write(message, file)
    eccodes.codes_release(message)
    return told


first = write("one.grb", 1, {"centre": 98, "table2Version": 128, "indicatorOfParameter": 167})
second = write("two.grb", 2, {"shortName": "2t"})
keys = {"indexpath": "", "filter_by_keys": {"typeOfLevel": "heightAboveGround"}}
found = []
for name in ("one.grb", "two.grb"):
    try:
        found.append([str(v) for ds in cfgrib.open_datasets(name, backend_kwargs=keys) for v in ds])
    except KeyError as error:
        found.append(repr(error))
print("GRIB 1", first, "GRIB 2", second, "variables at heightAboveGround:", found)
assert first == ("2t", "surface", 0), "the behaviour has changed"
assert second == ("2t", "heightAboveGround", 2)
assert found == ["KeyError('paramId')", ["t2m"]], "the behaviour has changed"
PYTHON
