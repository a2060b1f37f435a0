"""One heap for all threads: asked for in a process of its own, which keeps it for good."""

import platform
import subprocess
import sys


def test_glibc_takes_it_and_others_need_not():
    code = "from tropdsx.system.heap import share_one_heap; print(share_one_heap())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(platform.libc_ver()[0] == "glibc")


def test_memory_of_large_blocks_is_kept_inside_the_context_alone():
    """Pages that the system gives are counted: after some rounds inside it gives none."""
    code = """
import resource
import torch
from tropdsx.system.heap import kept_heap

def pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.zeros(16_000_000).add(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

with kept_heap() as kept:
    rounds = [pages() for _ in range(40)]
after = pages()
print(kept, rounds[0] > 10_000, rounds[-1] < 1000, after > 10_000)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    if platform.libc_ver()[0] == "glibc":
        assert said.stdout.split() == ["True"] * 4
    else:
        assert said.stdout.startswith("False")


def test_smaller_blocks_are_kept_afterwards():
    """glibc adapts its thresholds to what is freed, until somebody sets one of them."""
    code = """
import resource
import torch
from tropdsx.system.heap import kept_heap

def pages(rounds=12):
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        torch.zeros(7_000_000).add(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

with kept_heap():
    pages()
print(pages())
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(said.stdout) < 1000, "28 MB are 6836 pages of 4 kB"
