"""Batches on a device: all of them, in order, and as large as fits."""

import threading

import numpy as np
import pytest
import torch

from tropdsx.predict.device import forward_all, halve_until_it_fits, largest_batch, run_parts


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


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_parts_cover_the_block_once(device):
    """On a CPU in threads of their own, where there is one torch thread for each."""
    seen, threads = [], set()

    def work(part):
        seen.append((part.start, part.stop))
        threads.add(threading.current_thread())

    run_parts(work, 5, 2, device)
    assert sorted(seen) == [(0, 2), (2, 4), (4, 5)]
    assert (threading.main_thread() in threads) == (device == "cuda")


def test_what_fails_in_a_part_is_told():
    def work(part):
        raise ValueError(part.start)

    with pytest.raises(ValueError, match="0"):
        run_parts(work, 2, 2, "cpu")
