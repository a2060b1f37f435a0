#!/usr/bin/env bash
# gnssanalysis 0.0.60 (pandas, numpy as it resolves): its SINEX_TRO reader names columns by position, not
# by the names in the file.
#
# A good guess: the columns of TROP/SOLUTION are named by TROPO PARAMETER NAMES (TROTOT STDDEV TGNTOT
# ...), which every file states. Seen: by default the first value is called TGEWET, a gradient, and the
# third TROTOT: a total delay of 2187.4 mm is returned as an east gradient, an east gradient of 0.33 mm as
# the total delay, with no warning. trop_mode="Bernese" happens to fit the usual IGS order.
#
# Output seen: TGEWET 2187.4, TROTOT 0.33
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check gnssanalysis==0.0.60
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
from gnssanalysis.gn_io.trop import read_tro_solution_bytes

text = b"""%=TRO 2.00 IGS 2021:032:00000 IGS 2021:001:00000 2021:002:00000 P ZIMM
+TROP/DESCRIPTION
*_________KEYWORD_____________ __VALUE(S)_______________________________________
 TROPO PARAMETER NAMES         TROTOT STDDEV TGNTOT STDDEV TGETOT STDDEV
 TROPO PARAMETER UNITS          1e+03  1e+03  1e+03  1e+03  1e+03  1e+03
-TROP/DESCRIPTION
+TROP/SOLUTION
*STATION__ ____EPOCH_____ TROTOT STDDEV TGNTOT STDDEV TGETOT STDDEV
 ZIMM00CHE 2021:001:00000 2187.4    1.2  -0.41   0.20   0.33   0.18
 ZIMM00CHE 2021:001:00300 2187.9    1.1  -0.42   0.20   0.31   0.18
-TROP/SOLUTION
%=ENDTRO
"""
found = read_tro_solution_bytes(text)
print(found.to_string())
first = found.iloc[0]
assert abs(first["TGEWET", "VAL"] - 2187.4) < 0.01, "the behaviour has changed"
assert abs(first["TROTOT", "VAL"] - 0.33) < 0.01, "the behaviour has changed"
PYTHON
