"""ZIP archives, by whatever name; archives of other kinds are named with the way out."""

import io
import stat
import struct
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.containers.archives import is_zip
from tropdsx.read.delays import open_delays
from tropdsx.read.orography import open_orography
from tropdsx.workflows.derive.open_levels import open_levels

from helpers.files import delays


def archive(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def content(ds, **options):
    with tempfile.NamedTemporaryFile(suffix=".nc") as file:
        ds.to_netcdf(file.name, **options)
        return Path(file.name).read_bytes()


@pytest.fixture(autouse=True)
def folder_of_copies(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("copies")))


def leftovers():
    return set(Path(tempfile.gettempdir()).glob("tropdsx_*"))


@pytest.fixture
def whole():
    return delays(6)


@pytest.fixture
def halves(whole):
    parts = (whole.isel(time=slice(3, 6)), whole.isel(time=slice(0, 3)))
    return dict(zip(("later.nc", "earlier.nc"), map(content, parts), strict=True))


@pytest.mark.parametrize("name", ["era5.zip", "era5.nc", "era5"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_members_are_joined_as_files_are(tmp_path, whole, halves, name, method):
    before = leftovers()
    path = archive(tmp_path / name, halves, method)
    assert is_zip(path)
    with open_delays(path) as ds:
        np.testing.assert_array_equal(ds.zhd, whole.zhd)
        assert ds.zhd.chunks is not None
        assert ds.encoding["tropdsx_sources"] == [f"{path}#earlier.nc", f"{path}#later.nc"]
    assert leftovers() == before
    assert list(tmp_path.iterdir()) == [path]


def test_members_by_name_and_pattern(tmp_path, whole, halves):
    path = archive(tmp_path / "a.zip", {f"2022/{name}": data for name, data in halves.items()})
    for part in ("2022/later.nc", "later.nc", "l*.nc"):
        with open_delays(f"{path}#{part}") as ds:
            np.testing.assert_array_equal(ds.time, whole.time[3:])
    with open_delays([f"{path}#later.nc", f"{path}#earlier.nc"]) as ds:
        assert ds.sizes["time"] == 6
        assert len(leftovers()) == 1
    assert not leftovers()
    with pytest.raises(InputError, match=r"no member 'x.nc'; it holds 2022/earlier.nc, 2022/later"):
        open_delays(f"{path}#x.nc")


def test_different_variables_are_put_side_by_side(tmp_path, whole):
    """As the CDS does: a file for each kind of step."""
    members = {
        "data_stream-oper_stepType-instant.nc": whole[["zhd", "orography"]],
        "data_stream-oper_stepType-accum.nc": whole[["zwd"]],
    }
    path = archive(tmp_path / "cds.zip", {name: content(ds) for name, ds in members.items()})
    with open_delays(path) as ds:
        np.testing.assert_array_equal(ds.zwd, whole.zwd)
        np.testing.assert_array_equal(ds.zhd, whole.zhd)
    other = whole[["zwd"]].assign_coords(lon=whole.lon + 1)
    path = archive(tmp_path / "b.zip", {"a.nc": content(whole[["zhd"]]), "b.nc": content(other)})
    with pytest.raises(ValueError, match=r"b.zip#b.nc hold different variables and another 'lon'"):
        open_delays(path)
    assert not leftovers()


def test_levels_and_heights_come_from_archives_too(tmp_path, whole):
    path = archive(tmp_path / "z.zip", {"heights.nc": content(whole[["orography"]])})
    heights = open_orography(path)
    assert heights.attrs["source"] == "z.zip#heights.nc"
    np.testing.assert_allclose(heights, whole.orography)
    two = archive(tmp_path / "two.zip", {n: content(whole[["orography"]]) for n in ("a", "b")})
    with pytest.raises(InputError, match=r"names 2 files \(two.zip#a, two.zip#b\)"):
        open_orography(two)
    found = open_levels(archive(tmp_path / "l.zip", {"l.nc": content(whole)}))
    assert found.encoding["tropdsx_sources"] == [f"{tmp_path}/l.zip#l.nc"]


ESCAPES = ["../evil.nc", "/etc/evil.nc", "..\\evil.nc", "a/../../evil.nc", "C:\\evil.nc"]


@pytest.mark.parametrize("name", ESCAPES)
def test_nothing_is_written_outside_the_folder(tmp_path, whole, name, monkeypatch):
    inside = tmp_path / "tmp"
    inside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(inside))
    path = archive(tmp_path / "evil.zip", {name: content(whole)})
    with open_delays(path) as ds:
        found = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert all(file == path or inside in file.parents for file in found)
        np.testing.assert_array_equal(ds.zhd, whole.zhd)
    assert not Path("/etc/evil.nc").exists()


def test_members_of_one_name_are_kept_apart(tmp_path, halves):
    first, second = halves.values()
    path = archive(tmp_path / "a.zip", {"1/a.nc": first, "../1/a.nc": second, "2/a.nc": b"text"})
    with pytest.warns(TropdsxWarning, match="left out is 2/a.nc"), open_delays(path) as ds:
        assert ds.sizes["time"] == 6


def test_what_is_left_out_is_said(tmp_path, halves):
    more = {"readme.txt": "hello", "__MACOSX/._later.nc": b"x", ".DS_Store": b"x", "empty/": b""}
    path = archive(tmp_path / "a.zip", halves | more)
    with pytest.warns(TropdsxWarning) as caught, open_delays(path) as ds:
        assert ds.sizes["time"] == 6
    said = f"of {path}, earlier.nc, later.nc is read; left out is readme.txt"
    assert [str(each.message) for each in caught] == [said]


def test_an_unpacked_archive_is_not_unpacked_again(tmp_path, halves):
    path = archive(tmp_path / "a.zip", halves)
    before = leftovers()
    first, second = open_delays(path), open_delays(f"{path}#later.nc")
    assert len(leftovers() - before) == 1
    first.close()
    assert second.zhd.values.shape[0] == 3
    second.close()
    assert leftovers() == before


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def broken(data, tmp_path):
    path = archive(tmp_path / "made.zip", {"a.nc": data}, zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    place = raw.index(data[:8]) + len(data) // 2
    raw[place] ^= 0xFF
    return bytes(raw)


def encrypted(data, tmp_path):
    raw = bytearray(archive(tmp_path / "made.zip", {"a.nc": data}).read_bytes())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(magic) + place] |= 1
    return bytes(raw)


def overlapping(data, tmp_path):
    """Two entries of the directory that stand for the same bytes."""
    raw = archive(tmp_path / "made.zip", {"a.nc": data}, zipfile.ZIP_STORED).read_bytes()
    start, end = raw.index(b"PK\x01\x02"), raw.index(b"PK\x05\x06")
    entry = raw[start:end]
    count, size = 40, len(entry) * 40
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, start, 0)
    return raw[:start] + entry * count + tail


