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

__all__ = [
    "interruptible",
    "read_also",
    "read_check",
    "read_moisture",
    "read_options",
    "read_others",
]

if TYPE_CHECKING:
    from tropdsx.workflows.train.moisture import Moisture
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
    NodalOptions, FieldOptions or DiffusionOptions
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
    from tropdsx.workflows.train.diffusion.options import DiffusionOptions
    from tropdsx.workflows.train.field.options import FieldOptions
    from tropdsx.workflows.train.nodal.options import NodalOptions

    form = given.pop("form")
    kinds = {kind.form: kind for kind in (NodalOptions, FieldOptions, DiffusionOptions)}
    own = kinds.pop(form)
    for name, kind, example in (
        ("stations", int, "whole numbers such as 1000,3000,0"),
        ("errors", float, "numbers such as 0.6,1,1.4"),
    ):
        if given.get(name) is not None:
            given[name] = _numbers(name, given[name], kind, example)
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
    _refuse_other_form(form, given, own, list(kinds.values()))
    if form != "nodal" and thins:
        given["thin"] = given["thin"][0]
    names = {f.name for f in fields(own)}
    return own(**{k: v for k, v in given.items() if k in names and v is not None})


def _refuse_other_form(
    form: str, given: dict[str, Any], own: type[TrainOptions], others: list[type[TrainOptions]]
) -> None:
    """Refuse options that the form has no use for, and that somebody has set."""
    from tropdsx.workflows.train.nodal.options import NETWORK_DEFAULTS
    from tropdsx.workflows.train.options import flag, refuse

    names = {f.name for f in fields(own)} | {"shares"}
    usual = {f.name: f.default for kind in others for f in fields(kind)} | NETWORK_DEFAULTS
    found = [
        name
        for name, default in usual.items()
        if name not in names and given.get(name) not in (None, default)
    ]
    second = form != "nodal" and len(given.get("thin", ())) > 1
    if found or second:
        has = [
            kind.form
            for kind in others
            if set(found) <= {f.name for f in fields(kind)}
            and not (second and kind.form != "nodal")
        ]
        forms = "".join(f", or use --form {name}" for name in has[:1])
        shown = [*dict.fromkeys(map(flag, found)), *["a second --thin"] * second]
        refuse([f"form {form} has no {', '.join(shown)}; leave that out{forms}"])


def _numbers(name: str, text: str, kind: type, example: str) -> tuple[Any, ...]:
    """Read numbers of stations, or sizes of errors."""
    try:
        return tuple(kind(part) for part in text.split(","))
    except ValueError as error:
        msg = f"--{name} {text!r} is not understood; give {example}"
        raise InputError(msg) from error


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


def read_others(given: dict[str, Any]) -> dict[str, list[Any]]:
    """Read what the command line gave of other data than the fine fields.

    Parameters
    ----------
    given : dict
        By name as click has them; the texts are taken out.

    Returns
    -------
    dict of list
        check, also, moisture, check_moisture, as `fit` has them.

    Examples
    --------
    >>> others = {"check": [], "also": ["era5.nc,,5x5:0.05"], "moisture": [], "check_moisture": []}
    >>> read_others(others)["also"][0].thin
    '5x5'
    """
    return {
        "check": [read_check(text) for text in given.pop("check")],
        "also": [read_also(text) for text in given.pop("also")],
        "moisture": [read_moisture(text) for text in given.pop("moisture")],
        "check_moisture": [read_moisture(text) for text in given.pop("check_moisture")],
    }


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


def read_moisture(text: str) -> Moisture:
    """Read moisture fields from the text of an option.

    Parameters
    ----------
    text : str
        "FILE[@PERIOD[;PERIOD]],NODES,STEP[:SHARE]"; FILE may be a pattern.

    Returns
    -------
    Moisture

    Raises
    ------
    InputError
        If a part is missing, or is no number.

    Examples
    --------
    >>> read_moisture("era5.nc@2010-05/2010-08;2010-10/2010-12,2,5:0.1").periods
    ('2010-05/2010-08', '2010-10/2010-12')
    """
    from tropdsx.workflows.train.moisture import Moisture

    try:
        file, nodes, step = text.split(",")
        step, _, share = step.partition(":")
        file, _, when = file.partition("@")
        periods = tuple(part for part in when.split(";") if part)
        found = Moisture(file, int(nodes), int(step), float(share or 1.0), periods)
    except ValueError as error:
        msg = f"{text!r} is not understood; give FILE[@PERIOD],NODES,STEP[:SHARE], e.g. "
        msg += "gfs.nc,4,5:0.2: every 4th node is a target, every 5th target an input node"
        raise InputError(msg) from error
    if found.nodes < 1 or found.step < 2:
        msg = f"{text!r}: NODES must be 1 or more and STEP 2 or more"
        raise InputError(msg)
    return found


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
