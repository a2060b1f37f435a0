"""Each method is one call into what it is named after."""

import numpy as np
import pytest

import tropdsx
from tropdsx.read.insar.gacos import open_gacos
from tropdsx.read.insar.opera import open_opera
from tropdsx.read.series.sinex_tro import read_sinex_tro

from helpers.stations import places, weather


def test_stations_to_sinex_tro(tmp_path):
    series = weather().tropds.at_stations(places(3), times=["2021-06-30T15"])
    wanted = tropdsx.at_stations(weather(), places(3), times=["2021-06-30T15"])
    np.testing.assert_array_equal(series.ztd, wanted.ztd)
    path = series.tropds.to_sinex_tro(tmp_path / "a.tro", agency="GOP")
    np.testing.assert_allclose(read_sinex_tro(path).ztd, wanted.ztd, atol=5.1e-6)


def test_grids(tmp_path):
    ds = weather(1)
    for name, value in (("ah", 0.0012), ("aw", 0.0006)):
        ds[name] = (ds.zhd * 0 + value).assign_attrs(units="1")
    paths = ds.tropds.to_vmf(tmp_path, "VMF1", comment="mine")
    assert [path.name for path in paths] == ["VMFG_20210630.H12", "orography_ell"]
    (path,) = ds.tropds.to_gacos(tmp_path, registration="corner")
    np.testing.assert_allclose(
        open_gacos(path, registration="corner").ztd, ds.zhd + ds.zwd, rtol=1e-6
    )
    with pytest.warns(UserWarning, match="2 degrees apart"):
        (path,) = ds.tropds.to_opera(tmp_path, heights=[0.0, 100.0])
    assert open_opera(path).zhd.sizes["height"] == 2


def test_picture_of_stations():
    series = weather().tropds.at_stations(places(3))
    figure = series.tropds.plot_stations(series.ztd - 0.001, stations=["S001"])
    assert [each.get_title(loc="left") for each in figure.axes if each.lines] == [
        "S001: +1.0 ± 0.0 mm"
    ]
