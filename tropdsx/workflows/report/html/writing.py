"""Write a report: one HTML file with a result on a map, its scores and where it comes from."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import xarray as xr

from tropdsx.errors import InputError
from tropdsx.read.delays import open_delays
from tropdsx.system.staging import check_target, stage
from tropdsx.workflows.evaluate.comparison import validate
from tropdsx.workflows.report.html.collect import MAX_EPOCHS, collect
from tropdsx.workflows.report.html.content import Content
from tropdsx.workflows.report.html.error_maps import add_maps
from tropdsx.workflows.report.html.origin import origin_panel
from tropdsx.workflows.report.html.page import to_page
from tropdsx.workflows.report.html.sources import Sources, is_evaluation, with_labels
from tropdsx.workflows.report.html.stations import station_marks, station_table
from tropdsx.workflows.report.html.tables import score_tables

__all__ = ["report", "report_file"]

#: A page is smaller than this [byte].
MAX_SIZE = 9_500_000

_ABOUT = (
    "Delays are kept to 0.1 mm, or a 65534th of their range where that is more.",
    "One colour range holds for all fields that can be laid side by side. Colours end at its ends, "
    "values do not.",
)


def report(
    ds: xr.Dataset,
    path: str | Path = "report.html",
    *,
    coarse: xr.Dataset | None = None,
    reference: xr.Dataset | None = None,
    title: str | None = None,
    name: str = "reference",
    overwrite: bool = False,
) -> Path:
    """Write an HTML page that shows a result: maps, scores and provenance, without a network.

    Parameters
    ----------
    ds : Dataset
        Delays on a grid in any orientation, such as a result of :func:`tropdsx.downscale`, or the
        outcome of :func:`tropdsx.validate` or ``tropdsx evaluate``.
    path : str or Path, optional
        Output.
    coarse : Dataset, optional
        What the result was made of: shown beside it, and its nodes do not count in the scores.
    reference : Dataset, optional
        Truth: errors, maps of them and scores are added.
    title : str, optional
        Heading; default: the title among the attributes.
    name : str, optional
        What the reference is.
    overwrite : bool, optional
        Replace an existing file.

    Returns
    -------
    Path
        The file, below 10 MB: of long series some epochs are shown, which the page says.

    Raises
    ------
    GridError
        If there is no delay on a grid, or nothing is in common with coarse or reference.
    OutputError
        If the file exists or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> axes = {"lat": [50.0, 45.0], "lon": [5.0, 10.0]}
    >>> zwd = xr.DataArray([[0.1, 0.2], [0.1, 0.2]], axes, attrs={"units": "m"})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = report(xr.Dataset({"zwd": zwd}), f"{folder}/zwd.html")
    ...     page.read_text()[:15]
    '<!DOCTYPE html>'
    """
    target = check_target(path, overwrite=overwrite, folder=False)
    heading = str(title or ds.attrs.get("title") or "Zenith delays")
    if is_evaluation(ds):
        page = _evaluation_page(with_labels(ds), heading)
    else:
        page = _delay_page(ds, coarse, reference, (heading, name))
    with stage(target, overwrite=overwrite) as partial:
        partial.write_text(page, encoding="utf-8")
    return target


def report_file(
    result: str | Path,
    path: str | Path | None = None,
    *,
    coarse: str | Path | None = None,
    reference: str | Path | None = None,
    **given: Any,
) -> Path:
    """Write the page of a file.

    Parameters
    ----------
    result : str or Path
        What :func:`tropdsx.open_delays` opens, or the output of ``tropdsx evaluate``.
    path : str or Path, optional
        Output; default: the name of the result with ``.html``, in the working directory.
    coarse, reference : str or Path, optional
        Files of the coarse input and of the truth.
    **given
        ``title``, ``overwrite`` of :func:`report`, which also says what is raised.

    Returns
    -------
    Path
        The page.
    """
    target = check_target(
        f"{Path(result).stem}.html" if path is None else path,
        overwrite=given.get("overwrite", False),
        folder=False,
    )
    scores = _open_evaluation(result)
    if scores is not None and (coarse or reference):
        msg = (
            f"{result} holds scores, so there is nothing to compare; leave out coarse and reference"
        )
        raise InputError(msg)
    given.setdefault("title", None)
    given["title"] = given["title"] or Path(result).name
    opened = [None if each is None else open_delays(each) for each in (coarse, reference)]
    return report(
        open_delays(result) if scores is None else scores,
        target,
        coarse=opened[0],
        reference=opened[1],
        name=Path(reference).name if reference else "reference",
        **given,
    )


def _open_evaluation(path: str | Path) -> xr.Dataset | None:
    """Scores of a NetCDF file; None for all else."""
    if Path(path).suffix != ".nc" or not Path(path).is_file():
        return None
    try:
        with xr.open_dataset(path, decode_cf=False) as stored:
            found = is_evaluation(stored)
    except (OSError, ValueError):
        return None  # what is wrong with it is told where delays are opened
    return xr.open_dataset(path) if found else None


def _evaluation_page(ds: xr.Dataset, heading: str) -> str:
    content = Content([""])
    add_maps(content, ds, "")
    if not content.fields:
        msg = (
            "the scores come without maps of errors, so there is nothing to draw; accepted is what "
            "`tropdsx evaluate -o` writes and validate() gives"
        )
        raise InputError(msg)
    against = str(ds.attrs.get("validation_reference", "a reference"))
    sections = {"Scores": score_tables(ds), "Where it comes from": origin_panel(ds.attrs)}
    return to_page(
        content,
        title=heading,
        subtitle=f"Errors against {against}",
        sections=sections | {"About this page": _about([])},
    )


def _delay_page(
    ds: xr.Dataset, coarse: xr.Dataset | None, reference: xr.Dataset | None, names: tuple[str, str]
) -> str:
    sources = Sources.of(ds, coarse, reference)
    scores = None
    if reference is not None:
        scores = validate(ds, reference, exclude=coarse, name=names[1])
    limit, page = MAX_EPOCHS, ""
    while True:
        content, notes = collect(sources, limit)
        if content.dates is not None:
            content.stations = station_marks(ds, content.dates)
        if scores is not None:
            add_maps(content, scores, f"against {names[1]}")
        add_maps(content, ds, "of the validation stored in the file")
        sections = {} if scores is None else {"Scores": score_tables(scores)}
        sections |= {"Stations": table} if (table := station_table(ds)) else {}
        sections |= {
            "Where it comes from": origin_panel(ds.attrs),
            "About this page": _about(notes),
        }
        page = to_page(content, title=names[0], subtitle=_subtitle(content), sections=sections)
        shown = len(content.times)
        if len(page) < MAX_SIZE or shown == 1:
            return page
        # Fields that pack badly leave room for fewer.
        limit = max(1, int(0.95 * shown * MAX_SIZE / len(page)))


def _subtitle(content: Content) -> str:
    rows, columns = (len(content.grids[0][axis]) for axis in ("lat", "lon"))
    first, last = content.times[0], content.times[-1]
    when = first if len(content.times) == 1 else f"{len(content.times)} epochs, {first} to {last}"
    return f"{rows} × {columns} nodes; {when}"


def _about(notes: list[str]) -> str:
    told = "".join(f'<p class="care">{escape(note)}</p>' for note in notes)
    return told + "".join(f"<p>{escape(text)}</p>" for text in _ABOUT)
