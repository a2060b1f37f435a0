"""The one table of names, units, ranges and descriptions."""

import numpy as np
import pytest

from tropdsx.cf.quantities import DELAYS, DELAYS_AND_TOTAL, INPUTS, QUANTITIES


def test_parts_come_in_the_order_of_the_networks():
    assert DELAYS == ("zhd", "zwd")
    assert DELAYS_AND_TOTAL == ("zhd", "zwd", "ztd")
    assert set(DELAYS_AND_TOTAL) < set(INPUTS) < set(QUANTITIES)


@pytest.mark.parametrize("name", QUANTITIES)
def test_spellings_are_lower_case_and_know_the_standard_unit(name):
    quantity = QUANTITIES[name]
    assert quantity.name == name
    assert all(spelling == " ".join(spelling.lower().split()) for spelling in quantity.units)
    assert quantity.units[quantity.unit.lower()] == (1.0, 0.0)
    assert all(factor > 0 for factor, _ in quantity.units.values())


def test_a_spelling_means_the_same_for_all_quantities_of_a_unit():
    known = {}
    for quantity in QUANTITIES.values():
        for spelling, size in quantity.units.items():
            known.setdefault((quantity.unit, spelling), set()).add(size)
    assert {pair: sizes for pair, sizes in known.items() if len(sizes) > 1} == {}


@pytest.mark.parametrize("name", INPUTS)
def test_what_is_looked_for_has_names_and_a_range(name):
    quantity = QUANTITIES[name]
    assert quantity.aliases
    assert all(alias == alias.lower() for alias in quantity.aliases)
    assert len(set(quantity.aliases)) == len(quantity.aliases)
    assert -np.inf < quantity.low < quantity.high < np.inf
    assert quantity.attributes == {"long_name": quantity.long_name, "units": quantity.unit}


def test_no_alias_means_two_quantities():
    aliases = [alias for name in INPUTS for alias in QUANTITIES[name].aliases]
    assert len(set(aliases)) == len(aliases)


def test_delays_have_no_standard_name_and_heights_have_one():
    assert not any(QUANTITIES[name].standard_names for name in DELAYS_AND_TOTAL)
    for name in ("orography", "height", "orthometric_height", "geoid_undulation", "pwv"):
        assert QUANTITIES[name].standard_names[""]
