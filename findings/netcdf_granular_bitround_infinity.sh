#!/usr/bin/env bash
# netCDF-C 4.10.1 (wheel netCDF4 1.7.5.1.post1, numpy 2.4.1): two of its three ways to quantise change
# infinity, without an error.
#
# A good guess: quantisation keeps what is not finite, as BitRound does. Seen: GranularBitRound writes
# -0.0 for infinity; BitGroom keeps it at even places of the array and makes it NaN at odd ones (where it
# sets bits instead of clearing them). NaN stays NaN in all three. A quantity that was divided by zero,
# stored with the granular mode, reads back as a plain zero.
#
# Output seen: BitRound [2.3 nan inf inf] GranularBitRound [2.3 nan -0. -0.] BitGroom [2.3 nan inf nan]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check netCDF4==1.7.5.1.post1 numpy==2.4.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import netCDF4
import numpy as np

print("netCDF-C", netCDF4.__netcdf4libversion__)
given = np.array([2.3, np.nan, np.inf, np.inf], np.float32)
for mode, digits, expected in (
    ("BitRound", 15, ["inf", "inf"]),
    ("GranularBitRound", 4, ["-0.0", "-0.0"]),
    ("BitGroom", 4, ["inf", "nan"]),
):
    with netCDF4.Dataset("out.nc", "w") as file:
        file.createDimension("x", given.size)
        variable = file.createVariable(
            "v", "f4", ("x",), zlib=True, quantize_mode=mode, significant_digits=digits, fill_value=False
        )
        variable[:] = given
    with netCDF4.Dataset("out.nc") as file:
        file.set_auto_mask(False)
        stored = file["v"][:]
    print(mode, stored)
    assert np.isnan(stored[1])
    assert [str(float(value)) for value in stored[2:]] == expected, "the behaviour has changed"
PYTHON
