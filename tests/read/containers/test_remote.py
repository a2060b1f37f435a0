"""Files of a web server: small ones are fetched, large NetCDF is read in place."""

import gzip
import zipfile

import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.read.containers import remote
from tropdsx.read.containers.remote import is_store, resolve_url
from tropdsx.read.delays import open_delays
from tropdsx.workflows.convert.files import convert
from tropdsx.write.provenance import read_provenance

from helpers.files import delays
from helpers.server import serving
from helpers.vmf import text as vmf_text

TEXT = vmf_text()


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "served"
    place.mkdir()
    delays().to_netcdf(place / "a.nc")
    delays().to_netcdf(place / "classic.nc", format="NETCDF3_64BIT")
    delays().to_netcdf(place / "group.nc", group="run/wet")
    delays().to_netcdf(place / "my grid [1].nc")
    with zipfile.ZipFile(place / "a.zip", "w") as made:
        made.write(place / "a.nc", "inner.nc")
    return place


FILES = {
    "a.nc": "a.nc",
    "classic.nc": "classic.nc",
    "group.nc#run/wet": "group.nc#run/wet",
    "my%20grid%20%5B1%5D.nc": "my%20grid%20%5B1%5D.nc",
    "a.nc?download=1": "a.nc?download=1",
    "a.zip": "a.zip#inner.nc",
    "a.zip#inner.nc": "a.zip#inner.nc",
}


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("name", FILES)
def test_files_are_fetched_once(folder, name, ranges):
    with serving(folder, ranges=ranges) as (url, asked), open_delays(f"{url}/{name}") as ds:
        count = len(asked)
        np.testing.assert_array_equal(ds.zhd, delays().zhd)
        assert ds.encoding["tropdsx_sources"] == [f"{url}/{FILES[name]}"]
        assert len(asked) == count == 2, "a look at its beginning, and the file"


@pytest.mark.parametrize("name", ["a.nc", "classic.nc", "group.nc#run/wet"])
def test_large_netcdf_is_read_in_place(folder, name, monkeypatch):
    monkeypatch.setattr(remote, "_FETCHED", 0)
    with serving(folder) as (url, asked), open_delays(f"{url}/{name}") as ds:
        count = len(asked)
        np.testing.assert_array_equal(ds.zhd[1], delays().zhd[1])
        assert len(asked) > count, "values are read when they are needed"
        assert ds.encoding["tropdsx_sources"] == [f"{url}/{name}"]
    with serving(folder) as (url, _), open_delays(f"{url}/a.nc#mode=bytes") as ds:
        np.testing.assert_array_equal(ds.zwd, delays().zwd)


def test_in_place_only_where_the_library_can(folder, monkeypatch):
    monkeypatch.setattr(remote, "_FETCHED", 0)
    monkeypatch.setattr(remote, "_opens_in_place", lambda url: False)
    with serving(folder) as (url, _), open_delays(f"{url}/a.nc") as ds:
        np.testing.assert_array_equal(ds.zhd, delays().zhd)


def test_text_and_compressed_text_are_fetched(folder):
    (folder / "VMF3_20210304.H06").write_text(TEXT)
    (folder / "VMF3_20210304.H06.gz").write_bytes(gzip.compress(TEXT.encode()))
    with serving(folder) as (url, _):
        for name in ("VMF3_20210304.H06", "VMF3_20210304.H06.gz"):
            assert open_delays(f"{url}/{name}").zhd.size


def test_what_cannot_be_fetched_is_named(folder):
    (folder / "page.html").write_text("<!DOCTYPE html><html>log in</html>")
    (folder / "letter.txt").write_text("dear reader\n" * 9)
    with serving(folder) as (url, _):
        for name, text in {
            "none.nc": r"none.nc cannot be fetched \(HTTP 404",
            "page.html": "page.html gives a web page; accepted are",
            "letter.txt": r"gives something else \('dear reader",
        }.items():
            with pytest.raises(InputError, match=text) as caught:
                open_delays(f"{url}/{name}")
            assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=r"cannot be reached .*check the address and the network"):
        open_delays(f"{url}/a.nc")
    with pytest.raises(InputError, match="check the address"):
        open_delays("http://[broken/a.nc")


def test_a_broken_connection_is_named(folder, monkeypatch):
    from helpers import server

    class Short(server._Handler):
        def end_headers(self):
            if self.path == "/a.nc" and "Range" not in self.headers:
                self._headers_buffer = [
                    line for line in self._headers_buffer if b"Content-Length" not in line
                ]
                self.send_header("Content-Length", "999999")
            super().end_headers()

    said = r"a.nc (gives \d+ of 999999 bytes|was broken off)"
    with serving(folder, handler=Short) as (url, _), pytest.raises(InputError, match=said):
        open_delays(f"{url}/a.nc")


def test_an_opendap_address_is_left_to_the_library(folder):
    (folder / "data.dds").write_text("Dataset {\n Float32 zhd[lat = 2];\n} data;\n")
    with serving(folder) as (url, asked):
        assert resolve_url(f"{url}/data", lambda head: False) == f"{url}/data"
        assert set(asked) == {"/data", "/data.dds"}


@pytest.mark.parametrize("url", ["s3://b/a", "gs://b/a.zarr", "https://h/a.zarr/", "az://b/a"])
def test_stores_are_not_asked_for(url):
    assert is_store(url)
    assert resolve_url(url, lambda head: False) == url


def test_convert_writes_into_the_current_folder(folder, tmp_path, monkeypatch, small):
    monkeypatch.chdir(tmp_path)
    small.to_netcdf(folder / "real.nc")
    with serving(folder) as (url, _):
        out = convert(f"{url}/real.nc", model="none", target=5)
        assert read_provenance(out)["inputs"] == [{"name": f"{url}/real.nc", "sha256": None}]
    assert out.resolve() == tmp_path / "real_tropdsx.nc"
