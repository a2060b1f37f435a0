"""Spherical harmonics and their shipped coefficients."""

import pytest

from helpers.atmosphere import table


@pytest.mark.realdata
def test_shipped_vmf3_coefficients_are_the_published_ones():
    from tropdsx.atmos.harmonics import read_coefficients

    r = table("vmf3_bc_coefficients.csv")
    names, shipped = read_coefficients("vmf3_coefficients.csv")
    position = {
        (n, m): k for k, (n, m) in enumerate((n, m) for n in range(13) for m in range(n + 1))
    }
    for row, name in enumerate(r["coefficient"]):
        series, quantity = name.split("_")
        for season in ("A0", "A1", "B1", "A2", "B2"):
            column = names.index(f"{quantity}_{season}_{'c' if series == 'anm' else 's'}")
            place = position[int(r["n"][row]), int(r["m"][row])]
            assert shipped[place, column] == r[season][row]
