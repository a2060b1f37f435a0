"""Pairs of coarse and fine fields."""

import numpy as np
import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import InputError
from tropdsx.grid.thinning import thin
from tropdsx.workflows.train import FieldOptions
from tropdsx.workflows.train.field.data import (
    as_tropds_folder,
    block_mean,
    make_field_pairs,
    read_tropds_folder,
)


@pytest.fixture
def folder(tmp_path):
    """Arrays of three years, each of its own value; 2024 lacks what is coarse."""
    for year in (2021, 2022, 2023, 2024):
        np.save(tmp_path / f"{year}_clear.npy", np.full((20, 2, 4), year - 2020.0))
        if year < 2024:
            np.save(tmp_path / f"{year}_blur.npy", np.full((20, 2, 4), year - 2020.5))
    return tmp_path


def test_the_last_tenth_of_all_years_validates(folder):
    pairs = read_tropds_folder(folder, FieldOptions())
    assert pairs.spans == {"train": [2021, 2022, 2023], "validate": "last tenth"}
    assert (len(pairs.fine), len(pairs.valid_fine)) == (54, 6)
    assert (pairs.fine - pairs.coarse == 0.5).all()
    assert (pairs.valid_fine == 3).all()
    assert pairs.normal_range() == (0.5, 3.0)
    assert pairs.rmse is None


def test_years_are_named(folder):
    np.save(folder / "weight.npy", np.eye(2, 4))
    options = FieldOptions(train=("2021/2022",), validate=("2022",))
    pairs = read_tropds_folder(folder, options)
    assert pairs.spans == {"train": [2021], "validate": [2022]}
    assert ((pairs.fine == 1).all(), (pairs.valid_fine == 2).all()) == (True, True)
    np.testing.assert_array_equal(pairs.rmse, np.eye(2, 4))
    for wrong in ({"train": ("2019",)}, {"validate": ("2024",)}, {"validate": ("2021/2023",)}):
        with pytest.raises(InputError, match=r"the years \[2021, 2022, 2023\]; the ranges given"):
            read_tropds_folder(folder, FieldOptions(**wrong))


def test_arrays_fit_together(folder):
    np.save(folder / "2022_blur.npy", np.zeros((19, 2, 4)))
    with pytest.raises(InputError, match=r"blurred fields \(59, 2, 4\) and clear fields \(60, 2"):
        read_tropds_folder(folder, FieldOptions())
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match=r"no year with both YEAR_blur\.npy and YEAR_clear\.npy"):
        read_tropds_folder(folder / "empty", FieldOptions())


def test_a_folder_is_told_from_other_data(folder, short):
    assert as_tropds_folder(folder) == as_tropds_folder(str(folder)) == folder
    for other in (folder / "2021_clear.npy", [folder], short, folder.parent / "nothing"):
        assert as_tropds_folder(other) is None


@pytest.mark.parametrize("mean", [False, True])
def test_coarse_fields_have_the_size_of_the_fine_ones(short, mean):
    pairs = make_field_pairs(short, FieldOptions(thin="3x2", block_mean=mean))
    assert pairs.coarse.shape == pairs.fine.shape == (pairs.fine.shape[0], 19, 24)
    assert np.isfinite(pairs.coarse).all()
    node = pairs.fine[:, 1::3, 1::2] - pairs.coarse[:, 1::3, 1::2]
    # A point sample is kept; a mean over a block is not what stands in its middle.
    assert (np.abs(node).max() < 1e-6) == (not mean)


def test_a_block_has_the_mean_of_its_nodes(short):
    coarse = block_mean(short, (2, 3))
    assert dict(coarse.sizes) == {"time": 12, "lat": 9, "lon": 8}
    np.testing.assert_allclose(coarse.lon, short.lon[1::3])
    block = short.zwd[:, :2, :3].mean(("lat", "lon"))
    np.testing.assert_allclose(coarse.zwd[:, 0, 0], block, rtol=1e-6)
    assert thin(short, (2, 3), (0, 0)).sizes["lat"] == 10
