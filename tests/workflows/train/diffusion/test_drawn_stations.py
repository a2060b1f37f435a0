import numpy as np
import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.workflows.train.diffusion.data import lessons_of
from tropdsx.workflows.train.diffusion.drawn_stations import draw_at_nodes, draw_networks


@pytest.fixture(scope="module")
def lessons(fine):
    return lessons_of(fine.isel(time=slice(0, 2)), (2, 2), (0, 0))[0]


def test_at_nodes_fields_are_taken_as_they_are(lessons):
    known = lessons.free
    found = draw_at_nodes(lessons, 40, known, np.random.default_rng(0))
    assert np.unique(found.nodes).size == 40
    values = lessons.residual.reshape(2, -1)[:, found.nodes]
    np.testing.assert_array_equal(found.of(lessons.residual), values)


def test_networks_lie_beside_nodes_and_their_heights(lessons):
    found = draw_networks(lessons, 200, lessons.free, np.random.default_rng(0))
    setting = lessons.setting
    assert lessons.free.ravel()[found.nodes].all()
    unit = setting.places.unit[found.nodes]
    off = np.degrees(np.arccos(np.clip((unit * found.places.unit).sum(1), -1, 1)))
    assert 0.5 < np.median(off) < 6.0
    assert off.max() < 6.0  # half a step of 6 and 7.5 degrees along both axes
    rise = found.places.height - setting.orography.ravel()[found.nodes]
    assert 100 < rise.std() < 400
    assert np.unique(found.nodes).size < 195
    # Fields are interpolated to where they are.
    lat = np.broadcast_to(setting.lat[:, None], setting.shape)
    expected = np.degrees(np.arcsin(found.places.unit[:, 2]))
    np.testing.assert_allclose(found.of(lat), expected, atol=1e-6)


def test_no_stations_are_none(lessons):
    found = draw_networks(lessons, 0, lessons.free, np.random.default_rng(0))
    assert found.nodes.size == len(found.places) == 0
    assert found.of(lessons.residual).shape == (2, 0)
