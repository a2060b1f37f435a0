"""Headers and rows of VMF text files; damaged ones named."""

import gzip
import lzma

import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.read.delays import open_delays
from tropdsx.read.vmf_text import read_block, read_header

from helpers.files import shared
from helpers.vmf import HEADER, LAT, LON, RANGE, opened, rows, text


def test_scale_factor_is_honoured(tmp_path):
    (tmp_path / "one").write_text(text())
    (tmp_path / "half").write_text(text(scale="5.D-01"))
    one, half = (opened(tmp_path / name) for name in ("one", "half"))
    np.testing.assert_allclose(half.zhd, one.zhd / 2, rtol=1e-6)
    (tmp_path / "bad").write_text(text(scale="zero"))
    with pytest.raises(InputError, match="scale factor 'zero'"):
        opened(tmp_path / "bad")


@pytest.mark.parametrize("lines", [0, 1, 3, 12])
def test_any_number_of_header_lines(tmp_path, lines):
    header = HEADER.format(scale="1", range=RANGE).splitlines()[:lines]
    header += ["! More:  of it"] * max(0, lines - 7)
    path = tmp_path / "VMF3_20210304.H18"
    path.write_text("\n".join([*header, rows(LAT, LON)[1]]))
    ds = opened(path)
    np.testing.assert_array_equal(ds.lat, LAT)
    hour = 6 if lines > 3 else 18
    assert ds.time.values[0] == np.datetime64(f"2021-03-04T{hour:02d}")


def test_no_epoch_anywhere_is_not_a_time(tmp_path):
    (tmp_path / "grid.txt").write_text(rows(LAT, LON)[1])
    assert np.isnat(opened(tmp_path / "grid.txt").time.values).all()


@pytest.mark.parametrize("name", ["VMF3_20210132.H00", "VMF3_20210101.H30"])
def test_a_name_that_says_no_epoch_is_refused(tmp_path, name):
    (tmp_path / name).write_text(rows(LAT, LON)[1])
    with pytest.raises(InputError, match=r"which is none; accepted are names"):
        opened(tmp_path / name)


def broken(change):
    return "".join(change(text().splitlines(keepends=True)))


BAD_TEXTS = {
    "missing rows": (broken(lambda t: t[:-5]), "holds 67 rows where .* needs 72"),
    "a row too many": (broken(lambda t: [*t, t[-1]]), "holds 73 rows"),
    "two rows swapped": (broken(lambda t: [*t[:20], t[21], t[20], *t[22:]]), "belongs"),
    "cut in a row": (text()[:-20], "gap in row 72"),
    "words": (broken(lambda t: [*t[:30], "not a number at all\n", *t[31:]]), "no VMF grid"),
    "five columns": (
        broken(lambda t: [*t[:7], *(row[:-9] + "\n" for row in t[7:])]),
        r"5 columns",
    ),
    "header only": (HEADER.format(scale=1, range=RANGE), "no VMF grid"),
    "empty": ("", "empty"),
}


@pytest.mark.parametrize("case", BAD_TEXTS)
def test_damaged_files_are_named(tmp_path, case):
    content, message = BAD_TEXTS[case]
    path = tmp_path / "VMF3_20210304.H06"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        open_delays(path).compute()
    assert "VMF3_20210304.H06" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".xz", ".gz"])
def test_truncated_archives_are_named(tmp_path, suffix):
    pack = {".xz": lzma.compress, ".gz": gzip.compress}[suffix]
    data = pack(text().encode())
    path = tmp_path / f"VMF3_20210304.H06{suffix}"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="cannot be read"):
        open_delays(path).compute()


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "shape", "first", "last"),
    [
        ("vmf3/1x1/VMF3_20210101.H06.xz", (180, 360), (89.5, 0.5), (-89.5, 359.5)),
        ("vmf3/5x5/VMF3_20210101.H06.xz", (36, 72), (87.5, 2.5), (-87.5, 357.5)),
        ("vmf1/VMFG_20210101.H00.xz", (91, 144), (90.0, 0.0), (-90.0, 357.5)),
    ],
)
def test_real_files(name, shape, first, last):
    path = shared(name)
    header = read_header(path)
    assert header.shape == shape
    assert (header.lat[0], header.lon[0]) == first
    assert (header.lat[-1], header.lon[-1]) == last
    with lzma.open(path, "rt") as stream:
        table = np.array([line.split() for line in stream if line[0] != "!"], dtype=float)
    block = read_block(path, header)
    np.testing.assert_array_equal(block, table[:, 2:].T.reshape(4, *shape).astype("f4"))
