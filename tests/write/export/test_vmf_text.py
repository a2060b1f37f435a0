"""VMF1, VMF3 and V3GR text: byte for byte what the VMF Data Server gives."""

import lzma

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, OutputError, TropdsxWarning
from tropdsx.read.delays import open_delays
from tropdsx.read.orography import open_orography
from tropdsx.write.export.vmf_text import GRADIENTS, write_vmf

from helpers.files import shared
from helpers.vmf import opened


def grid(epochs=2, **units):
    """A coarse global grid with coefficients, gradients and heights."""
    rng = np.random.default_rng(5)
    axes = {
        "time": np.datetime64("2021-03-04T18", "ns") + np.arange(epochs) * np.timedelta64(6, "h"),
        "lat": np.arange(75.0, -76, -30),
        "lon": np.arange(15.0, 360, 30),
    }
    shape = tuple(len(axis) for axis in axes.values())
    limits = {"ah": (11e-4, 13e-4, "1"), "aw": (4e-4, 6e-4, "1"), "zhd": (1.5, 2.3, "m")}
    limits |= {"zwd": (0.005, 0.4, "m")} | dict.fromkeys(GRADIENTS, (-2.0, 2.0, "mm"))
    ds = xr.Dataset(
        {
            name: (tuple(axes), rng.uniform(low, high, shape), {"units": unit})
            for name, (low, high, unit) in limits.items()
        },
        axes,
    )
    return ds.assign(orography=(("lat", "lon"), np.full((6, 12), 12.345), {"units": "m"}))


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("product", "name"),
    [
        ("VMF3", "vmf3/5x5/VMF3_20210101.H00.xz"),
        ("VMF3", "vmf3/1x1/VMF3_20210101.H06.xz"),
        ("VMF1", "vmf1/VMFG_20210101.H00.xz"),
    ],
)
def test_real_files_are_written_again_byte_for_byte(tmp_path, product, name):
    path = shared(name)
    with open_delays(path) as ds:
        about = {key: ds.attrs[key] for key in ("source", "comment")}
        with pytest.warns(TropdsxWarning, match="heights of the grid are not known"):
            (written,) = write_vmf(ds.load(), tmp_path, product, **about)
    assert written.name == path.stem
    with lzma.open(path) as file:
        assert written.read_bytes() == file.read()


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("product", "delays", "orography"),
    [
        ("VMF3", "vmf3/5x5/VMF3_20210101.H00.xz", "orography_ell_5x5"),
        ("VMF3", "vmf3/1x1/VMF3_20210101.H00.xz", "orography_ell_1x1"),
        ("VMF1", "vmf1/VMFG_20210101.H00.xz", "orography_ell"),
    ],
)
def test_real_orographies_are_written_again_byte_for_byte(tmp_path, product, delays, orography):
    path = shared(f"orography/{orography}")
    with open_delays(shared(delays)) as ds:
        ds = ds.load().assign(orography=open_orography(path))
    *_, written = write_vmf(ds, tmp_path, product)
    assert written.name == orography
    assert written.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("product", ["VMF3", "VMF1", "V3GR"])
def test_what_is_written_is_read_at_the_printed_digits(tmp_path, product):
    ds = grid()
    *paths, _ = write_vmf(ds, tmp_path, product)
    prefix = {"VMF1": "VMFG"}.get(product, product)
    assert [path.name for path in paths] == [f"{prefix}_20210304.H18", f"{prefix}_20210305.H00"]
    for epoch, path in enumerate(paths):
        back = opened(path)
        assert back.time.values[0] == ds.time.values[epoch]
        names = ["ah", "aw", "zhd", "zwd", *(GRADIENTS if product == "V3GR" else ())]
        assert list(back) == names
        for name in names:
            atol = {"a": 0.51e-8, "z": 0.51e-4, "g": 0.51e-3}[name[0]]
            np.testing.assert_allclose(back[name][0], ds[name][epoch], rtol=0, atol=atol)


