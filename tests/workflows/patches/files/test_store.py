"""Labels are enforced when patches are read."""

import pytest

from tropdsx.errors import DomainError, InputError
from tropdsx.workflows.patches.files.export import export_patches
from tropdsx.workflows.patches.files.store import open_patches
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
