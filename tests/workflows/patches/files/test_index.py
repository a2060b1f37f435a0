"""The index as text."""

import pytest

from tropdsx.errors import InputError
from tropdsx.workflows.patches.files.index import IndexWriter, index_of, read_index, write_parquet


def test_rows_come_back(tmp_path):
    with IndexWriter(tmp_path / "i.csv", ["index_member"]) as index:
        index.add({"y0": 3, "split": "val", "selected_depth_values": [0.5, 1.0], "time": None})
        index.add({"source_file": 'a,"b".nc', "index_member": 2})
    first, second = read_index(tmp_path / "i.csv")
    assert (first["selected_depth_values"], first["time"]) == ("[0.5, 1.0]", "")
    assert (second["source_file"], second["index_member"]) == ('a,"b".nc', "2")


def test_what_is_no_index_is_told(tmp_path):
    with pytest.raises(InputError, match=r"no index .*keep them together"):
        read_index(index_of(tmp_path / "out.zarr"))
    (tmp_path / "i.csv").write_text("y0,x0\n1,2\n")
    with pytest.raises(InputError, match="no column patch, split, time"):
        read_index(tmp_path / "i.csv")


def test_parquet_holds_the_same(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    with IndexWriter(tmp_path / "i.csv") as index:
        index.add({"y0": 3, "split": "val"})
    assert write_parquet(tmp_path / "i.csv") == tmp_path / "i.parquet"
    row = parquet.read_table(tmp_path / "i.parquet").to_pylist()[0]
    assert (row["y0"], row["split"]) == (3, "val")


def test_no_parquet_without_pyarrow(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (tmp_path / "i.parquet").write_text("of an older export")
    assert write_parquet(tmp_path / "i.csv") is None
    assert list(tmp_path.iterdir()) == []
