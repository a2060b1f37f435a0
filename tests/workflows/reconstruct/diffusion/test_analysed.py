import threading

import numpy as np
import pytest
import torch

from tropdsx.workflows.reconstruct.diffusion.analysed import quantiles_of, run_epochs


def test_epochs_keep_their_order_in_any_thread():
    blocks = np.arange(5.0), np.arange(5.0)[::-1] * 10
    wanted = [40.0, 31.0, 22.0, 13.0, 4.0]
    assert run_epochs(lambda a, b: float(a + b), *blocks) == wanted
    found = []
    other = threading.Thread(
        target=lambda: found.extend(run_epochs(lambda a, b: float(a + b), *blocks))
    )
    other.start()
    other.join()
    assert found == wanted


def test_one_torch_thread_for_each_epoch():
    assert run_epochs(lambda _: torch.get_num_threads(), np.arange(3)) == [1, 1, 1]


def test_blocks_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        run_epochs(lambda a, b: a + b, np.arange(3), np.arange(2))


def test_quantiles_are_those_of_the_distribution_behind_the_members():
    members = np.random.default_rng(0).normal(size=(9, 4000))
    low, high = quantiles_of(members, (0.1, 0.9)).mean(axis=1)
    assert low == pytest.approx(-1.28, abs=0.08)
    assert high == pytest.approx(1.28, abs=0.08)
