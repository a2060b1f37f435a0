"""Simulate delays with the statistics of real weather, from a seed."""

from tropdsx.workflows.simulate.delays import simulate

__all__ = ["simulate"]
