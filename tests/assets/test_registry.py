"""Named assets: where they are looked for, and what is accepted from the network."""

import gzip
import hashlib
import lzma
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tropdsx.assets import registry as assets
from tropdsx.assets.catalogue import ASSETS, Asset
from tropdsx.errors import AssetError

from helpers.paths import SHARED

DATA = SHARED / "data"
VMF = "https://vmf.geo.tuwien.ac.at/"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "_cache", lambda: tmp_path / "cache")
    monkeypatch.delenv("TROPDSX_DATA", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path, monkeypatch, cache):
    path = tmp_path / "mine"
    path.mkdir()
    monkeypatch.setenv("TROPDSX_DATA", str(path))
    return path


def serve(monkeypatch, content):
    """Let pooch "download" these bytes, or raise this error."""
    import pooch

    asked = []

    def download(url, output, _):
        asked.append(url)
        if isinstance(content, Exception):
            raise content
        Path(output).write_bytes(content)

    monkeypatch.setattr(pooch.core, "choose_downloader", lambda *_, **__: download)
    return asked


def table(rows, columns):
    head = "%  lat lon p:a0\n"
    return (head + "\n".join(" ".join(["1.5"] * columns) for _ in range(rows))).encode()


def test_a_missing_asset_says_which_file_to_put_where(cache):
    with pytest.raises(AssetError, match=r"gpt3_1 .* download https://vmf.*gpt3_1\.grd") as caught:
        assets.asset_path("gpt3_1")
    assert "tropdsx assets fetch gpt3_1" in str(caught.value)
    assert str(cache) in str(caught.value)
    assert "TROPDSX_DATA" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert assets.find_asset("gpt3_1") is None
    assert isinstance(caught.value, FileNotFoundError)


def test_an_unknown_name_lists_the_known_ones(cache):
    for ask in (assets.asset_path, assets.find_asset, assets.fetch):
        with pytest.raises(AssetError, match=r"unknown asset 'gpt4'; known are .*gpt3_5"):
            ask("gpt4")


@pytest.mark.parametrize("suffix", ["", ".xz", ".gz"])
def test_the_users_folder_is_searched_first(folder, cache, suffix):
    cache.mkdir()
    (cache / "gpt3_5.grd").write_text("cached")
    assert assets.asset_path("gpt3_5") == cache / "gpt3_5.grd"
    wrap = {"": bytes, ".xz": lzma.compress, ".gz": gzip.compress}[suffix]
    (folder / f"gpt3_5.grd{suffix}").write_bytes(wrap(b"mine"))
    assert assets.asset_path("gpt3_5") == folder / f"gpt3_5.grd{suffix}"
    assert assets.list_assets()["gpt3_5"] == folder / f"gpt3_5.grd{suffix}"


def test_shipped_tables_lie_in_the_package_and_can_be_replaced(folder):
    shipped = assets.asset_path("climatology")
    assert shipped.parent.name == "tables"
    (folder / shipped.name).write_text("mine")
    assert assets.asset_path("climatology") == folder / shipped.name


def test_fetch_needs_no_network_for_what_is_here(folder, monkeypatch):
    asked = serve(monkeypatch, OSError("offline"))
    (folder / "gpt2_5.grd").write_text("mine")
    assert assets.fetch("gpt2_5") == folder / "gpt2_5.grd"
    assert assets.fetch("climatology").is_file()
    assert not asked


def test_fetch_downloads_once_into_the_cache(cache, monkeypatch):
    asked = serve(monkeypatch, table(2592, 34))
    assert assets.fetch("gpt2_5") == cache / "gpt2_5.grd"
    assert assets.fetch("gpt2_5") == cache / "gpt2_5.grd"
    assert asked == [f"{VMF}codes/gpt2_5.grd"]


@pytest.mark.parametrize(
    "content", [b"<html>please log in</html>", table(2592, 33), table(2591, 34), b"", b"\xff\xfe"]
)
def test_a_download_of_something_else_is_not_kept(cache, monkeypatch, content):
    serve(monkeypatch, content)
    with pytest.raises(AssetError, match="is not gpt2_5: expected 2592 rows of 34 numbers"):
        assets.fetch("gpt2_5")
    assert not (cache / "gpt2_5.grd").exists()


def test_offline_fetch_says_what_to_do(cache, monkeypatch):
    import requests

    serve(monkeypatch, requests.ConnectionError("no route"))
    with pytest.raises(AssetError, match=r"put it as orography_ell_5x5 into .*ConnectionError"):
        assets.fetch("orography_ell_5x5")
    assert not list(cache.glob("*"))


def test_line_ends_do_not_matter_for_the_sha256(cache, monkeypatch):
    text = np.array2string(np.arange(20.0)).strip("[]").encode().replace(b"\n", b"\r\n")
    known = hashlib.sha256(text.replace(b"\r\n", b"\n")).hexdigest()
    fake = Asset("x.grd", "test", VMF + "codes/x.grd", known, (1, 1))
    monkeypatch.setitem(ASSETS, "x", fake)
    serve(monkeypatch, text)
    assert assets.fetch("x").read_bytes() == text


def test_a_shipped_file_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(ASSETS, "x", Asset("tables/x.nc", "test table"))
    for ask in (assets.asset_path, assets.fetch):
        with pytest.raises(AssetError, match=r"should ship with tropdsx but tables/x\.nc"):
            ask("x")


@pytest.mark.realdata
@pytest.mark.parametrize(
    "path",
    [
        "gpt/gpt3_5.grd.xz",
        "orography/orography_ell",
        "orography/orography_ell_5x5",
        "orography/orography_ell_1x1",
    ],
)
def test_the_real_files_have_the_sha256_and_shape_that_are_known(path):
    file = DATA / path
    if not file.exists():
        pytest.skip("the shared development data are not here")
    data = lzma.decompress(file.read_bytes()) if file.suffix == ".xz" else file.read_bytes()
    asset = ASSETS[file.name.partition(".")[0]]
    assert hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest() == asset.sha256
    assert assets._fits(data, asset.values)


def test_importing_does_not_load_pooch():
    code = "import sys, tropdsx.assets.registry; assert 'pooch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_sources_name_the_kind_of_place(folder, cache):
    found = assets.list_sources()
    assert found["geoid"] == "shipped"
    assert found["gpt3_1"] is None
    (folder / "geoid.nc.gz").touch()
    cache.mkdir()
    (cache / "gpt3_1.grd").touch()
    found = assets.list_sources()
    assert (found["geoid"], found["gpt3_1"]) == ("in TROPDSX_DATA", "in the cache")
    assert found.keys() == assets.list_assets().keys()
