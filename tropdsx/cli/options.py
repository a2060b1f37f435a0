"""Values of command line options that several commands read alike."""

from __future__ import annotations

import click

__all__ = ["number_pair"]


def number_pair(text: str | None) -> tuple[float, float] | None:
    """Read ``LOW,HIGH``."""
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError as error:
        msg = f"{text!r} is not LOW,HIGH; give two numbers such as 0,50"
        raise click.BadParameter(msg) from error
    return low, high
