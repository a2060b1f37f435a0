"""Whether two spellings mean one unit, so that values need no conversion."""

from __future__ import annotations

from collections.abc import Hashable

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.units import spell_unit, symbols_of

__all__ = ["SALINITIES", "SALINITY_NAMES", "SALINITY_STANDARD_NAMES", "is_same_unit"]

_PRACTICAL = {"psu", "pss", "pss-78", "pss78", "psal", "practical salinity unit"}
_PRACTICAL |= {"practical salinity units", "practical_salinity_unit"}
_THOUSANDTHS = {"1e-3", "1e-03", "0.001", "1.e-3", "1.0e-3", "10^-3", "10-3", "‰"}
_THOUSANDTHS |= {"g/kg", "g kg-1", "g kg^-1", "g kg**-1"}

SALINITIES = _PRACTICAL | _THOUSANDTHS | {"1", "ppt"}
"""Spellings of practical salinity as a number such as 35, in lower case."""

SALINITY_STANDARD_NAMES = {"sea_water_practical_salinity", "sea_water_salinity"}
"""Of what is in these units."""

SALINITY_NAMES = {"psal", "sal", "salinity", "so", "sos", "s", "vosaline"}
"""What it is called where there is no standard name, in lower case."""


def is_same_unit(one: str, other: str, *names: Hashable) -> bool:
    """Tell whether two spellings mean one unit; of a salinity 1, 1e-3 and psu do.

    Parameters
    ----------
    one, other : str
        As files spell them.
    *names : hashable
        Names and standard names of what is in these units.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_same_unit("degrees_C", "degC"), is_same_unit("umol/kg", "µmol kg-1")
    (True, True)
    >>> is_same_unit("psu", "1e-3"), is_same_unit("1", "0.001", "so"), is_same_unit("1", "0.001")
    (True, True, False)
    """
    first, second = texts = [spell_unit(text) for text in (one, other)]
    known = SALINITY_STANDARD_NAMES | SALINITY_NAMES
    salty = not _PRACTICAL.isdisjoint(texts) or any(str(n).lower() in known for n in names)
    if first == second:
        return True
    if salty or _THOUSANDTHS.issuperset(texts):
        return SALINITIES.issuperset(texts)
    tables = (each.units for each in QUANTITIES.values())
    if any(first in each and each[first] == each.get(second) for each in tables):
        return True
    factors = [sorted(symbols_of(text).split()) for text in texts]
    return bool(factors[0]) and factors[0] == factors[1]
