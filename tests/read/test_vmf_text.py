"""Headers and rows of VMF text files; damaged ones named."""

import contextlib
import gzip
import lzma

import numpy as np
import pytest

from tropdsx.errors import GridError, InputError, TropdsxWarning
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.delays import open_delays
from tropdsx.read.vmf_text import read_blocks, read_header

from helpers.files import shared
from helpers.vmf import HEADER, LAT, LON, RANGE, V3GR, epochs, opened, rows, table, text


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
    hour = 6 if lines > 3 else 18
    other = pytest.warns(TropdsxWarning, match="the file's name 2021-03-04T18:00")
    with other if hour == 6 else contextlib.nullcontext():
        ds = opened(path)
    np.testing.assert_array_equal(ds.lat, LAT)
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
    block = read_blocks(path, header)[0]
    np.testing.assert_array_equal(block, table[:, 2:].T.reshape(4, *shape).astype("f4"))


JOINED = {
    "another grid": (
        lambda a, b: a + b.replace(RANGE, "-85 85 5 355 10 10"),
        r"different grids: range -85\.0 .* at epoch 2021-03-04T06:00 and -75\.0 .*T00:00",
    ),
    "another kind": (
        lambda a, _: a + epochs(2, gradients=True)[1],
        r"different grids: columns .*gn_h.* at epoch 2021-03-04T06:00",
    ),
    "an epoch twice": (lambda a, _: a + a, r"epoch 2021-03-04T00:00 twice"),
    "no epoch": (
        lambda a, b: a + b.replace("! Epoch", "! Moment"),
        r"part 2 has no line '! Epoch:'",
    ),
    "no header": (
        lambda a, b: a + "".join(row for row in b.splitlines(True) if row[0] != "!"),
        r"holds 144 rows .* 2 epochs without header lines",
    ),
    "no header at all": (
        lambda a, b: "".join(row for row in (a + b).splitlines(True) if row[0] != "!"),
        r"again and again without header lines",
    ),
    "six columns among ten": (
        lambda _, b: epochs(1, gradients=True)[0] + b.replace("VMF3 (lat lon ah aw zhd zwd)", V3GR),
        r"6 columns at epoch 2021-03-04T06:00 where 10 belong",
    ),
    "other columns": (
        lambda a, _: a.replace("VMF3 (lat lon ah aw zhd zwd)", "METEO (lat lon p t e tm)"),
        r"the columns lat lon p t e tm",
    ),
    "a web page in between": (lambda a, b: a + "<html>404</html>\n" + b, r"<html>404.* at epoch"),
    "impossible epoch": (
        lambda a, b: a + b.replace("2021 03", "2021 13"),
        r"Epoch: 2021 13 .*no epoch",
    ),
    "scale of one": (lambda a, b: a + b.replace("1.e+00", "-1"), r"scale factor '-1'"),
}


@pytest.mark.parametrize("case", JOINED)
def test_what_is_wrong_with_a_joined_file_is_named(tmp_path, case):
    """Each of these files is whole: none has to be fetched again."""
    change, message = JOINED[case]
    path = tmp_path / "vmf_2021063"
    path.write_text(change(*epochs(2)))
    for read in (open_delays, opened):
        with pytest.raises((InputError, GridError), match=message) as caught:
            read(path).load()
        assert "Fetch" not in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cut", [-30, -2500])
def test_a_joined_file_that_is_cut_short_is_named_with_its_epoch(tmp_path, cut):
    path = tmp_path / "vmf_2021063"
    path.write_text("".join(epochs(3))[:cut])
    with pytest.raises(InputError, match=r"at epoch 2021-03-04T12:00.*Fetch the file again"):
        open_delays(path).load()
    assert not opened(path).zwd[1].isnull().any()


def test_an_epoch_without_rows_is_named(tmp_path):
    (tmp_path / "a").write_text(epochs(1)[0] + HEADER.format(scale=1, range=RANGE))
    with pytest.raises(InputError, match="epoch 2021-03-04T06:00 has header lines and no rows"):
        open_delays(tmp_path / "a").load()


def test_gradients_alone_are_no_delays(tmp_path):
    (body,) = epochs(1)
    path = tmp_path / "GRAD_20210304.H00"
    path.write_text(
        body.replace("VMF3 (lat lon ah aw zhd zwd)", V3GR.replace("ah aw zhd zwd ", ""))
    )
    assert list(opened(path)) == list(opened_gradients(tmp_path))[4:]
    with pytest.raises(GridError, match="no delay found among the variables gradient_north_hyd"):
        standardise_grid(open_delays(path))


def opened_gradients(folder):
    (folder / "V3GR").write_text(epochs(1, gradients=True)[0])
    return opened(folder / "V3GR")


def test_ten_columns_under_a_header_of_six_are_told(tmp_path):
    (body,) = epochs(1, gradients=True)
    path = tmp_path / "V3GR_20210304.H00"
    path.write_text(body.replace(V3GR, "VMF3 (lat lon ah aw zhd zwd)"))
    with pytest.warns(TropdsxWarning, match="6 columns are named .* and 10 are there"):
        ds = opened(path)
    np.testing.assert_array_equal(ds.zwd.values.ravel(), table(body)[:, 5].astype("f4"))
    path.write_text("\n".join(row for row in body.splitlines() if row[0] != "!"))
    assert len(open_delays(path)) == 8  # without any header, by their number