BAD = {
    "empty": (lambda data, path: archive(path / "m.zip", {}).read_bytes(), "ZIP archive without"),
    "text alone": (
        lambda data, path: archive(
            path / "m.zip", {"a.txt": "hello", "b.pdf": "%PDF"}
        ).read_bytes(),
        r"nothing that can be read \(a.txt, b.pdf\)",
    ),
    "nested": (
        lambda data, path: archive(
            path / "m.zip", {"i.zip": archive(path / "i.zip", {"a.nc": data}).read_bytes()}
        ).read_bytes(),
        r"nothing that can be read \(i.zip\).*unpack archives inside",
    ),
    "zarr": (
        lambda data, path: archive(path / "m.zip", {"s/zarr.json": "{}"}).read_bytes(),
        "zipped Zarr store; unpack it",
    ),
    "cut short": (
        lambda data, path: archive(path / "m.zip", {"a.nc": data}).read_bytes()[:-40],
        "",
    ),
    "damaged": (broken, "member a.nc of .*cannot be unpacked.*Bad CRC"),
    "encrypted": (encrypted, "encrypted ZIP archive; unpack it with its password"),
    "overlapping": (overlapping, "members overlap"),
    "link": (
        lambda data, path: archive(path / "m.zip", {link("a.nc"): "/etc/passwd"}).read_bytes(),
        "nothing that can be read",
    ),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_bad_archives_are_named_in_one_line(tmp_path, whole, case):
    before = leftovers()
    make, text = BAD[case]
    path = tmp_path / "input.nc"
    path.write_bytes(make(content(whole), tmp_path))
    with pytest.raises(InputError, match=text or "ZIP archive that cannot be read") as caught:
        open_delays(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    assert leftovers() == before


def test_a_bomb_is_not_unpacked(tmp_path, whole, monkeypatch):
    """What is no data is not even copied; what claims to be is stopped by the space there is."""
    before = leftovers()
    path = archive(tmp_path / "bomb.zip", {"a.nc": bytes(1 << 26)})
    with pytest.raises(InputError, match="nothing that can be read"):
        open_delays(path)
    monkeypatch.setattr("tropdsx.read.containers.temporary._SPARE", 1 << 60)
    path = archive(tmp_path / "big.zip", {"a.nc": content(whole) + bytes(1 << 26)})
    with pytest.raises(InputError, match="needs 64 MB in the temporary folder"):
        open_delays(path)
    assert leftovers() == before


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_tar_archives_are_named_with_the_way_out(tmp_path, whole, mode):
    path = tmp_path / "year.tar"
    with tarfile.open(path, mode) as made:
        for name in "abcdefgh":
            info = tarfile.TarInfo(f"{name}.nc")
            info.size = 100
            made.addfile(info, io.BytesIO(bytes(100)))
    with pytest.raises(InputError) as caught:
        open_delays(path)
    text = str(caught.value)
    assert "tar -xf" in text
    if mode != "w:bz2":
        assert "is a tar archive (a.nc, b.nc, c.nc, d.nc, e.nc, f.nc)" in text
    assert "\n" not in text


def test_a_group_of_a_member(tmp_path, whole):
    path = archive(tmp_path / "a.zip", {"m.nc": content(whole, group="run/wet")})
    with open_delays(f"{path}#m.nc#run/wet") as ds:
        np.testing.assert_array_equal(ds.zwd, whole.zwd)
    with open_delays(path, group="run/wet") as ds:
        np.testing.assert_array_equal(ds.zwd, whole.zwd)
