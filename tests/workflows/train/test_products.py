"""Other products and coarse files."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import GridError, InputError
from tropdsx.grid.thinning import thin
from tropdsx.workflows.train.products import (
    Also,
    Check,
    check_names,
    find_coarse_thinning,
    require_shares,
)


def test_a_check_given_twice_is_refused():
    one = Check("a.nc", None, "2x2", (1, 1))
    assert check_names([one, one._replace(phase=(0, 0))]) == [
        "check 2x2@1,1 a.nc",
        "check 2x2@0,0 a.nc",
    ]
    with pytest.raises(InputError, match=r"'check 2x2@1,1 a\.nc' is given twice; leave one"):
        check_names([one, one])


@pytest.mark.parametrize("share", [0, -0.1, float("nan"), float("inf")])
def test_a_share_is_positive(share):
    with pytest.raises(InputError, match=r"--also a\.nc, 5x5 has the share"):
        require_shares([Also("a.nc", None, "2x2", 0.1), Also("a.nc", None, "5x5", share)])


@pytest.mark.parametrize(("steps", "phase"), [((2, 2), (1, 1)), ((3, 4), (0, 3))])
def test_coarse_files_need_no_heights(short, steps, phase):
    coarse = thin(short, steps, phase)
    for given in (coarse, coarse.drop_vars("orography")):
        assert find_coarse_thinning(short, given) == (steps, phase)


def test_coarse_nodes_are_nodes_of_the_fine_grid(short):
    coarse = thin(short, (2, 2), (1, 1))
    with pytest.raises(GridError, match="coarse lat nodes are not nodes of the fine grid"):
        find_coarse_thinning(short, coarse.assign_coords(lat=coarse.lat + 1.0))
