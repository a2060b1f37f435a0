"""Convert files of any length in flat memory."""

from tropdsx.workflows.convert.files import convert

__all__ = ["convert"]
