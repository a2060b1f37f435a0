"""Files of GAMIT's metutil."""

import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.read.series.opening import open_series

FIRST = "* Estimated atmospheric values for BRUX. Height estimate:   158.0000 +/-  .0050 m.\n"
NEW = (
    "* Yr  Doy Hr Mn Sec  Total Zen  Wet Zen  Sig Zen    PW   Sig PW (mm)  Press (hPa)  Temp (K) "
    "ZHD (mm)   Grad NS   Sig NS  Grad EW   Sig EW (mm)\n"
)
OLD = "* Yr  Doy Hr Mn Sec   Total Zen   Wet Zen    Sig Zen       PW       Sig PW (m) \n"
NEW_ROW = (
    " 2021 365 24  0  0.   2350.00   100.00   3.50   16.00   0.60   1000.00  280.00  2250.00 0 0 0"
    " 0\n"
)
OLD_ROW = "   98  34  0  0  0.     2.35000    0.10000    0.00350    0.01600    0.00060\n"


@pytest.mark.parametrize(
    ("content", "time"),
    [(FIRST + NEW + NEW_ROW, "2022-01-01"), (FIRST + OLD + OLD_ROW, "1998-02-03")],
)
def test_both_versions(tmp_path, content, time):
    path = tmp_path / "met_brux.21365"
    path.write_text(content)
    ds = open_series(path)
    assert str(ds.time.values[0])[:10] == time
    assert ds.station.values.tolist() == ["BRUX"]
    found = [ds[name].item() for name in ("ztd", "zwd", "ztd_sigma", "iwv")]
    np.testing.assert_allclose(found, [2.35, 0.10, 0.0035, 16.0])
    if "zhd" in ds:
        found = [ds[name].item() for name in ("zhd", "pressure", "temperature")]
        np.testing.assert_allclose(found, [2.25, 1000.0, 280.0])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (FIRST, "has no line"),
        (FIRST + NEW.replace("(mm)", ""), "has no line"),
        (FIRST + NEW, "holds no row of values"),
        (FIRST + NEW + NEW_ROW[:50] + "\n", "the file is incomplete"),
        (FIRST + OLD.replace("(m)", "(mm)") + OLD_ROW, "accepted are"),
        (FIRST + OLD + OLD_ROW.replace("34  0", "367  0"), "is no epoch"),
    ],
)
def test_damage(tmp_path, content, message):
    path = tmp_path / "met_brux.21365"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        open_series(path)
