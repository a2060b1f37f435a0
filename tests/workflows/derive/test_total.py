"""The total delay of labelled parts."""

import numpy as np
import pytest

from tropdsx.errors import TropdsxWarning

from helpers.labelled import back, turned


def test_ztd(labelled):
    ztd = labelled.tropds.ztd()
    np.testing.assert_allclose(ztd, labelled.zhd + labelled.zwd / 100, rtol=1e-15)
    assert ztd.attrs["units"] == "m"
    np.testing.assert_allclose(back(turned(labelled).tropds.ztd()), ztd, rtol=1e-14)
    assert labelled.astype("f4", keep_attrs=True).tropds.ztd().dtype == np.float32


def test_no_unit_is_a_warning(labelled):
    del labelled.zhd.attrs["units"]
    with pytest.warns(TropdsxWarning, match="taken as metres"):
        labelled.tropds.ztd()
