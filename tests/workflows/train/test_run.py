"""A run that fails or is interrupted."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.workflows.train.forms import fit

from helpers.training import small


def test_a_failure_at_the_end_leaves_the_files_of_before(short, tmp_path, monkeypatch):
    done = fit(short, tmp_path, options=small())
    before = done.final.read_bytes(), done.best.read_bytes()

    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr("tropdsx.workflows.train.run.TrainingRun.load_best", broken)
    with pytest.raises(OSError, match="disk full"):
        fit(short, tmp_path, options=small(steps=6), resume=True)
    assert (done.final.read_bytes(), done.best.read_bytes()) == before
    assert not list(tmp_path.glob(".*part"))


def test_an_interrupt_that_breaks_what_it_interrupts_is_one(short, tmp_path, monkeypatch):
    """As torch.save does: the archive cannot be closed, and that error hides Ctrl-C."""

    def interrupted(*_):
        try:
            raise KeyboardInterrupt
        finally:
            raise RuntimeError("unexpected pos")

    monkeypatch.setattr(
        "tropdsx.workflows.train.nodal.module.NodalTraining.training_step", interrupted
    )
    with pytest.raises(KeyboardInterrupt):
        fit(short, tmp_path, options=small())
