"""Series of stations, told by their content."""

import gzip
import zipfile

import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.series.opening import is_series, open_series

from helpers.files import shared
from helpers.series import description, tro
from helpers.server import serving


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


def day(number, value=2300, station="A"):
    rows = f" {station} 2021:{number:03d}:00000 {value}\n"
    return tro(rows, description("TROTOT", "1e3"))


def test_several_files(tmp_path):
    for number in (1, 2):
        (tmp_path / f"{number}.tro").write_text(day(number, 2300 + number))
    for several in (f"{tmp_path}/*.tro", [tmp_path / "1.tro", str(tmp_path / "2.tro")]):
        assert is_series(several)
        ds = open_series(several)
        assert ds.ztd.values.ravel().tolist() == pytest.approx([2.301, 2.302])
    with pytest.raises(InputError, match="no file matches"):
        open_series(f"{tmp_path}/*.zpd")
    (tmp_path / "3.tro").write_text("station,time,ztd\n")
    with pytest.raises(InputError, match=r"3\.tro is no series of stations"):
        open_series(f"{tmp_path}/*.tro")


def test_archives_of_days(tmp_path):
    """As the Nevada Geodetic Laboratory has them: a ZIP of a year of packed days."""
    path = tmp_path / "A.2021.trop.zip"
    with zipfile.ZipFile(path, "w") as made:
        for number in (2, 1):
            text = day(number).replace("1e3", "1e3 1").replace("TROTOT", "TROTOT ODD")
            text = text.replace("2300\n", "2300 1\n")
            made.writestr(f"A.2021.{number:03d}.trop.gz", gzip.compress(text.encode()))
    assert is_series(path)
    with pytest.warns(TropdsxWarning, match=r"zip#A\.2021\.001\.trop\.gz: .* \(so in 2 files\)"):
        ds = open_series(path)
    assert ds.time.values.astype("M8[D]").astype(str).tolist() == ["2021-01-01", "2021-01-02"]
    with zipfile.ZipFile(path, "a") as made:
        made.writestr("A.2021.003.trop.gz", gzip.compress(day(3)[:150].encode()))
    with pytest.raises(InputError, match=r"A\.2021\.trop\.zip#A\.2021\.003\.trop\.gz ends inside"):
        open_series(path)


def test_what_is_no_series(tmp_path):
    assert not is_series(tmp_path / "none.tro")
    assert not is_series(f"{tmp_path}/*.tro")
    assert not is_series("https://example.org/a.tro")
    assert not is_series([])
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 damaged")
    assert not is_series(tmp_path / "a.zip")


def test_addresses(tmp_path):
    (tmp_path / "a.tro").write_text(day(1))
    with serving(tmp_path) as (url, _):
        assert open_series(f"{url}/a.tro").ztd.item() == pytest.approx(2.3)


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["egvap_cost716_2021-02-01.txt", "bernese52_2021-01-30.TRP"])
def test_real_files(name):
    assert open_series(shared(f"formats/{name}")).attrs["featureType"] == "timeSeries"
