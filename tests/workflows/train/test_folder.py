"""The folder of a run."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import OutputError
from tropdsx.nn.checkpoint import load
from tropdsx.workflows.train.forms import fit

from helpers.training import small


def test_a_run_is_not_overwritten_by_mistake(fine, tmp_path):
    done = fit(fine, tmp_path, options=small(steps=2))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    words = r"holds a training run \(last.ckpt, .*\); go on with it \(--resume\), .*--overwrite"
    with pytest.raises(OutputError, match=words) as caught:
        fit(fine, tmp_path, options=small(steps=2, seed=1))
    assert str(tmp_path) in str(caught.value)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    (tmp_path / "last.ckpt").unlink()
    with pytest.raises(OutputError, match=r"holds a training run \(best") as caught:
        fit(fine, tmp_path, options=small(steps=2))
    assert "--resume" not in str(caught.value)
    fit(fine, tmp_path, options=small(steps=2, seed=1), overwrite=True)
    assert load(done.final).card["training"]["options"]["seed"] == 1


@pytest.mark.parametrize("form", ["nodal", "field"])
def test_what_is_no_folder(fine, tmp_path, form):
    path = tmp_path / "fine.nc"
    path.write_bytes(b"data")
    for out in (path, path / "run"):
        for how in ({}, {"overwrite": True}, {"resume": True}):
            with pytest.raises(OutputError, match=r"fine.nc is not a folder; give another name"):
                fit(fine, out, options=small(form=form), **how)
    assert path.read_bytes() == b"data"


def test_a_folder_that_cannot_be_made(fine, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("os.access", lambda *_: False)
        with pytest.raises(OutputError, match=f"no permission to write in folder {tmp_path}"):
            fit(fine, tmp_path / "a" / "b", options=small())

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.mkdir", refused)
    with pytest.raises(OutputError, match=r"cannot make folder .*b: Permission denied; give"):
        fit(fine, tmp_path / "a" / "b", options=small())
