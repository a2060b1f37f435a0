"""Batches on a device: all of them, in order, and as large as fits."""

import numpy as np
import pytest
import torch

from tropdsx.predict.device import forward_all, halve_until_it_fits, largest_batch


@pytest.mark.parametrize("batch", [1, 2, 3, 5, 8])
def test_every_slice_goes_through_once_and_in_order(batch):
    seen = []

    def module(x):
        seen.append(len(x))
        return x + 1

    fields = np.arange(5 * 6.0, dtype=np.float32).reshape(5, 1, 2, 3)
    out = forward_all(module, fields, device="cpu", batch=batch)
    np.testing.assert_array_equal(out, fields + 1)
    assert out.dtype == np.float32
    assert sum(seen) == 5
    assert max(seen) <= batch


def test_a_batch_that_does_not_fit_is_halved():
    tried = []

    def run(size):
        tried.append(size)
        if size > 3:
            raise torch.OutOfMemoryError
        return np.zeros(1, np.float32)

    halve_until_it_fits(run, 16)
    assert tried == [16, 8, 4, 2]

    def never(size):
        raise torch.OutOfMemoryError

    with pytest.raises(torch.OutOfMemoryError):
        halve_until_it_fits(never, 4)


def test_the_largest_batch_leaves_memory_to_others():
    assert largest_batch(1e9, 80e9) == 32
    assert largest_batch(1e9, 1e12) == 64
    assert largest_batch(1e12, 1e9) == 1
