"""Simulate delays with the statistics of real weather, from a seed."""

from tropdsx.workflows.simulate.delays import simulate
from tropdsx.workflows.simulate.file import write_simulation

__all__ = ["simulate", "write_simulation"]
