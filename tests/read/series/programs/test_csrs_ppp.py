"""Position files of CSRS-PPP."""

import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.read.series.opening import open_series

NEW = (
    "DIR FRAME STN DAYofYEAR YEAR-MM-DD HR:MN:SS.SS NSV TZD(m) SDTZD(95%) LATDD LATMN LATSS "
    "LONDD LONMN LONSS HGT(m) UTMZONE UTM_EASTING\n"
)
OLD = (
    "DIR FRAME STN DOY YEAR-MM-DD HR:MN:SS.SSS NSV TZD(m) STZD(m) LAT(d) LAT(m) LAT(s) LON(d) "
    "LON(m) LON(s) HGT(m) CGVD28_HTv2.0_Height ZONE\n"
)
HEAD = "HDR GRP SURVEY\nNOTE: positions are at the epoch of data\n"


def row(way="BWD", time="2021-06-01 00:00:00.00", ztd="2.3000", lat="50 47 52.0", height="150.0"):
    """Made up; the western longitude is half a degree."""
    return f"{way} IGS14 brux 152.0 {time} 12 {ztd} 0.0098 {lat} -0 30 0.0 {height} 31 500000.0\n"


def test_backward_solution_and_place(tmp_path):
    path = tmp_path / "brux.pos"
    rows = row("FWD", ztd="2.2000") + row("FWD", "2021-06-01 00:00:30.00", "2.2100")
    rows += row("BWD", "2021-06-01 00:00:30.00", "2.3100") + row() + row("SCA", ztd="9.9")
    path.write_text(HEAD + NEW + rows)
    ds = open_series(path)
    np.testing.assert_allclose(ds.ztd.values.ravel(), [2.30, 2.31])
    np.testing.assert_allclose(ds.ztd_sigma.values.ravel(), 0.0098 / 1.96, rtol=1e-4)
    place = [ds[name].item() for name in ("lat", "lon", "height")]
    np.testing.assert_allclose(place, [50 + 47 / 60 + 52 / 3600, -0.5, 150.0])
    assert ds.attrs["comment"] == "backward smoothed solution in IGS14"
    assert ds.attrs["time_system"] == "GPS"


def test_forward_alone_and_southern_latitudes(tmp_path):
    """The older format says not of which probability its formal errors are."""
    path = tmp_path / "brux.pos"
    rows = row("FWD", lat="-0 30 0.0").replace(" 31 500000.0", "")
    path.write_text(OLD + rows)
    ds = open_series(path)
    assert ds.lat.item() == pytest.approx(-0.5)
    assert "ztd_sigma" not in ds
    assert ds.attrs["comment"].startswith("forward")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEAD + NEW.replace("TZD(m) SDTZD(95%) ", "") + row(), r"has no column TZD\(m\)"),
        (HEAD + NEW, "no row of a forward or backward solution"),
        (HEAD + NEW + row() + "BWD IGS14 brux 152.0 2021-06-01 00:0\n", r"ends before HGT\(m\)"),
        (HEAD + NEW + row(time="2021-06-31 00:00:00.00"), "is no epoch"),
        (HEAD + NEW + row(time="31/06/2021 00:00:00.00"), "the row|no number"),
        (HEAD + NEW + row(ztd="2,3"), "is no number"),
        (HEAD + NEW + row() + row(time="2021-06-01 01:00:00.00", height="350.0"), "antenna moves"),
    ],
)
def test_damage(tmp_path, content, message):
    path = tmp_path / "brux.pos"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        open_series(path)
