"""Orographies by any name and in any layout; what is none is named."""

import numpy as np
import pytest

from tropdsx.errors import GridError, InputError, TropdsxWarning, UnitsError
from tropdsx.geoid import geoid_undulation
from tropdsx.grid.matching import match_nodes
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.orography import open_orography

from helpers.files import delays, shared, write


def heights(units="m", name="orography", scale=1.0, **attrs):
    ds = delays()[["orography"]] * scale
    ds["orography"].attrs = {"units": units, **attrs}
    return ds.rename(orography=name)


@pytest.mark.parametrize(
    ("name", "units", "scale"),
    [
        ("orography", "m", 1.0),
        ("HSURF", "meters", 1.0),
        ("topography", "km", 0.001),
        ("height", "m", 1.0),
    ],
)
def test_orography_by_any_name(tmp_path, name, units, scale):
    heights(units, name, scale).isel(lat=slice(None, None, -1)).to_netcdf(tmp_path / "o.nc")
    orography = open_orography(tmp_path / "o.nc")
    assert orography.name == "orography"
    assert orography.dims == ("lat", "lon")
    np.testing.assert_allclose(orography, delays().orography, rtol=1e-12)
    assert orography.lat.values[0] == 75.0


@pytest.mark.parametrize(
    ("name", "units", "scale"),
    [("z", "m2 s-2", 9.80665), ("geopotential", "m**2 s**-2", 9.80665), ("gh", "gpm", 1.0)],
)
def test_geopotential_stands_on_the_geoid(tmp_path, name, units, scale):
    heights(units, name, scale, long_name="surface height").to_netcdf(tmp_path / "z.nc")
    with pytest.warns(TropdsxWarning, match=f"'{name}' taken as above the geoid, as units"):
        orography = open_orography(tmp_path / "z.nc")
    undulation = geoid_undulation(orography.lat.values[:, None], orography.lon.values)
    np.testing.assert_allclose(orography, delays().orography + undulation, rtol=1e-12)
    assert orography.attrs["standard_name"] == "height_above_reference_ellipsoid"
    assert "undulation added" in orography.attrs["comment"]


def test_orography_errors(tmp_path):
    delays()[["zhd"]].to_netcdf(tmp_path / "none.nc")
    with pytest.raises(InputError, match="holds no orography"):
        open_orography(tmp_path / "none.nc")
    heights(scale=-2.0).to_netcdf(tmp_path / "sea.nc")
    with pytest.raises(UnitsError, match="set the depths to 0"):
        open_orography(tmp_path / "sea.nc")
    ds = heights()
    ds.expand_dims(level=[1, 2]).to_netcdf(tmp_path / "levels.nc")
    with pytest.raises(GridError, match="dimension 'level' of size 2"):
        open_orography(tmp_path / "levels.nc")
    write(tmp_path / "few", b"1.0 2.0 3.0\n4.0 5.0 6.0\n")
    with pytest.raises(InputError, match="holds 6 numbers, which is no VMF orography"):
        open_orography(tmp_path / "few")
    write(tmp_path / "words", b"height of the grid\n")
    with pytest.raises(InputError, match="no VMF orography"):
        open_orography(tmp_path / "words")


def test_a_named_file_that_is_not_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="`tropdsx assets fetch orography_ell_5x5` downloads it"):
        open_orography("orography_ell_5x5")
    with pytest.raises(InputError, match=r"no such file: orography_of_mine\.$"):
        open_orography("orography_of_mine")
    (tmp_path / "orography_ell").write_text("10 8 0 5 2 2.5\n100 200 300\n400 500 600")
    assert open_orography("orography_ell").sel(lat=8, lon=2.5) == 500.0


def test_orography_like_a_grid(tmp_path):
    heights().to_netcdf(tmp_path / "o.nc")
    grid, _ = standardise_grid(delays().isel(lat=slice(1, 3)).assign_coords(lon=delays().lon - 180))
    whole = open_orography(tmp_path / "o.nc")
    np.testing.assert_array_equal(match_nodes(whole, grid.lat, grid.lon).lat, grid.lat)
    with pytest.raises(GridError, match="no node at"):
        match_nodes(whole, grid.lat + 1, grid.lon)


@pytest.mark.realdata
def test_real_relief_with_sea_floor_is_refused():
    with pytest.raises(UnitsError, match="sea floor"):
        open_orography(shared("orography/etopo20.nc"))


@pytest.mark.parametrize("given", [np.zeros((36, 72)), 0.0, [1, 2]])
def test_wrong_kinds_of_arguments(coarse, given):
    for name in ("orography", "coarse_orography"):
        with pytest.raises(GridError, match="accepted are"):
            coarse.tropds.downscale(5.0, model=None, **{name: given})
