"""Labels are enforced when patches are read."""

import numpy as np
import pytest

from tropdsx.errors import DomainError, InputError
from tropdsx.workflows.patches.files.export import export_patches
from tropdsx.workflows.patches.files.store import ExportedPatches, open_patches
from tropdsx.workflows.patches.splits import Split


@pytest.fixture(params=["out.zarr", "out"])
def exported(january, request):
    split = Split("random", {"val": 0.34})
    given = {"variable": "thetao", "size": 6, "split": split}
    return export_patches(f"{january}/part_*.nc", january / request.param, **given)


def test_a_split_has_its_windows_alone(exported):
    kept, held = open_patches(exported, "train"), open_patches(exported, "val")
    windows = [{(row["y0"], row["x0"]) for row in part.index} for part in (kept, held)]
    assert not windows[0] & windows[1]
    assert len(windows[1]) == 2
    assert kept[0].shape == (4, 6, 6)
    with pytest.raises(DomainError, match=r"no patch of split 'test'.*there are train, val"):
        open_patches(exported, "test")


def test_changed_labels_are_refused(exported):
    index = next(exported.parent.rglob("*index*.csv"))
    lines = index.read_text().splitlines()
    place = next(n for n, line in enumerate(lines) if ",val," in line)
    lines[place] = lines[place].replace(",val,", ",train,")
    index.write_text("\n".join(lines) + "\n")
    with pytest.raises(DomainError, match="is in two splits"):
        open_patches(exported, "train")


def test_what_holds_no_patches_is_told(tmp_path, exported):
    with pytest.raises(InputError, match="no index"):
        open_patches(tmp_path / "none", "train")
    for name in (".zattrs", "patches.json"):
        (exported / name).unlink(missing_ok=True)
    with pytest.raises(InputError, match="holds no exported patches"):
        open_patches(exported, "train")


def test_nothing_that_is_read_could_run_code(exported):
    """No file is a pickle, and NumPy files are read without allowing one."""
    files = [path for path in exported.parent.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert path.suffix not in {".pkl", ".pickle", ".pt", ".pth", ".joblib"}
        assert not path.read_bytes().startswith(b"\x80")
        if path.suffix == ".npy":
            assert np.load(path, allow_pickle=False).dtype != object
    if exported.is_dir() and (exported / "y_npy").is_dir():
        np.save(exported / "y_npy" / "00000000.npy", np.array([{}], dtype=object))
        with pytest.raises(ValueError, match="allow_pickle=False"):
            ExportedPatches(exported, {}, [{"path": "y_npy/00000000.npy"}])[0]
