"""Read what the command line of `tropdsx train` gives as text."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tropdsx.errors import InputError
from tropdsx.system.interrupts import sigterm_interrupts, status_of

__all__ = ["interruptible", "read_also", "read_check", "read_options"]

if TYPE_CHECKING:
    from tropdsx.workflows.train.options import TrainOptions
    from tropdsx.workflows.train.products import Also, Check


def read_options(given: dict[str, Any]) -> TrainOptions:
    """Make the training options of the values that the command line gave.

    Parameters
    ----------
    given : dict
        By name as click has them; changed.

    Returns
    -------
    NodalOptions or FieldOptions
        What is not given has its default.

    Raises
    ------
    InputError
        If a value is not understood or not accepted, or the form has no use for it.

    Examples
    --------
    >>> given = {"form": "field", "thin": ["4x4"], "texture": [], "no_flip": True, "ssim": 0.1}
    >>> options = read_options(given)
    >>> options.thin, options.flip, options.ssim
    ('4x4', False, 0.1)
    """
    from tropdsx.workflows.train.field.options import FieldOptions
    from tropdsx.workflows.train.nodal.options import NodalOptions

    form = given.pop("form")
    own, other = (NodalOptions, FieldOptions)[:: 1 if form == "nodal" else -1]
    thins = [_with_share("--thin", text) for text in given.pop("thin")]
    if thins:
        given["thin"], given["shares"] = zip(*thins, strict=True)
    textures = [_with_share("--texture", text) for text in given.pop("texture")]
    for step, _ in textures:
        if not step.isdecimal():
            msg = f"--texture {step!r} is not understood; give whole degrees, e.g. 5 or 5:0.4"
            raise InputError(msg)
    given["texture"] = tuple(int(step) for step, _ in textures)
    given["texture_shares"] = tuple(share for _, share in textures)
    given["flip"] = not given.pop("no_flip")
    _refuse_other_form(form, given, own, other)
    if form == "field" and thins:
        given["thin"] = given["thin"][0]
    names = {f.name for f in fields(own)}
    return own(**{k: v for k, v in given.items() if k in names and v is not None})


def _refuse_other_form(
    form: str, given: dict[str, Any], own: type[TrainOptions], other: type[TrainOptions]
) -> None:
    """Refuse options that the form has no use for, and that somebody has set."""
    from tropdsx.workflows.train.nodal.options import NETWORK_DEFAULTS
    from tropdsx.workflows.train.options import flag, refuse

    names = {f.name for f in fields(own)} | {"shares"}
    usual = {f.name: f.default for f in fields(other)} | NETWORK_DEFAULTS
    found = [
        flag(name)
        for name, default in usual.items()
        if name not in names and given.get(name) not in (None, default)
    ]
    found += ["a second --thin"] * (form == "field" and len(given.get("thin", ())) > 1)
    if found:
        leave = f"leave that out, or use --form {other.form}"
        refuse([f"form {form} has no {', '.join(dict.fromkeys(found))}; {leave}"])


def _with_share(option: str, text: str) -> tuple[str, float]:
    """Read "5x5:0.4"; without a share it is 1."""
    what, colon, share = text.partition(":")
    try:
        number = float(share) if colon else 1.0
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        msg = f"{option} {text!r}: the share {share!r} is no number of 0 or more; give {what}:0.4"
        raise InputError(msg)
    return what, number


def read_check(text: str) -> Check:
    """Read more validation data from the text of an option.

    Parameters
    ----------
    text : str
        "FILE,OROGRAPHY,5x5@2,2"; FILE may be a pattern, OROGRAPHY empty.

    Returns
    -------
    Check

    Raises
    ------
    InputError
        If the text is another one.

    Examples
    --------
    >>> read_check("VMF3.H00,oro_1x1,5x5@2,2").phase
    (2, 2)
    """
    from tropdsx.workflows.train.products import Check

    try:
        file, orography, thin, column = text.split(",")
        thin, row = thin.split("@")
        return Check(file, orography or None, thin, (int(row), int(column)))
    except ValueError as error:
        msg = f"--check {text!r} is not understood; give FILE,OROGRAPHY,THIN@ROW,COLUMN"
        raise InputError(msg) from error


def read_also(text: str) -> Also:
    """Read another product from the text of an option.

    Parameters
    ----------
    text : str
        "FILE,OROGRAPHY,5x5:0.05"; FILE may be a pattern, OROGRAPHY empty.

    Returns
    -------
    Also

    Raises
    ------
    InputError
        If a part is missing, or the share is no number.

    Examples
    --------
    >>> read_also("era5.nc,,5x5:0.05").share
    0.05
    """
    from tropdsx.workflows.train.products import Also

    try:
        file, orography, thin = text.split(",")
        thin, share = thin.split(":")
        number = float(share)
    except ValueError as error:
        msg = f"--also {text!r} is not understood; give FILE,OROGRAPHY,THIN:SHARE"
        raise InputError(msg) from error
    return Also(file, orography or None, thin, number)


@contextlib.contextmanager
def interruptible(out: Path, resume: bool) -> Iterator[None]:
    """Say in one line what an interrupted training leaves, and exit 130 (Ctrl-C) or 143 (SIGTERM).

    Parameters
    ----------
    out : Path
        Folder of the run.
    resume : bool
        Whether last.ckpt of that folder is of this run whatever its time.

    Yields
    ------
    None

    Raises
    ------
    SystemExit
        With status 130 or 143, when interrupted.

    Examples
    --------
    >>> with interruptible(Path("run"), resume=False):
    ...     raise KeyboardInterrupt
    Traceback (most recent call last):
    ...
    SystemExit: 130
    """
    last = out / "last.ckpt"
    before = None if resume else _modified(last)
    try:
        with sigterm_interrupts():
            yield
    except KeyboardInterrupt as stop:
        if _modified(last) not in (None, before):
            kept = f"{last} holds the run up to its last validation: go on with --resume"
        else:
            kept = f"nothing of this run is kept in {out}: there was no validation yet"
        click.echo(f"tropdsx: training interrupted; {kept}", err=True)
        raise SystemExit(status_of(stop)) from None


def _modified(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None
