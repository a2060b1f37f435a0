"""Time-dependent parameters of GipsyX and GIPSY-OASIS."""

import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.geoid.cartesian import cartesian_of
from tropdsx.read.series.opening import open_series

START = 675259200
"""2021-05-26 00:00 of GPS time, in seconds since 2000-01-01 12 h."""


def row(name, value, second=START, sigma="2.0e-03", station="BRUX"):
    return f"{second}  1.0e-01  {value}  {sigma} .Station.{station}.{name}\n"


def position(station="BRUX"):
    axes = zip("XYZ", cartesian_of(50.8, 4.36, 158.0), strict=True)
    return "".join(
        row(f"State.Pos.{name}", f"{value:.6f}", station=station) for name, value in axes
    )


def test_gipsyx(tmp_path):
    path = tmp_path / "smoothFinal.tdp"
    content = f"{START} 1.0 2.0 -1.0 Source.ID,host,/opt/rtgx,1,/tmp,a.tdp\n"
    content += row("Trop.WetZ", "1.5D-01") + row("Trop.DryZ", "2.25", sigma="0.0") + position()
    content += row("Trop.WetZ", "1.6e-01", START + 300) + row("Trop.DryZ", "2.25", START + 300)
    content += row("Trop.GradNorth", "-1.0e-03") + row("Clk.Bias", "1e5")
    path.write_text(content)
    ds = open_series(path)
    assert ds.time.values.astype("M8[m]").astype(str).tolist() == [
        "2021-05-26T00:00",
        "2021-05-26T00:05",
    ]
    np.testing.assert_allclose(ds.ztd.values.ravel(), [2.40, 2.41])
    np.testing.assert_allclose(ds.ztd_sigma.values.ravel(), 0.002)
    np.testing.assert_allclose(ds.gradient_north.values.ravel(), [-0.001, np.nan])
    place = [ds[name].item() for name in ("lat", "lon", "height")]
    np.testing.assert_allclose(place, [50.8, 4.36, 158.0], atol=1e-5)


def oasis(name, value):
    return f" {START}.0000  0.00000000000000      {value}  3.0E-03  {name}\n"


def test_gipsy_oasis(tmp_path):
    """Positions are in kilometres there, delays in metres."""
    path = tmp_path / "tdp"
    x, y, z = (value / 1000.0 for value in cartesian_of(50.8, 4.36, 158.0))
    content = oasis("TRPAZSINBRUX", "2.5E-07") + oasis("WETZTROPBRUX", "1.5D-01")
    content += oasis("DRYZTROPBRUX", "2.25") + oasis("STA BIASBRUX", "1.0E+00")
    content += oasis("STA X   BRUX", x) + oasis("STA Y   BRUX", y) + oasis("STA Z   BRUX", z)
    content += oasis("PB GPS53  BRUX", "-7.1E-04")
    path.write_text(content)
    with pytest.warns(TropdsxWarning, match="gradients .* are left out"):
        ds = open_series(path)
    assert ds.ztd.item() == pytest.approx(2.40)
    assert ds.height.item() == pytest.approx(158.0, abs=1e-3)


def test_one_station_without_a_position_leaves_none(tmp_path):
    path = tmp_path / "a.tdp"
    content = position()
    for station in ("BRUX", "WTZR"):
        content += row("Trop.WetZ", "0.1", station=station)
        content += row("Trop.DryZ", "2.2", station=station)
    path.write_text(content)
    with pytest.warns(TropdsxWarning, match="no position of WTZR"):
        assert "height" not in open_series(path).coords


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (row("Trop.WetZ", "0.1"), r"no zenith hydrostatic delays \(DryZ\)"),
        (row("Trop.DryZ", "2.2"), r"no zenith wet delays \(WetZ\)"),
        (row("Trop.WetZ", "0.1") + row("Trop.DryZ", "2.2") + row("Trop.WetZ", "0.2"), "2 rows at"),
        (row("Trop.WetZ", "0.1") + row("Trop.DryZ", "2200.0"), "accepted are"),
    ],
)
def test_damage(tmp_path, content, message):
    path = tmp_path / "a.tdp"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        open_series(path)
