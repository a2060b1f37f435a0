"""Series of stations, told by their content."""

import pytest

from tropdsx.errors import InputError
from tropdsx.read.series.opening import open_series

from helpers.files import shared
from helpers.series import description, tro


def test_kinds(tmp_path):
    path = tmp_path / "series"
    path.write_text(tro(" A 2021:001:00000 2300\n", description("TROTOT", "1e3")))
    assert open_series(path).ztd.item() == pytest.approx(2.3)
    path.write_text("%=SNX 2.02 A\n+SITE/ID\n-SITE/ID\n%ENDSNX\n")
    with pytest.raises(InputError, match="has no block TROP/SOLUTION"):
        open_series(path)
    path.write_text("station,time,ztd\n")
    with pytest.raises(InputError, match=r"Tables .* are read by tropdsx.read_observations"):
        open_series(path)
    with pytest.raises(InputError, match="no such file"):
        open_series(tmp_path / "none.tro")
    with pytest.raises(InputError, match="is not on this machine"):
        open_series("https://example.org/a.tro")


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["egvap_cost716_2021-02-01.txt", "bernese52_2021-01-30.TRP"])
def test_real_files(name):
    assert open_series(shared(f"formats/{name}")).attrs["featureType"] == "timeSeries"
