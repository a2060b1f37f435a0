#!/usr/bin/env bash
# torch 2.13.0 (CPU build) in the threads of dask 2026.8.0: torch.set_num_threads reaches the caller and threads
# that are yet to come, but not the threads of dask that have computed before, and it is the last thread to call
# it that decides for new ones.
#
# A good guess: the number belongs to the process, as its documentation reads. Seen: each thread keeps the number
# it had when it first used torch. dask keeps its threads between computations, so after set_num_threads(1) a
# lazy result is still computed with two torch threads and an eager one with one; where a convolution sums in an
# order that depends on the threads, the two differ in their last bits. The way out is to set the number inside
# the task.
#
# Output seen: main 1, worker of before 2, new thread 1; after 3 in the worker: main 1, new thread 3
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 dask==2026.8.0 numpy==2.4.1
cd "$work"
OMP_NUM_THREADS=2 "$work/venv/bin/python" - <<'PYTHON'
import threading

import dask
import torch


def number():
    torch.rand(300, 300) @ torch.rand(300, 300)  # the thread uses torch
    return torch.get_num_threads()


def in_new_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(number()))
    thread.start()
    thread.join()
    return found[0]


def in_dask(work):
    return dask.delayed(work)().compute(scheduler="threads", num_workers=1)  # kept by dask


def set_three():
    torch.set_num_threads(3)
    return number()


assert in_dask(number) == 2
torch.set_num_threads(1)
seen = torch.get_num_threads(), in_dask(number), in_new_thread()
print("main, worker of before, new thread:", *seen)
assert seen == (1, 2, 1), "the behaviour has changed"
assert in_dask(set_three) == 3
seen = torch.get_num_threads(), in_new_thread()
print("after 3 in the worker: main, new thread:", *seen)
assert seen == (1, 3), "the behaviour has changed"
PYTHON
