"""GACOS files that are damaged or do not go together."""

import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.insar.gacos import open_gacos, read_rsc

from helpers.files import shared

HEADER = "WIDTH 3\nFILE_LENGTH 2\nX_FIRST 5\nY_FIRST 1\nX_STEP 1\nY_STEP -1\n"


def made(folder, name="20210101.ztd", header=HEADER):
    path = folder / name
    np.full(6, 2.4, "<f4").tofile(path)
    path.with_name(f"{name}.rsc").write_text(header)
    return path


def test_a_header_without_time_of_day(tmp_path):
    with pytest.warns(TropdsxWarning, match="does not tell its time of day: 0 h is taken"):
        ds = open_gacos(made(tmp_path))
    assert ds.time.values[0] == np.datetime64("2021-01-01")
    assert ds.lat.values.tolist() == [1.0, 0.0]


@pytest.mark.filterwarnings("ignore:.*time of day")
def test_damage(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        open_gacos(tmp_path / "20210101.ztd")
    path = made(tmp_path)
    path.with_name("20210101.ztd.rsc").unlink()
    with pytest.raises(InputError, match=r"no such file: .*20210101.ztd.rsc"):
        open_gacos(path)
    made(tmp_path, header=HEADER.replace("WIDTH 3", "WIDTH 4"))
    with pytest.raises(InputError, match="has 24 bytes, and its header wants 2 x 4 of 4"):
        open_gacos(path)
    made(tmp_path, header=HEADER.replace("X_STEP 1\n", "").replace("Y_FIRST 1", "Y_FIRST north"))
    with pytest.raises(InputError, match="has no number for Y_FIRST, X_STEP"):
        open_gacos(path)
    with pytest.raises(InputError, match="holds no day"):
        open_gacos(made(tmp_path, "delay.ztd"))
    other = made(tmp_path, "20210102.ztd", HEADER.replace("X_FIRST 5", "X_FIRST 6"))
    with pytest.raises(InputError, match="lies on another grid"):
        open_gacos([made(tmp_path), other])
    with pytest.raises(InputError, match="two of the files are of one epoch"):
        open_gacos([path, path])


@pytest.mark.realdata
def test_real_header():
    header = read_rsc(shared("formats/roipac_dem.rsc"))
    assert (header["WIDTH"], header["Y_STEP"], header["DATUM"]) == ("47", "-0.000833333", "WGS84")
