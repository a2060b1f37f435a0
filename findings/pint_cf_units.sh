#!/usr/bin/env bash
# pint 0.25.3: the units that CF files carry ("kg kg-1", "m2 s-2", "degrees_north") cannot be parsed, and the
# error is a TypeError about inner classes.
#
# A good guess: pint-xarray's ds.pint.quantify() reads the units attributes of ERA5, or names the unit that it
# does not know (UndefinedUnitError, as for a misspelt one). Seen: an exponent without a sign of power is a
# subtraction of a whole number, TypeError "unsupported operand type(s) for -: 'ParserHelper' and 'int'";
# degrees_north is undefined. The registry that cf_xarray.units makes parses them all.
#
# Output seen: kg kg-1 TypeError; m2 s-2 TypeError; degrees_north UndefinedUnitError; with cf-xarray: parsed
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pint==0.25.3 cf-xarray==0.11.3 xarray==2026.4.0 numpy==2.4.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import pint

seen = {}
for text in ("kg kg-1", "m2 s-2", "degrees_north"):
    try:
        seen[text] = str(pint.UnitRegistry().parse_units(text))
    except Exception as error:
        seen[text] = type(error).__name__
    print(text, seen[text])
assert list(seen.values()) == ["TypeError", "TypeError", "UndefinedUnitError"], "the behaviour has changed"

from cf_xarray.units import units

assert [str(units.parse_units(text)) for text in seen][0] in ("", "dimensionless")
assert units.parse_units("m2 s-2") == units.parse_units("m**2 / s**2")
assert units.parse_units("degrees_north") is not None
print("with cf-xarray: parsed")
PYTHON