def test_any_orientation_and_unit_gives_the_same_file(tmp_path):
    ds = grid()
    turned = ds.assign_coords(lon=(ds.lon + 180) % 360 - 180).sortby("lon").sortby("lat")
    turned = turned.transpose("lon", "time", "lat").sortby("time", ascending=False)
    turned["zwd"] = (turned.zwd * 1000).assign_attrs(units="mm")
    for folder, each in (("a", ds), ("b", turned)):
        (tmp_path / folder).mkdir()
        write_vmf(each, tmp_path / folder, "V3GR", source="x")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_nodes_between_tenths_have_the_digits_they_need(tmp_path):
    axes = {"lat": [50.25, 50.0], "lon": [359.75, 0.0], "time": grid().time.values[:1]}
    ds = grid(1).isel(lat=[0, 1], lon=[0, 1]).assign_coords(axes)
    path, _ = write_vmf(ds, tmp_path)
    assert path.read_text().splitlines()[7].startswith(" 50.25  359.75  0.001")
    assert path.read_text().splitlines()[5] == "! Range/resolution:   50 50.25 359.75 360 0.25 0.25"


def test_orography_is_written_once(tmp_path):
    ds = grid()
    paths = write_vmf(ds, tmp_path)
    assert paths[-1].name == "orography_ell_30x30"
    assert paths[-1].read_text().split("\n")[0] in ("  12.35", "  12.34")
    more = ds.assign_coords(time=ds.time + np.timedelta64(12, "h"))
    assert write_vmf(more, tmp_path)[-1] == paths[-1]
    more = ds.assign_coords(time=ds.time + np.timedelta64(24, "h"))
    with pytest.raises(OutputError, match="orography_ell_30x30 exists"):
        write_vmf(more.assign(orography=ds.orography + 1), tmp_path)
    assert len(list(tmp_path.iterdir())) == 5  # nothing of what was refused


def test_refused(tmp_path):
    ds = grid()
    with pytest.raises(OutputError, match="product 'VMF2' found; accepted are VMF3, VMF1, V3GR"):
        write_vmf(ds, tmp_path, "VMF2")
    with pytest.raises(GridError, match=r"without ah and aw.*coefficients=.gpt3"):
        write_vmf(ds.drop_vars("ah"), tmp_path)
    with pytest.raises(GridError, match="V3GR needs gradients, and gradient_east_wet are not"):
        write_vmf(ds.drop_vars("gradient_east_wet"), tmp_path, "V3GR")
    with pytest.raises(GridError, match="has no zwd"):
        write_vmf(ds.drop_vars("zwd"), tmp_path)
    with pytest.raises(OutputError, match="between the hours"):
        write_vmf(ds.assign_coords(time=ds.time + np.timedelta64(30, "m")), tmp_path)
    with pytest.raises(OutputError, match="between the hours"):
        write_vmf(ds.drop_vars("time"), tmp_path)
    holed = ds.assign(ah=ds.ah.where((ds.lat < 75) | (ds.lon > 15) | (ds.time < ds.time[1])))
    with pytest.raises(OutputError, match="1 of 72 nodes have no value at 2021-03-05T00"):
        write_vmf(holed, tmp_path)
    (left,) = tmp_path.iterdir()  # the epoch before it, and no orography
    left.unlink()
    with pytest.raises(OutputError, match="PRIDE reads VMF3 on the global grids 1x1"):
        write_vmf(ds, tmp_path, consumer="pride")
    with pytest.raises(OutputError, match=r"folder .* does not exist"):
        write_vmf(ds, tmp_path / "none")
    (tmp_path / "VMF3_20210305.H00").write_text("")
    with pytest.raises(OutputError, match=r"VMF3_20210305.H00 exists"):
        write_vmf(ds, tmp_path)


def test_epochs_are_read_one_by_one(tmp_path):
    """Coefficients and gradients of a long series would fill the memory."""
    import dask.array as da

    ds, read = grid(3), []

    def look(block, block_info=None):
        if block_info is not None:
            read.append(block_info[0]["chunk-location"][0])
        return block

    for name in ("ah", "gradient_east_wet"):
        values = da.from_array(ds[name].values, chunks=(1, -1, -1))
        ds[name] = ds[name].copy(data=values.map_blocks(look, dtype=float))
    seen = []
    write_vmf(ds, tmp_path, "V3GR", progress=lambda *done: seen.append((*done, len(read))))
    assert seen == [(1, 3, 2), (2, 3, 4), (3, 3, 6)]
