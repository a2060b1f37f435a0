"""What both forms of training refuse."""

import numpy as np
import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import GridError
from tropdsx.workflows.train.forms import fit

from helpers.training import small


@pytest.mark.parametrize("form", ["nodal", "field"])
def test_epochs_without_dates(fine, tmp_path, form):
    undated = fine.assign_coords(time=("time", np.full(16, "NaT", "datetime64[ns]")))
    for lost in (undated, fine.drop_vars("time")):
        with pytest.raises(GridError, match=r"16 of 16 epochs of Dataset have no date .*CF units"):
            fit(lost, tmp_path / "new", options=small(form=form))
    assert not (tmp_path / "new").exists()
