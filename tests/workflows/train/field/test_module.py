"""One step of training a U-Net."""

import pytest
import torch

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.nn.unet import UNet
from tropdsx.workflows.train import FieldOptions
from tropdsx.workflows.train.field.module import FieldTraining


@pytest.fixture
def fields():
    torch.manual_seed(0)
    coarse = torch.rand(2, 1, 32, 32)
    return coarse, coarse + 0.1


def module(frozen=None, **options):
    torch.manual_seed(0)
    frozen = torch.zeros(32, 32, dtype=torch.bool) if frozen is None else frozen
    made = FieldTraining(UNet(width=1), FieldOptions(**options), 1.0 - frozen.float(), frozen)
    made.log = lambda *_, **__: None
    return made


def test_frozen_cells_are_kept_and_do_not_count(fields):
    coarse, fine = fields
    frozen = torch.zeros(32, 32, dtype=torch.bool)
    frozen[:16] = True
    one = module(frozen)
    output = one.refine(one.net, coarse)
    assert (output[..., :16, :] == coarse[..., :16, :]).all()
    assert (output[..., 16:, :] != coarse[..., 16:, :]).any()
    other = fine.clone()
    other[..., :16, :] = 9.0
    assert one.loss_of(output, fine) == one.loss_of(output, other)


def test_what_is_unknown_teaches_nothing(fields):
    coarse, fine = fields
    one = module(ssim=0.1)
    gap = fine.clone()
    gap[..., 8:24, 8:24] = torch.nan
    loss = one.training_step([coarse, gap], 0)
    assert torch.isfinite(loss)
    output = torch.rand(2, 1, 32, 32, requires_grad=True)
    one.loss_of(output, gap).backward()
    assert (output.grad[..., 8:24, 8:24] == 0).all()
    assert (output.grad[..., :8, :] != 0).any()


def test_dissimilar_structure_counts(fields):
    pytest.importorskip("torchmetrics")
    coarse, fine = fields
    plain, with_structure = (module(ssim=share).loss_of(coarse, fine) for share in (0.0, 0.5))
    assert plain == pytest.approx(0.01, rel=1e-3)
    assert plain < with_structure < plain + 0.5
    assert module(ssim=0.5).loss_of(fine, fine) == pytest.approx(0.0, abs=1e-6)
