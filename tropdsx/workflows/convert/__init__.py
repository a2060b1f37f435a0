"""Convert files of any length in flat memory."""

from tropdsx.workflows.convert.files import convert
from tropdsx.workflows.convert.tropds_checkpoints import import_checkpoint

__all__ = ["convert", "import_checkpoint"]
