"""The command line: one module for each command, which parses, calls and prints."""

from tropdsx.cli.group import main

__all__ = ["main"]
