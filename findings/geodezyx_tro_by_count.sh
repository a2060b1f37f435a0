#!/usr/bin/env bash
# geodezyx 5.2.0 (with what it resolves): read_snx_trop names the columns of SINEX_TRO by how many there are.
#
# A good guess: columns are called as TROPO PARAMETER NAMES of the file calls them; the first sentence of the
# function's documentation says that it parses them "dynamically". Seen: that is so with auto_desc_cols=True
# alone. By default any six values are TROTOT, TGNTOT, TGETOT and their errors: of a file with total, wet and
# dry delay the wet delay of 131.2 mm is returned as the north gradient, the dry one of 2056.2 mm as the
# east gradient, without a warning. Eight values are col1 ... col8.
#
# Output seen: tgntot 131.2, tgetot 2056.2; by the names of the file trowet 131.2, trodry 2056.2
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check geodezyx==5.2.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
from pathlib import Path

from geodezyx.files_rw import read_snx_trop

Path("a.tro").write_text("""%=TRO 2.00 GOP 2021:032:00000 GOP 2021:001:00000 2021:002:00000 P MIX
+TROP/DESCRIPTION
*_________KEYWORD_____________ __VALUE(S)_______________________________________
 TROPO PARAMETER NAMES         TROTOT STDDEV TROWET STDDEV TRODRY STDDEV
 TROPO PARAMETER UNITS          1e+03  1e+03  1e+03  1e+03  1e+03  1e+03
-TROP/DESCRIPTION
+TROP/SOLUTION
*STATION__ ____EPOCH_____ TROTOT STDDEV TROWET STDDEV TRODRY STDDEV
 ZIMM00CHE 2021:001:00000 2187.4    1.2  131.2    1.0 2056.2    0.6
 ZIMM00CHE 2021:001:00300 2187.9    1.1  131.8    1.0 2056.1    0.6
-TROP/SOLUTION
%=ENDTRO
""")
found, named = read_snx_trop("a.tro"), read_snx_trop("a.tro", auto_desc_cols=True)
print(found.to_string(), named.to_string(), sep="\n")
first = found.iloc[0]
assert (first["tgntot"], first["tgetot"]) == (131.2, 2056.2), "the behaviour has changed"
assert (named.iloc[0]["trowet"], named.iloc[0]["trodry"]) == (131.2, 2056.2)
PYTHON
