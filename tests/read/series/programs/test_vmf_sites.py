"""Site-wise files of the VMF Data Server."""

import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.read.series.formats import format_of
from tropdsx.read.series.opening import open_series
from tropdsx.read.series.programs.vmf_sites import is_vmf_sites

FIRST = "{name}  {mjd}  0.00120000  0.00050000  2.2500  {zwd}"
VMF3 = FIRST + "  1000.00   7.00   5.00\n"
LAYOUTS = {
    "VMF3": VMF3,
    "V3GR": FIRST + "  1000.00   7.00   5.00  -0.10  0.02  0.05  -0.04\n",
    "VMF1": FIRST + "  270.0  1000.00   7.00   5.00   40.0\n",
    "short": FIRST + "\n",
}


def row(layout=VMF3, name="WETTZELL", mjd="59580.25", zwd="0.1000"):
    return layout.format(name=name, mjd=mjd, zwd=zwd)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(tmp_path, layout):
    path = tmp_path / "2022001.vmf3_r"
    rows = row(LAYOUTS[layout]) + row(LAYOUTS[layout], "HART15M", "59580.50", "-0.0010")
    path.write_text("# (1) station name (2) modified Julian date\n#\n" + rows)
    ds = open_series(path)
    assert ds.time.values.astype("M8[h]").astype(str).tolist() == ["2022-01-01T06", "2022-01-01T12"]
    first = ds.sel(station="WETTZELL").isel(time=0)
    found = [first[name].item() for name in ("ztd", "zhd", "zwd", "ah", "aw")]
    np.testing.assert_allclose(found, [2.35, 2.25, 0.1, 0.0012, 0.0005])
    assert ds.ztd.sel(station="HART15M").values[1] == pytest.approx(2.249)
    if layout != "short":
        assert (first.pressure.item(), first.temperature.item()) == (1000.0, 280.15)
    assert ds.attrs["time_system"] == "UTC"


@pytest.mark.parametrize(
    "text",
    [
        "90.0 0.0 0.00115 0.00069 2.286 0.0158\n",
        "! Version: 1.0\n 89.5 0.5 0.00114741 0.00069930 2.2862 0.0158\n",
        "WTZR 59580.25 47.1 12.8 666.0 0.1\n",
        "BRUX 59580.25 0.00120000 0.00050000 2250.0 100.0\n",
        "station lat lon height\nA 47.0 12.0 100.0\n",
        "",
    ],
)
def test_what_is_none(text):
    assert not is_vmf_sites(text)
    assert format_of(text) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (row() + "WETTZELL  59580.50  0.0012\n", "has 3 words, others 9"),
        (row() + row().replace("0.00050000", "0,00050000"), "is no number"),
        (row() + row(mjd="*****"), "no modified Julian date"),
        (row() + row(), "2 rows at 2022-01-01T06"),
    ],
)
def test_damage(tmp_path, content, message):
    path = tmp_path / "2022001.vmf3_r"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        open_series(path)
