"""Places of stations."""

from pathlib import Path

import pytest

from tropdsx.errors import TropdsxWarning
from tropdsx.read.series.places import Place, are_apart, without_nowhere

HERE = Place(49.144, 12.879, 666.0)


@pytest.mark.parametrize(
    ("other", "apart"),
    [
        (HERE, False),
        (HERE._replace(lon=12.879 - 360.0), False),
        (HERE._replace(lat=49.146), True),
        (HERE._replace(lon=12.877), True),
        (HERE._replace(height=672.0), True),
    ],
)
def test_apart(other, apart):
    assert are_apart(HERE, other) is apart


@pytest.mark.parametrize(
    "nowhere", [Place(0.0, 0.0, -6378137.0), HERE._replace(height=9999.9), HERE._replace(lat=91.0)]
)
def test_nowhere(nowhere):
    with pytest.warns(TropdsxWarning, match="coordinates of B are no place on the Earth: left out"):
        assert without_nowhere(Path("a"), {"A": HERE, "B": nowhere}) == {"A": HERE}
