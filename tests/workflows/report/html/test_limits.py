import numpy as np

from tropdsx.workflows.report.html.content import Content
from tropdsx.workflows.report.html.limits import Limits, thinned

RNG = np.random.default_rng(0)


def page(epochs, maps, nodes=40):
    """Noise on a grid, and how large a page of it is."""
    content = Content([str(k) for k in range(max(1, epochs))])
    grid = content.add_grid(np.linspace(40.0, 0.0, nodes), np.linspace(0.0, 40.0, nodes))
    if epochs:
        noise = RNG.random((epochs, nodes, nodes))
        content.add("zwd", "fine", "Fine", noise, grid=grid, scale="value")
    for k in range(maps):
        noise = RNG.random((1, nodes, nodes))
        content.add("zwd", f"rmse{k}", "RMSE", noise, grid=grid, scale="error", timed=False)
    return content, 1000 + sum(len(field["text"]) for field in content.fields)


def test_maps_alone_lose_nodes():
    content, size = page(0, 4)
    tighter = Limits().tighter(content, size, size // 2)
    assert 0.3 * 1600 < tighter.map_nodes < 0.5 * 1600
    assert (tighter.epochs, tighter.nodes) == (Limits().epochs, Limits().nodes)


def test_series_lose_epochs_where_maps_are_few():
    content, size = page(10, 1)
    tighter = Limits().tighter(content, size, size // 2)
    assert 2 <= tighter.epochs <= 5
    assert tighter.map_nodes == Limits().map_nodes


def test_maps_come_first_where_they_fill_more_than_half():
    content, size = page(4, 12)
    tighter = Limits().tighter(content, size, size // 2)
    assert tighter.map_nodes < 1600
    assert tighter.epochs == Limits().epochs


def test_one_epoch_loses_nodes_and_at_the_end_there_is_nothing_to_lose():
    content, size = page(1, 0)
    assert Limits().tighter(content, size, size // 2).nodes < 1600
    assert Limits().tighter(content, size, size // 9) is None
    assert Limits().tighter(*page(0, 1, nodes=10), 500) is None


def test_nothing_is_said_of_what_is_whole():
    assert thinned(1, (9, 9)) == []
    assert "Every 3 rows and columns of the 9 × 8 nodes are shown" in thinned(3, (9, 8))[0]
