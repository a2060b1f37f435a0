import numpy as np
import pytest

from tropdsx.workflows.report.html.packing import STEP, pack

from helpers.packed import unpack


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 5), (1, 7, 2), (4, 9, 11)])
def test_every_value_comes_back_to_half_a_step(shape):
    rng = np.random.default_rng(3)
    values = rng.uniform(-0.2, 2.5, shape)
    values[rng.random(shape) < 0.2] = np.nan
    packed = pack(values)
    found = unpack(packed, shape)
    assert packed.step == STEP
    assert (np.isnan(found) == np.isnan(values)).all()
    assert np.nanmax(np.abs(found - values), initial=0.0) <= 0.5 * STEP + 1e-12


def test_wide_range_gets_larger_steps_and_keeps_its_ends():
    values = np.array([[[-1000.0, 0.0, 5000.0]]])
    packed = pack(values)
    found = unpack(packed, values.shape)
    assert packed.step == pytest.approx(6000.0 / 65534)
    assert np.abs(found - values).max() <= 0.5 * packed.step + 1e-9
    assert found[0, 0, [0, 2]].tolist() == pytest.approx([-1000.0, 5000.0])


def test_nothing_known_and_infinite_values_are_missing():
    assert np.isnan(unpack(pack(np.full((2, 3, 4), np.nan)), (2, 3, 4))).all()
    found = unpack(pack([[[np.inf, 1.0, -np.inf]]]), (1, 1, 3))
    assert np.isnan(found).ravel().tolist() == [True, False, True]


def test_smooth_fields_pack_well():
    lat, lon, time = np.ogrid[0:60, 0:120, 0:4]
    values = (0.2 + 0.1 * np.sin(lat / 9 + time) * np.cos(lon / 15)).transpose(2, 0, 1)
    assert len(pack(values).text) < values.size
