"""Corrections added to a first guess."""

import numpy as np
import torch

from tropdsx.predict import corrections
from tropdsx.predict.corrections import (
    add_correction,
    count_floored,
    find_frozen,
    sigma_factor,
)
from tropdsx.predict.session import Handle, Network


def test_a_tenth_of_the_first_guess_stays():
    first = np.array([0.1, 0.1, 2.0], np.float32)
    change = np.array([-0.5, -0.01, 0.25], np.float32)
    found = add_correction(first, change)
    assert found is change
    np.testing.assert_allclose(found, [0.01, 0.09, 2.25], rtol=1e-6)


def test_missing_zero_and_negative_guesses_stay():
    first = np.array([[np.nan, 0.0, -0.2, 0.1]], np.float32)
    found = add_correction(first, np.full((1, 4), 0.05, np.float32))
    np.testing.assert_array_equal(found[:, :3], first[:, :3])
    assert found[0, 3] == np.float32(0.05) + np.float32(0.1)


def test_nothing_to_correct():
    assert add_correction(*np.zeros((2, 1, 0, 4), np.float32)).shape == (1, 0, 4)


def network(monkeypatch, tensors, **card):
    corrections._freeze_table.cache_clear()
    loaded = Network(torch.nn.Identity(), None, card, tensors)
    monkeypatch.setattr(corrections, "load_network", lambda _: loaded)
    return Handle("x", "y")


def test_frozen_cells_are_found_by_place(monkeypatch):
    table = torch.zeros(18, 36)
    table[4, 35] = 1  # 40...50 deg N, 350...360 deg E
    handle = network(monkeypatch, {"freeze_zwd": table})
    found = find_frozen(handle, "zwd", np.array([[50.5], [45.0], [-90.0]]), np.array([-5.0, 5.0]))
    assert found.tolist() == [[False, False], [True, False], [False, False]]
    assert find_frozen(handle, "zhd", np.array([45.0]), np.array([-5.0])) is None
    corrections._freeze_table.cache_clear()


def test_a_table_without_a_frozen_cell_is_none(monkeypatch):
    handle = network(monkeypatch, {"freeze_zwd": torch.zeros(18, 36)})
    assert find_frozen(handle, "zwd", np.array([45.0]), np.array([5.0])) is None
    corrections._freeze_table.cache_clear()


def test_sigma_factors_come_from_the_card(monkeypatch):
    handle = network(monkeypatch, {}, sigma_factor={"zwd": 1.5})
    assert sigma_factor(handle).tolist() == [1.0, 1.5]


def test_floors_are_counted_by_epoch():
    """Below a tenth, and where the physics is zero already; missing and negative ones are none."""
    first = np.array([[0.1, 0.1, 0.1], [0.0, np.nan, -0.1]], np.float32)
    found = add_correction(first, np.array([[-0.5, -0.01, 0.1]] * 2, np.float32))
    assert count_floored(first, found).tolist() == [1, 1]
    assert count_floored(*np.zeros((2, 3, 0, 4), np.float32)).tolist() == [0, 0, 0]
