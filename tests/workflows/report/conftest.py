"""A box of delays."""

import pytest

from helpers.fields import delays
from helpers.figures import BOX


@pytest.fixture
def box():
    return delays(*BOX)
