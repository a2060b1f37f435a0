"""Write a drawing as a picture, of a kind that its name says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.backend_bases import FigureCanvasBase

from tropdsx.errors import OutputError
from tropdsx.system.staging import check_target

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["check_picture", "save_picture"]

_ACCEPTED = "accepted are .png, .pdf, .svg in an existing folder"


def check_picture(path: str | Path, *, overwrite: bool = False) -> Path:
    """Refuse a picture that cannot be written, before anything is computed.

    Parameters
    ----------
    path : str or Path
        The picture; its suffix says which kind.
    overwrite : bool, optional
        Whether an existing one may be replaced.

    Returns
    -------
    Path
        The picture.

    Raises
    ------
    OutputError
        If the kind is unknown, the picture exists, or its folder is missing or not writable.

    Examples
    --------
    >>> check_picture("plot.txt")
    Traceback (most recent call last):
    tropdsx.errors.OutputError: cannot draw plot.txt (no picture is '.txt'); accepted are .png, ...
    """
    target = check_target(path, overwrite=overwrite)
    if target.suffix[1:].lower() not in FigureCanvasBase.get_supported_filetypes():
        kind = f"no picture is {target.suffix!r}" if target.suffix else "the name has no suffix"
        msg = f"cannot draw {path} ({kind}); {_ACCEPTED}"
        raise OutputError(msg)
    return target


def save_picture(figure: Figure, path: str | Path) -> Path:
    """Write a drawing.

    Parameters
    ----------
    figure : Figure
        The drawing.
    path : str or Path
        Picture; its suffix says which kind. An existing one is replaced.

    Returns
    -------
    Path
        The picture.

    Raises
    ------
    OutputError
        If the kind is unknown or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from matplotlib.figure import Figure
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_picture(Figure(), f"{folder}/plot.png").stat().st_size > 100
    True
    """
    target = check_picture(path, overwrite=True)
    try:
        figure.savefig(target, dpi=110)
    except (OSError, ValueError) as error:
        msg = f"cannot draw {path} ({error}); {_ACCEPTED}"
        raise OutputError(msg) from error
    return target
