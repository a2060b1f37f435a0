"""Fields beside the delays, and what looks like one and is none."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning
from tropdsx.grid.fields import tell_unused
from tropdsx.grid.standardise import standardise_grid

from helpers.grids import delays

UNUSABLE = {
    "text": (lambda ds: ds.zhd.astype(str), "no numbers"),
    "truth values": (lambda ds: ds.zhd > 2, "no numbers"),
    "other rows": (lambda ds: ds.zhd.isel(lat=slice(1, None)).rename(lat="y2"), "along time, y2"),
    "a mean": (lambda ds: ds.zhd.mean(("lat", "lon")), "along time"),
    "a number": (lambda ds: ds.zhd[0, 0, 0].drop_vars(["time", "lat", "lon"]), "no dimension"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_delay_that_cannot_be_used_is_told(kind):
    make, match = UNUSABLE[kind]
    ds = delays()
    ds = ds.drop_vars("zhd").assign(ZHD=make(ds))
    with pytest.warns(TropdsxWarning, match=f"'ZHD' was not used as zhd.*{match}"):
        grid, record = standardise_grid(ds)
    assert list(grid.data_vars) == ["zwd", "orography"]
    assert any("'ZHD' was not used" in note for note in record.notes)


def test_what_is_there_or_not_there_is_no_reason_to_warn():
    notes = []
    tell_unused(xr.Dataset({"dem": ("x", np.zeros(2))}), ["zhd", "zwd"], notes)
    standardise_grid(delays())
    standardise_grid(delays()[["zwd", "orography"]])
    assert notes == []
