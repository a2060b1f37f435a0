"""Hashes of files and folders."""

import hashlib

import numpy as np

from tropdsx.system.hashing import sha256_of


def test_sha256_of_a_file_is_streamed(tmp_path):
    data = np.random.default_rng(0).bytes(3 * 2**20 + 17)
    (tmp_path / "f").write_bytes(data)
    assert sha256_of(tmp_path / "f") == hashlib.sha256(data).hexdigest()


def test_sha256_of_a_folder_depends_on_names_and_content_only(tmp_path):
    for name in ("a", "b"):
        for file, text in (("zarr.json", "{}"), ("zhd/c/0", "data"), ("zhd/zarr.json", "{}")):
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    first = sha256_of(tmp_path / "a")
    assert first == sha256_of(tmp_path / "b")
    (tmp_path / "b/zhd/c/0").rename(tmp_path / "b/zhd/c/1")
    assert first != sha256_of(tmp_path / "b")
    (tmp_path / "a/zhd/c/0").write_text("dat4")
    assert first != sha256_of(tmp_path / "a")
