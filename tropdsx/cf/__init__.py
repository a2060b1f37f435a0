"""The vocabulary: which variable is what, in which unit, and what a file says of it."""

from tropdsx.cf.description import describe

__all__ = ["describe"]
