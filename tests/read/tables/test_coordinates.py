"""Lists of coordinates of Bernese, ITRF and EPN."""

import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.geoid.cartesian import cartesian_of
from tropdsx.read.stations import read_stations

PLACES = {"ZIMM": (46.877, 7.465, 956.3), "SANT": (-33.15, -70.669, 723.1)}


def bernese(rows):
    return (
        "Coordinates of a campaign                                        23-OCT-18 07:05\n"
        f"{'-' * 80}\nLOCAL GEODETIC DATUM: IGS14             EPOCH: 2018-10-03 12:00:00\n\n"
        "NUM  STATION NAME           X (M)          Y (M)          Z (M)     FLAG     SYSTEM\n\n"
        f"{rows}"
    )


def frame(rows):
    return (
        "               STATION POSITIONS AND VELOCITIES AT EPOCH 2010.0\n"
        "DOMES NB. SITE NAME        TECH. ID.       X/Vx         Y/Vy         Z/Vz.     SOLN\n"
        f"{'-' * 90}\n{rows}"
    )


def test_bernese(tmp_path):
    path = tmp_path / "a.CRD"
    x, y, z = cartesian_of(*PLACES["ZIMM"])
    second = cartesian_of(*PLACES["SANT"])
    rows = f"  1  {'ZIMM 14001M004':16}{x:15.5f}{y:15.5f}{z:15.5f}    A      G E\n"
    rows += f" 22  {'SANT':16}" + "".join(f"{each:15.5f}" for each in second) + "\n"
    path.write_text(bernese(rows))
    found = read_stations(path)
    assert found.station.values.tolist() == ["ZIMM 14001M004", "SANT"]
    np.testing.assert_allclose(found.height, [956.3, 723.1], atol=1e-4)
    np.testing.assert_allclose(found.lon, [7.465, -70.669])


def test_frames(tmp_path):
    path = tmp_path / "a.SSC"
    rows = ""
    for technique, name, height in (
        ("GPS", "ZIMM", 900.0),
        ("GPS", "ZIMM", 956.3),
        ("VLBI", "7224", 669.0),
    ):
        numbers = "".join(f"{each:13.3f}" for each in cartesian_of(46.877, 7.465, height))
        rows += f"14001M004 Zimmerwald      {technique:4} {name:4}{numbers}  0.001  1\n"
        rows += f"14001M004{'':30}     -.0130       0.0175       0.0106 0.0001\n"
    path.write_text(frame(rows))
    with pytest.warns(TropdsxWarning, match="several solutions of ZIMM; the last of each"):
        found = read_stations(path)
    assert found.station.values.tolist() == ["ZIMM", "7224"]
    np.testing.assert_allclose(found.height, [956.3, 669.0], atol=1e-3)


@pytest.mark.parametrize("text", [bernese(""), frame(""), bernese("  1  ZIMM   4331297.1\n")])
def test_lists_without_a_station(tmp_path, text):
    path = tmp_path / "a.CRD"
    path.write_text(text)
    with pytest.raises(InputError, match="holds no coordinates of any station"):
        read_stations(path)


def test_zeros_are_no_place(tmp_path):
    path = tmp_path / "a.CRD"
    rows = f"  1  {'ZIMM':16}{0.0:15.5f}{0.0:15.5f}{0.0:15.5f}\n"
    path.write_text(bernese(rows))
    with (
        pytest.warns(TropdsxWarning, match="coordinates of ZIMM are no place"),
        pytest.raises(InputError, match="holds no coordinates"),
    ):
        read_stations(path)
