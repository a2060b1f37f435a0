"""Pairs take long to prepare: the bar tells of it, and is gone before the training has its own."""

import sys

import pytest

from tropdsx.cli.training import preparing
from tropdsx.cli.training.preparing import shown_preparation
from tropdsx.system.telling import told


@pytest.fixture
def bars(monkeypatch):
    """Bars that were shown, on what counts as a terminal."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    shown = []

    class Kept(preparing.Progress):
        def __enter__(self):
            shown.append(self)
            return super().__enter__()

    monkeypatch.setattr(preparing, "Progress", Kept)
    return shown


def test_each_piece_has_a_bar_that_is_gone_when_it_is_done(bars):
    with shown_preparation(quiet=False):
        for k, _ in enumerate(told(range(3), "preparing 2x2 pairs")):
            task = bars[-1].bar.tasks[0]
            assert (task.description, task.completed, task.total) == ("preparing 2x2 pairs", k, 3)
            assert bars[-1].bar.live.is_started
        assert not bars[0].bar.live.is_started
        list(told([1], "preparing 3x3 pairs"))
    assert len(bars) == 2
    assert not bars[1].bar.live.is_started


def test_a_failure_takes_the_bar_away(bars):
    def fail():
        with shown_preparation(quiet=False):
            for item in told([1, 0], "preparing"):
                1 / item

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not bars[0].bar.live.is_started


def test_quiet_shows_none(bars):
    with shown_preparation(quiet=True):
        list(told([1, 2], "preparing"))
    assert bars == []
