"""The list of assets: official addresses, and files that ship with the package."""

from tropdsx.assets.catalogue import ASSETS, SHIPPED
from tropdsx.assets.registry import find_path, list_assets

VMF = "https://vmf.geo.tuwien.ac.at/"


def test_the_list_has_all_names_and_official_addresses():
    names = {"orography_1deg", "climatology", "geoid", "default", "heldout", "stations"}
    downloads = {"gpt3_5", "gpt3_1", "gpt2_5", "gpt2_5w"}
    heights = {"orography_ell", "orography_ell_5x5", "orography_ell_1x1"}
    assert set(list_assets()) == names | downloads | heights
    for name in downloads:
        assert ASSETS[name].url == f"{VMF}codes/{name}.grd"
    for name in heights:
        assert ASSETS[name].url == f"{VMF}station_coord_files/{name}"


def test_shipped_checkpoints_are_assets_and_files():
    for name in SHIPPED:
        assert ASSETS[name].url is None
        assert find_path(name) == list_assets()[name]
        assert find_path(name).suffix == ".safetensors"
