"""Regular grids against the network's own decoder, target by target."""

import numpy as np
import pytest
import torch

from tropdsx.grid.edges import find_edges
from tropdsx.nn.cells import decoder as decoders
from tropdsx.nn.cells.axes import AxisPlaces, GridPlaces
from tropdsx.nn.cells.decoder import GridDecoder, make_kernels, picks_places
from tropdsx.nn.points import Targets
from tropdsx.predict.points import (
    locate_columns,
    locate_rows,
    locate_targets,
    wet_factor,
)

from helpers.networks import random_network

FIVE = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)
GRIDS = {
    "5 to 1": (*FIVE, np.arange(89.5, -90, -1.0), np.arange(0.5, 360)),
    "2 x 2.5 with poles to 1": (
        np.arange(90, -91, -2.0),
        np.arange(0, 360, 2.5),
        np.arange(89.5, -90, -1.0),
        np.arange(0.5, 360),
    ),
    "a box": (
        np.arange(60, 29, -5.0),
        np.arange(350, 386, 5.0),
        np.arange(57.3, 33, -0.7),
        np.arange(351.2, 380, 0.9),
    ),
    "terrain within a cell": (*FIVE, 46.0 - np.arange(30) / 30, 7.0 + np.arange(30) / 30),
    "terrain over corners": (*FIVE, 43.1 - np.arange(30) / 30, 7.1 + np.arange(30) / 30),
    "terrain at the pole": (*FIVE, 89.9 - np.arange(30) / 10, 200 + np.arange(30) / 10),
    "terrain beside Greenwich": (*FIVE, 9.0 - np.arange(60) / 8, 355 + np.arange(40) / 8),
}


def compare(case, *, net=None, top=4000.0):
    """The decoder's numbers, and those of the network for each target."""
    lat, lon, fine_lat, fine_lon = GRIDS[case]
    net, coefficients, edges, height = random_network(lat, lon, net)
    rng = np.random.default_rng(1)
    fine = rng.uniform(-100, top, (fine_lat.size, fine_lon.size))
    some = np.sort(rng.permutation(fine.size)[:3000])  # one by one they take long
    lats, lons = (m.ravel()[some] for m in np.meshgrid(fine_lat, fine_lon, indexing="ij"))
    one_by_one = locate_targets(lat, lon, height, lats, lons, fine.ravel()[some])
    table = Targets(*map(torch.from_numpy, one_by_one))
    rows, columns = locate_rows(lat, fine_lat), locate_columns(lon, fine_lon, wrap=edges.wrap)
    axes = [AxisPlaces(torch.from_numpy(c + 1), torch.from_numpy(p)) for c, p in (rows, columns)]
    decoder = GridDecoder(net, GridPlaces(*axes), edges)
    with torch.inference_mode():
        expected = net.decode(coefficients, table, edges)
        fields = decoder(coefficients, torch.from_numpy(height), sigma=True)
        if fields is None:
            return None, expected
        wet = torch.from_numpy(wet_factor(fine))
        third = len(fine) // 3
        bands = [(0, third), (third, third + 1), (third + 1, len(fine))]
        parts = [fields.rows(a, b, torch.from_numpy(fine[a:b]), wet[a:b]) for a, b in bands]
    found = [torch.cat(part, 2).flatten(2)[..., some] for part in zip(*parts, strict=True)]
    return found, expected


@pytest.mark.parametrize("route", ["places", "polynomials"])
@pytest.mark.parametrize("case", GRIDS)
def test_numbers_are_those_of_the_network(case, route, monkeypatch):
    monkeypatch.setattr(decoders, "picks_places", lambda *_: route == "places")
    (mean, sigma), (expected, expected_sigma) = compare(case)
    assert expected.abs().max() > 1e-3
    exact = 1e-7 if route == "places" else 1.5e-6
    torch.testing.assert_close(mean, expected, rtol=0, atol=exact)
    torch.testing.assert_close(sigma, expected_sigma, rtol=2e-5, atol=exact)


