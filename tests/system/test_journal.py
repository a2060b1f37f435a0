"""A file that is killed between any two writes comes back to its last commit."""

import json
import shutil

import h5py
import netCDF4
import numpy as np
import pytest

from tropdsx.system.journal import JournaledFile, repair


@pytest.fixture
def fresh(tmp_path):
    path = tmp_path / "data.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("time", None)
        file.createDimension("x", 50)
        file.createVariable("time", "f8", ("time",))
        file.createVariable("v", "f4", ("time", "x"), chunksizes=(1, 50), zlib=True)
    return path


def values(row):
    return np.random.default_rng(row).random(50).astype("f4")


def check(path, done):
    """All rows that were complete can be read, by the netCDF library and after reopening."""
    with netCDF4.Dataset(path) as file:
        for row in range(done):
            np.testing.assert_array_equal(file["v"][row].data, values(row))
    with h5py.File(path, "r+") as file:
        file["v"].resize(max(done + 1, len(file["v"])), axis=0)
        file["v"][done] = values(done)
        np.testing.assert_array_equal(file["v"][done], values(done))


def test_every_moment_of_a_run(fresh, tmp_path):
    """After each single write a copy is taken, as a kill would leave it, and repaired."""
    state = {"done": 0, "size": fresh.stat().st_size, "changes": []}
    copies = []

    def look():
        copies.append((tmp_path / f"{len(copies)}.nc", state))
        shutil.copy(fresh, copies[-1][0])

    class Watched(JournaledFile):
        def write(self, data):
            count = super().write(data)
            look()
            return count

    raw = Watched(fresh)
    file = h5py.File(raw, "r+")
    file["v"].resize(100, axis=0)
    file["time"].resize(100, axis=0)
    for row in range(90):  # enough for the index of the chunks to split
        file["v"][row] = values(row)
        file["time"][row] = row
        if row % 10 == 9:
            file.flush()
            state = {"done": row + 1} | raw.pending()
            look()  # the journal is there, the changes are not
            raw.commit(state)
            look()
    file.close()
    raw.close()
    assert len(copies) > 90
    for copy, found in copies:
        repair(copy, json.loads(json.dumps(found)))
        check(copy, found["done"])


def test_what_was_held_back_is_read_back(tmp_path):
    path = tmp_path / "bytes"
    path.write_bytes(bytes(range(20)))
    file = JournaledFile(path)
    file.seek(3)
    file.write(b"abc")
    file.seek(4)
    file.write(b"Z")
    file.seek(18)
    file.write(b"0123")
    buffer = bytearray(22)
    file.seek(0)
    assert file.readinto(buffer) == 22
    assert buffer[3:6] == b"aZc"
    assert buffer[18:] == b"0123"
    assert path.read_bytes()[:20] == bytes(range(20)), "nothing changed in place"
    state = file.pending()
    file.commit(state)
    file.close()
    assert path.read_bytes() == bytes(buffer)


def test_a_file_cut_short_is_refused(tmp_path):
    path = tmp_path / "bytes"
    path.write_bytes(b"12345")
    with pytest.raises(OSError, match="shorter"):
        repair(path, {"size": 9, "changes": []})
