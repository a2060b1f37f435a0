import pytest

from tropdsx.errors import CheckpointError, GridError
from tropdsx.workflows.reconstruct.analysis import reconstruct
from tropdsx.workflows.reconstruct.diffusion.analysis import choose_sampling
from tropdsx.workflows.reconstruct.diffusion.estimator import find_model
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling

from helpers.network_of_stations import coarse_grid
from helpers.reconstruction import make_model

pytest.importorskip("diffusers", reason="the extra [diffusion] is not installed")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {
        name: find_model(make_model(folder / f"{name}.safetensors", residual=width))
        for name, width in (("mean", 0), ("diffusion", 8))
    }


def test_a_checkpoint_says_how_many_members(models):
    assert choose_sampling(Sampling(), models["mean"]).members == 0
    assert choose_sampling(Sampling(), models["diffusion"]).members == 8
    assert choose_sampling(Sampling(members=0), models["diffusion"]).members == 0
    assert choose_sampling(Sampling(), models["mean"]).masking == "complete"


def test_what_a_checkpoint_cannot_is_said(models):
    with pytest.raises(CheckpointError, match="a learned mean without diffusion: ask for members="):
        choose_sampling(Sampling(members=4), models["mean"])
    given = Sampling(return_members=True, consistency="nudging")
    with pytest.raises(CheckpointError, match="return_members, consistency without members"):
        choose_sampling(given, models["mean"])
    with pytest.raises(CheckpointError, match="trained on complete fields: it has no mask"):
        choose_sampling(Sampling(masking="ambient"), models["diffusion"])


def test_a_grid_needs_both_delays(models):
    from tropdsx.pipeline.options import Options

    wet = coarse_grid().drop_vars("zhd")
    with pytest.raises(GridError, match="zhd and zwd"):
        reconstruct(wet, method="diffusion", options=Options(model=models["mean"].path))
