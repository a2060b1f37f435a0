"""Loops tell how far they are to those who listen, and to nobody else."""

import threading

import pytest

from tropdsx.system.telling import listening, told


def test_each_item_is_told_of_after_it_is_done():
    seen = []
    with listening(lambda *step: seen.append(step)):
        seen.extend(told("ab", "spelling"))
    assert seen == [
        ("spelling", 0, 2),
        "a",
        ("spelling", 1, 2),
        "b",
        ("spelling", 2, 2),
    ]


def test_nobody_listens_afterwards_whatever_happened_nor_in_another_thread():
    seen = []

    def fail():
        with listening(lambda *step: seen.append(step)):
            thread = threading.Thread(target=lambda: list(told([1], "elsewhere")))
            thread.start()
            thread.join()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(told([1], "later")) == [1]
    assert seen == []
