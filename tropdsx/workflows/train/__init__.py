"""Train networks on fields of the user's own."""

from tropdsx.workflows.train.diffusion.options import DiffusionOptions
from tropdsx.workflows.train.field.options import FieldOptions
from tropdsx.workflows.train.forms import fit
from tropdsx.workflows.train.nodal.options import NodalOptions
from tropdsx.workflows.train.options import TrainOptions
from tropdsx.workflows.train.products import Also, Check
from tropdsx.workflows.train.report import Fitted

__all__ = [
    "Also",
    "Check",
    "DiffusionOptions",
    "FieldOptions",
    "Fitted",
    "NodalOptions",
    "TrainOptions",
    "fit",
]
