"""Tables of any layout come out cell by cell as they stand; others are refused in one line."""

import gzip
import lzma
import tracemalloc

import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.tables.layout import list_headings, read_table

KNOWN = {"station", "lat"}
CELLS = [["0001", "46.9"], ["NA", ""], ["1E05", "NULL"]]
LAYOUTS = {
    "commas": "station,lat\n0001,46.9\nNA,\n1E05,NULL\n",
    "semicolons": "station;lat\r\n0001;46.9\r\nNA;\r\n1E05;NULL\r\n",
    "tabs": "station\tlat\n0001\t46.9\nNA\t\n1E05\tNULL",
    "bars": "station | lat\n0001 | 46.9\nNA |\n1E05 | NULL\n",
    "old Mac": "station,lat\r0001,46.9\rNA,\r1E05,NULL\r",
    "quotes": '"station","lat"\n"0001","46.9"\n"NA",""\n"1E05","NULL"\n',
    "separator at the end": "station,lat,\n0001,46.9,\nNA,,\n1E05,NULL,\n",
    "more at the end of rows": "station;lat\n0001;46.9;\nNA;\n1E05;NULL;;\n",
    "blank lines": "\n\nstation,lat\n\n0001,46.9\n , \n\nNA,\n,\n1E05,NULL\n\n",
    "comments": "# a\n#b\nstation,lat\n#c\n0001,46.9\nNA,\n  # d\n1E05,NULL\n",
    "headings in a comment": "# made up\n# station,lat\n0001,46.9\nNA,\n1E05,NULL\n",
    "blanks around": "  station , lat \n  0001 , 46.9 \n NA ,\n 1E05 , NULL\n",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(tmp_path, layout):
    path = tmp_path / "table"
    path.write_bytes(LAYOUTS[layout].encode())
    table = read_table(path, KNOWN)
    assert table.cells.to_numpy().tolist() == CELLS
    assert [heading.name for heading in table.headings[:2]] == ["station", "lat"]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_codings(tmp_path, coding):
    path = tmp_path / "table.csv"
    path.write_bytes("station,lat\nZürich,47.4\n".encode(coding))
    assert read_table(path, KNOWN).cells.iloc[0].to_list() == ["Zürich", "47.4"]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_compressed(tmp_path, pack):
    path = tmp_path / "table"
    path.write_bytes(pack(LAYOUTS["commas"].encode()))
    assert read_table(path, KNOWN).cells.to_numpy().tolist() == CELLS


def test_columns_between_blanks(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text("station   lat\n0001     46.9\nNA  -\n")
    assert read_table(path, KNOWN).cells.to_numpy().tolist() == [["0001", "46.9"], ["NA", "-"]]


def test_lines_are_those_of_the_file(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("# a\n\nstation,lat\n\n0001,46.9\n# b\nNA,1\n")
    assert read_table(path, KNOWN).cells.index.to_list() == [5, 7]


def test_names_with_signs(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('station,lat\nA#1,1\n"B, C",2\n"D ""E""",3\n')
    assert read_table(path, KNOWN).cells[0].to_list() == ["A#1", "B, C", 'D "E"']


BAD = {
    "empty": (b"", "is no table|holds no table"),
    "comments alone": (b"# a\n# b\n", "holds no table: it has no line of headings"),
    "headings alone": (b"station,lat\n", "has headings but no rows"),
    "decimal commas": (b"station,lat\nA,46,9\n", r"line 2: 3 cells, but 2 .*by semicolons where"),
    "later": (b"station,lat\nA,1\n\nB,46,9\n", r"line 4: 3 cells, but 2 headings"),
    "blanks in names": (b"station lat\nA B 46.9\n", r"line 2: 3 cells.*by commas where names have"),
    "an open quote": (b'station,lat\n"A,1\nB,2\nC,3\n', "quote is not closed|is no table"),
    "xlsx": (b"PK\x03\x04[Content_Types].xml", "spreadsheet or ZIP archive; save the sheet as CSV"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(90), "an Excel workbook"),
    "netcdf": (b"\x89HDF\r\n\x1a\n" + bytes(90), "is HDF5 or NetCDF; accepted is a table of text"),
    "web page": (b"<!DOCTYPE html><html>404</html>", "a web page"),
    "binary": (b"station,lat\n\0\0\0,1\n", "holds bytes that no text has"),
    "broken gz": (b"\x1f\x8b\x08\x00abcdefgh", "cannot be read"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tables_are_named_in_one_line(tmp_path, case):
    content, text = BAD[case]
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=text) as caught:
        read_table(path, KNOWN)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_no_file(tmp_path):
    for path in (tmp_path, tmp_path / "none.csv", "https://host/a.csv"):
        with pytest.raises(InputError, match="no such file"):
            read_table(path, KNOWN)


@pytest.mark.parametrize("head", [b"\x89HDF\r\n", b"GRIB", b"binary \0"])
def test_large_files_of_fields_are_not_read_to_their_end(tmp_path, head):
    path = tmp_path / "fields"
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(50_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"accepted is a table|no table of text"):
            read_table(path, KNOWN)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_names_of_files(tmp_path, monkeypatch):
    (tmp_path / "my table [1].csv").write_text(LAYOUTS["commas"])
    monkeypatch.setenv("TABLES", str(tmp_path))
    for path in ("$TABLES/my table [1].csv", (tmp_path / "my table [1].csv").as_uri()):
        table = read_table(path, KNOWN)
        assert list_headings(table) == "station, lat"


def test_headings_are_assumed_for_bare_numbers_alone(tmp_path):
    path = tmp_path / "a.txt"
    cases = {"2021-01-01 2.3\n2021-01-02 2.4\n": 2, "time ztd\n2021-01-02 2.4\n": 1}
    cases |= {"# time ztd\n2021-01-02 2.4\n": 1, "2021-01-01 2.3 4.5\n2021-01-02 2.4 4.5\n": 1}
    for text, rows in cases.items():
        path.write_text(text)
        table = read_table(path, {"ztd"}, assumed=("time", "ztd"))
        assert len(table.cells) == rows
        assert ([each.name for each in table.headings] == ["time", "ztd"]) == ("4.5" not in text)


TITLED = {
    "List of stations 2022\nstation,lat,lon\nA,47,19\n": 1,
    "lat of all stations\n\nstation,lat,lon\nA,47,19\n": 1,
    "of made up data  COMMENT\n A  STATION\n    END OF HEADER\n*station lat lon\n A 47 19\n": 3,
}


@pytest.mark.parametrize("text", TITLED)
def test_lines_above_the_headings_are_left_out_with_a_word(tmp_path, text):
    path = tmp_path / "table"
    path.write_text(text)
    with pytest.warns(TropdsxWarning, match=f"{TITLED[text]} lines above the headings '"):
        table = read_table(path, {"station", "lat", "lon"})
    assert [each.name for each in table.headings] == ["station", "lat", "lon"]
    assert table.cells.to_numpy().tolist() == [["A", "47", "19"]]


def test_comments_of_other_programs(tmp_path):
    path = tmp_path / "table"
    path.write_text("% station lat\nA 47\n% B 48\n")
    assert read_table(path, KNOWN).cells.to_numpy().tolist() == [["A", "47"]]


def test_rows_between_blanks_that_lack_a_cell_are_refused(tmp_path):
    """The cells behind it took the places of others: a height that of a geoid."""
    path = tmp_path / "table"
    path.write_text("station lat height geoid\nA 47 150 43.5\nB 48     44.1\n")
    with pytest.raises(
        InputError, match=r"line 3: 3 cells, but 4 headings. Mark cells that are mis"
    ):
        read_table(path, KNOWN)