def test_rough_functions_are_left_to_others(monkeypatch):
    """A network that no polynomial follows, and one that needs more places than the first try."""
    monkeypatch.setattr(decoders, "picks_places", lambda *_: False)
    sizes = []
    make = decoders.make_kernels
    monkeypatch.setattr(decoders, "make_kernels", lambda *a: sizes.append(len(a[1])) or make(*a))
    net = random_network(*FIVE)[0]
    for member in net.members:
        member.place.layers[0].weight.data *= 4
        member.place.layers[2].weight.data *= 2
    found, (expected, _) = compare("terrain within a cell", net=net)
    assert sizes == [12, 16, 24]
    torch.testing.assert_close(found[0], expected, rtol=0, atol=1.5e-6)
    for member in net.members:
        member.place.layers[0].weight.data *= 30
    assert compare("terrain within a cell", net=net)[0] is None


def test_a_node_at_its_height_is_not_corrected():
    lat, lon = FIVE
    net, coefficients, edges, height = random_network(lat, lon)
    for step in (1.0, 1 / 64):  # few places, and polynomials
        fine_lat = lat[5] - np.arange(0, 5.1, step)
        fine_lon = lon[7] + np.arange(0, 5.1, step)
        rows, columns = locate_rows(lat, fine_lat), locate_columns(lon, fine_lon, wrap=True)
        axes = [
            AxisPlaces(torch.from_numpy(c + 1), torch.from_numpy(p)) for c, p in (rows, columns)
        ]
        decoder = GridDecoder(net, GridPlaces(*axes), edges)
        fine = np.full((fine_lat.size, fine_lon.size), 700.0)
        every = round(5 / step)
        fine[::every, ::every] = height[5:7, 7:9]
        fine[0, every] += 1.0
        with torch.inference_mode():
            fields = decoder(coefficients, torch.from_numpy(height), sigma=False)
            mean, sigma = fields.rows(0, len(fine), torch.from_numpy(fine), torch.ones(fine.shape))
        assert sigma is None
        zero = (mean == 0).all(1)[0]
        assert zero[0, 0]
        assert zero.sum() == 3  # three of the nodes; the fourth is another height


def test_neighbouring_cells_meet():
    """On their common edge both polynomials are the same."""
    size = 12
    net, coefficients, _, _ = random_network(*FIVE)
    one = decoders.chebyshev_places(size)
    kernels = make_kernels(net, one, one)["low"]
    field = torch.cat([coefficients.place, coefficients.slope], 2)[:1, 0]
    values = torch.nn.functional.conv2d(field, kernels)[0].unflatten(0, (size, size))
    torch.testing.assert_close(values[-1, :, 9, 5], values[0, :, 10, 5], rtol=0, atol=1e-7)
    torch.testing.assert_close(values[:, -1, 9, 5], values[:, 0, 9, 6], rtol=0, atol=1e-7)
    assert values[-1, :, 9, 5].abs().max() > 1e-4


def test_places_are_chosen_by_the_work():
    def grid(case):
        lat, lon, *fine = GRIDS[case]
        edges = find_edges(lat, lon)
        both = locate_rows(lat, fine[0]), locate_columns(lon, fine[1], wrap=edges.wrap)
        return GridPlaces(*(AxisPlaces(torch.from_numpy(c), torch.from_numpy(p)) for c, p in both))

    assert picks_places(grid("5 to 1"), 37 * 73)
    assert picks_places(grid("2 x 2.5 with poles to 1"), 92 * 145)
    assert not picks_places(grid("terrain within a cell"), 9)
    assert not picks_places(grid("terrain over corners"), 16)


def test_functions_are_evaluated_at_the_places_of_one_cell(monkeypatch):
    """Not at the targets: 144 places with four corners each, however many targets there are."""
    asked = []
    net = random_network(*FIVE)[0]
    functions = type(net).functions

    def count(self, kind, offset):
        asked.append(offset.shape[:-1].numel())
        return functions(self, kind, offset)

    monkeypatch.setattr(type(net), "functions", count)
    make_kernels(net, *[decoders.chebyshev_places(12)] * 2)
    assert asked == [4 * 144] * 3
