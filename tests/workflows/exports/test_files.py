"""Files of delays become files of other programs."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError, GridError, TropdsxWarning
from tropdsx.read.insar.gacos import open_gacos
from tropdsx.read.insar.opera import open_opera
from tropdsx.workflows.convert.files import convert
from tropdsx.workflows.exports.files import export_gacos, export_opera, export_vmf

from helpers.stations import weather
from helpers.vmf import opened, text


@pytest.fixture
def grid(tmp_path):
    weather(3, first="2021-03-04T00").to_netcdf(tmp_path / "grid.nc")
    (tmp_path / "out").mkdir()
    return tmp_path / "grid.nc"


def test_vmf_with_coefficients_of_another_file(grid, tmp_path):
    """The coarse file is global, of 30 degrees, and of the epoch 2021-03-04 06."""
    (tmp_path / "VMF3_20210304.H06").write_text(text())
    coarse = tmp_path / "VMF3_20210304.H06"
    with pytest.warns(TropdsxWarning, match="nearest to 2021-03-04T05:00Z is 2021-03-04T06:00"):
        paths = export_vmf(grid, tmp_path / "out", coefficients=coarse, time="2021-03-04T05:00Z")
    assert [path.name for path in paths] == ["VMF3_20210304.H06", "orography_ell_2x2"]
    back = opened(paths[0])
    assert "ah, aw interpolated from a grid of 30x30 degrees" in back.attrs["comment"]
    np.testing.assert_allclose(back.zwd[0], weather(3).zwd[1].where(False, back.zwd[0]), atol=1e-4)
    assert float(back.ah.min()) > 1.1e-3
    with pytest.raises(GridError, match="without ah and aw"):
        export_vmf(grid, tmp_path / "out", overwrite=True)


def test_vmf_with_heights_of_another_file(grid, tmp_path):
    with xr.open_dataset(grid) as ds:
        other = ds[["orography"]].load()
        bare = ds.drop_vars("orography").load()
    bare["ah"], bare["aw"] = bare.zhd * 0 + 0.0012, bare.zhd * 0 + 0.0006
    for name in ("ah", "aw"):
        bare[name].attrs = {"units": "1"}
    bare.to_netcdf(tmp_path / "bare.nc")
    other.to_netcdf(tmp_path / "heights.nc")
    paths = export_vmf(
        tmp_path / "bare.nc", tmp_path / "out", orography=tmp_path / "heights.nc", product="VMF1"
    )
    assert [path.name for path in paths][-1] == "orography_ell"
    assert len(paths) == 4


def test_a_downscaled_series_keeps_its_coefficients(tmp_path):
    """Of several blocks, each with its own epochs."""
    ds = weather(20, first="2021-03-04T00")
    plane = 1.2e-3 + 1e-6 * ds.lat + 2e-7 * ds.lon + 1e-5 * ds.zhd[:, 0, 0].astype(float)
    for name, factor in (("ah", 1.0), ("aw", 0.5)):
        ds[name] = (plane * factor).transpose(*ds.zhd.dims).assign_attrs(units="1")
    ds.to_netcdf(tmp_path / "coarse.nc")
    target = ds[["orography"]].interp(lat=[50.5, 49.5], lon=[9.5, 10.5, 11.5])
    target.orography.attrs = ds.orography.attrs
    fine = convert(tmp_path / "coarse.nc", tmp_path / "fine.nc", target=target, model="none")
    (tmp_path / "out").mkdir()
    *paths, _ = export_vmf(fine, tmp_path / "out")
    assert len(paths) == 20
    back = xr.concat([opened(path) for path in paths], "time", data_vars="minimal")
    assert "ah, aw of the input interpolated" in opened(paths[0]).attrs["comment"]
    wanted = plane.interp(lat=back.lat, lon=back.lon).transpose(*back.ah.dims)
    np.testing.assert_allclose(back.ah, wanted, atol=2e-8)
    np.testing.assert_allclose(back.aw, wanted / 2, atol=2e-8)


def test_gacos_and_opera(grid, tmp_path):
    (path,) = export_gacos(grid, tmp_path / "out", time="20210304T12")
    ztd = weather(3, first="2021-03-04T00").pipe(lambda ds: ds.zhd + ds.zwd)
    np.testing.assert_allclose(open_gacos(path).ztd[0], ztd[2], rtol=1e-6)
    with pytest.warns(UserWarning, match="2 degrees apart"):
        (path,) = export_opera(grid, tmp_path / "out", time="2021-03-04", heights=[0, 500])
    assert open_opera(path).zhd.shape == (1, 2, 13, 16)


def test_times_that_are_none(grid, tmp_path):
    with pytest.raises(GridError, match="'soon' is no date"):
        export_gacos(grid, tmp_path / "out", time="soon")
    for far in ("2022-03-04", "2021-03-03T06"):  # another file of the archive was meant
        with pytest.raises(DomainError, match=r"far from the epochs .* 2021-03-04T00:00"):
            export_gacos(grid, tmp_path / "out", time=far)
    years = [weather(3, first=f"{year}-03-04T00") for year in (2020, 2021)]
    xr.concat(years, "time", data_vars="minimal").to_netcdf(tmp_path / "gap.nc")
    with pytest.raises(DomainError, match=r"far from .* of which 2020-03-04T12:00 is nearest"):
        export_gacos(tmp_path / "gap.nc", tmp_path / "out", time="2020-08-01")
    with xr.open_dataset(grid) as ds:
        ds.isel(time=0, drop=True).load().to_netcdf(tmp_path / "one.nc")
    with pytest.raises(DomainError, match="have no epochs to choose from"):
        export_gacos(tmp_path / "one.nc", tmp_path / "out", time="2021-03-04")
