"""Quantiles of total delays: probabilities, in any spelling that is plain."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError
from tropdsx.workflows.reconstruct.oi.quantiles import add_quantiles, check_quantiles


def test_quantiles_lie_before_the_axes_of_the_grid():
    ds = xr.Dataset({n: (("time", "lat", "lon"), np.ones((2, 3, 4))) for n in ("ztd", "ztd_sigma")})
    assert add_quantiles(ds, [0.1, 0.9]).ztd_quantile.dims == ("time", "quantile", "lat", "lon")
    assert "ztd_quantile" not in add_quantiles(ds, [])
    with pytest.raises(DomainError):
        add_quantiles(ds, [0.0])


def test_one_number_is_a_list_of_one():
    assert check_quantiles(0.5) == check_quantiles(np.float32(0.5)) == check_quantiles((0.5,))
    assert check_quantiles(()) == check_quantiles(np.array([])) == ()


@pytest.mark.parametrize(
    "given", [0, 1, [0.5, 1.5], "0.05,0.95", None, [[0.1, 0.2]], ["low"], np.nan]
)
def test_what_are_no_probabilities_is_refused_in_one_line(given):
    with pytest.raises(DomainError, match="accepted are probabilities between 0 and 1") as caught:
        check_quantiles(given)
    assert "\n" not in str(caught.value)


def test_a_probability_that_stands_twice_is_refused():
    with pytest.raises(DomainError, match=r"\[0.05, 0.05\]: one stands twice; give each once"):
        check_quantiles([0.05, 0.05])
