#!/usr/bin/env bash
# numcodecs 0.16.6 (with numpy 2.4.1): BitRound turns some NaN into -0.0.
#
# A good guess: rounding mantissa bits leaves NaN alone, as it does for numpy.nan (bits 7fc00000).
# Seen: a NaN whose mantissa is all ones (bits 7fffffff) becomes -0.0, its negative +0.0, and the
# largest finite number becomes infinity: half a unit is added to the bits as a whole, and the carry
# runs through exponent and sign. 7fffffff is the NaN that NVIDIA GPUs compute, so what a network
# says is missing on a GPU, stored through this filter, reads back as a delay of zero.
#
# Output seen: in nan (7fffffff) out -0.0 (80000000)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check numcodecs==0.16.6 numpy==2.4.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import numcodecs
import numpy as np

codec = numcodecs.BitRound(keepbits=15)
for bits, expected in ((0x7FC00000, "nan"), (0x7FFFFFFF, "-0.0"), (0xFFFFFFFF, "0.0"), (0x7F7FFFFF, "inf")):
    given = np.array([bits], np.uint32).view(np.float32)
    stored = codec.decode(codec.encode(given.copy())).view(np.float32)
    print("in", given[0], f"({bits:08x})", "out", stored[0], f"({stored.view(np.uint32)[0]:08x})")
    assert str(float(stored[0])) == expected, "the behaviour has changed"
PYTHON
