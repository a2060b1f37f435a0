import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.reduce.lift import reduce_to_orography
from tropdsx.workflows.evaluate.stations import delays_at

from helpers.fields import delays


@pytest.fixture(scope="module")
def grid():
    ds = delays(np.arange(87.5, -90.0, -5.0), np.arange(2.5, 360.0, 5.0))
    return standardise_grid(ds)[0]


PLACES = ([47.3, -12.2, 87.5, 0.0], [19.1, -63.0, 2.5, 359.9], [250.0, 1800.0, 10.0, 0.0])


@pytest.mark.parametrize("model", ["climatology", "kouba", "none"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_a_station_is_a_fine_cell_at_its_place_and_height(grid, model, interpolation):
    found = delays_at(grid, *PLACES, height_model=model, interpolation=interpolation)
    for k, (lat, lon, height) in enumerate(zip(*PLACES, strict=True)):
        cell = xr.Dataset({"orography": (("lat", "lon"), [[height]])}, {"lat": [lat], "lon": [lon]})
        fine = reduce_to_orography(grid, cell, height_model=model, interpolation=interpolation)
        for name in ("zhd", "zwd"):
            np.testing.assert_allclose(
                found[name].values[:, k], fine[name].values[:, 0, 0], rtol=0, atol=1e-6
            )


def test_a_station_on_a_node_has_its_value(grid):
    rows, columns = [3, 10, 30], [0, 20, 71]
    place = grid.isel(lat=xr.DataArray(rows, dims="s"), lon=xr.DataArray(columns, dims="s"))
    found = delays_at(grid, place.lat, place.lon, place.orography, station=list("abc"))
    np.testing.assert_allclose(found.zwd, place.zwd, atol=1e-7)
    np.testing.assert_allclose(found.ztd, place.zhd + place.zwd, atol=1e-6)
    assert found.station.values.tolist() == ["a", "b", "c"]


def test_stations_stay_lazy(grid, no_compute):
    found = delays_at(grid.chunk(time=1).assign(orography=grid.orography), *PLACES)
    assert found.zhd.chunks is not None


def test_one_delay_alone_and_outside_a_region(grid):
    box = grid[["zwd", "orography"]].isel(lat=slice(5, 12), lon=slice(3, 9))
    found = delays_at(box, [45.0, 45.0], [30.0, 80.0], [100.0, 100.0])
    assert "ztd" not in found
    assert np.isfinite(found.zwd[:, 0]).all()
    assert np.isnan(found.zwd[:, 1]).all()


def test_a_network_corrects_stations_as_it_corrects_cells(grid, tiny_checkpoint):
    """Also in several batches, and for stations that share a latitude."""
    rng = np.random.default_rng(0)
    lat = np.round(rng.uniform(-80, 80, 60), 1)
    lat[7] = lat[3]
    lon, height = rng.uniform(0, 360, 60), rng.uniform(0, 1500, 60)
    found = delays_at(grid, lat, lon, height, model=tiny_checkpoint, device="cpu")
    physics = delays_at(grid, lat, lon, height)
    assert np.abs(found.zwd - physics.zwd).max() > 1e-4
    from tropdsx.predict.grid import predict_grid

    for k in (3, 7, 59):
        cell = xr.Dataset(
            {"orography": (("lat", "lon"), [[height[k]]])}, {"lat": [lat[k]], "lon": [lon[k]]}
        )
        fine, _ = predict_grid(reduce_to_orography(grid, cell), grid, tiny_checkpoint, device="cpu")
        np.testing.assert_allclose(found.zwd[:, k], fine.zwd[:, 0, 0], atol=1e-6)


@pytest.mark.parametrize("places", [[45.0, 51.0], [45.0, 51.0, 45.0, -70.0], [-70.0]])
def test_counts_of_a_network_are_those_of_the_stations_in_a_region(grid, tiny_checkpoint, places):
    box = grid.isel(lat=slice(5, 12), lon=slice(3, 9))
    lat = np.array(places)
    lon = np.where(np.arange(lat.size) < 2, 30.0, 80.0)
    how = {"model": tiny_checkpoint, "device": "cpu", "sigma": True}
    found = delays_at(box, lat, lon, np.full(lat.size, 100.0), **how)
    inside = lat[:2] > 0
    assert np.isfinite(found.zwd).all("time").values.tolist() == [*inside] + [False] * (
        lat.size - inside.size
    )
    assert found.zwd_floored.attrs["tropdsx_out_of"] == inside.sum()
    assert np.array_equal(found.lat, lat)
    if not inside.all():
        assert found.zwd_bounded.attrs["tropdsx_out_of"] == 0
        return
    alone = delays_at(box, lat[:2], lon[:2], [100.0, 100.0], **how)
    xr.testing.assert_identical(found.isel(station=[0, 1]), alone)


def test_bad_stations_are_refused(grid):
    with pytest.raises(GridError, match=r"shapes \(2,\), \(1,\), \(1,\)"):
        delays_at(grid, [1.0, 2.0], [1.0], [1.0])
    with pytest.raises(GridError, match="lacks its latitude"):
        delays_at(grid, [np.nan], [1.0], [1.0])
    with pytest.raises(GridError, match="no orography"):
        delays_at(grid.drop_vars("orography"), [1.0], [1.0], [1.0])
