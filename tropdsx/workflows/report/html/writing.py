"""Write a report: one HTML file with a result on a map, its scores and where it comes from."""

from __future__ import annotations

import contextlib
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import xarray as xr

from tropdsx.cf.attributes.limits import load_counts
from tropdsx.errors import InputError, OutputError
from tropdsx.read.delays import open_delays
from tropdsx.system.hdf5 import close_locked, hdf5_lock, load_netcdf
from tropdsx.system.staging import check_target, stage
from tropdsx.system.workers import Progress, Reporter
from tropdsx.workflows.evaluate.comparison import validate
from tropdsx.workflows.report.html.collect import collect
from tropdsx.workflows.report.html.content import Content
from tropdsx.workflows.report.html.error_maps import add_maps
from tropdsx.workflows.report.html.limits import Limits
from tropdsx.workflows.report.html.origin import origin_panel
from tropdsx.workflows.report.html.page import to_page
from tropdsx.workflows.report.html.sources import Sources, is_evaluation, refuse_others, with_labels
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
    progress: Reporter | None = None,
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
    progress : callable, optional
        Called with the name of a piece of work and what is counted; it gives None, or what is
        called with (done, in all).

    Returns
    -------
    Path
        The file, below 10 MB: of long series some epochs are shown, of many large maps of errors
        every second row and column ..., which the page says.

    Raises
    ------
    InputError
        If scores come with a coarse grid or a reference: there is nothing to compare.
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
    target = _check_page(path, overwrite=overwrite)
    heading = str(title or ds.attrs.get("title") or "Zenith delays")
    if is_evaluation(ds):
        _check_alone("the evaluation", coarse, reference)
        page = _bounded(_Evaluation(with_labels(ds), heading))
    else:
        page = _bounded(_Delays(ds, coarse, reference, (heading, name), progress))
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
        ``title``, ``overwrite``, ``progress`` of :func:`report`, which also says what is raised.

    Returns
    -------
    Path
        The page.
    """
    named = f"{Path(result).stem}.html" if path is None else path
    target = _check_page(named, overwrite=given.get("overwrite", False))
    scores = _open_evaluation(result)
    if scores is not None:
        _check_alone(str(result), coarse, reference)
    given.setdefault("title", None)
    given["title"] = given["title"] or Path(result).name
    with contextlib.ExitStack() as stack:
        opened = [None if each is None else open_delays(each) for each in (coarse, reference)]
        ds = load_counts(open_delays(result)) if scores is None else scores
        for each in (ds, *opened):
            if each is not None:
                stack.callback(close_locked, each)
        return report(
            ds,
            target,
            coarse=opened[0],
            reference=opened[1],
            name=Path(reference).name if reference else "reference",
            **given,
        )


def _check_page(path: str | Path, *, overwrite: bool) -> Path:
    """Refuse an output that is no page, or cannot be written."""
    if Path(path).suffix.lower() not in (".html", ".htm"):
        msg = f"the output {path} is to be an HTML page; give a name that ends in .html"
        raise OutputError(msg)
    return check_target(path, overwrite=overwrite, folder=False)


def _open_evaluation(path: str | Path) -> xr.Dataset | None:
    """Scores of a NetCDF file; None for all else."""
    if Path(path).suffix != ".nc" or not Path(path).is_file():
        return None
    try:
        with (
            hdf5_lock() as lock,
            xr.open_dataset(path, engine="netcdf4", decode_cf=False, lock=lock) as stored,
        ):
            found = is_evaluation(stored)
            header = stored.copy()
    except (OSError, ValueError):
        return None  # what is wrong with it is told where delays are opened
    if not found:
        refuse_others(header, Path(path).name)
    return load_netcdf(path) if found else None


def _check_alone(name: str, coarse: Any, reference: Any) -> None:
    if coarse is not None or reference is not None:
        msg = f"{name} holds scores, so there is nothing to compare; leave out coarse and reference"
        raise InputError(msg)


def _bounded(draft: _Evaluation | _Delays) -> str:
    """Write a page with as much of the data as it may carry."""
    limits = Limits()
    while True:
        content, page = draft.write(limits)
        tighter = limits.tighter(content, len(page), MAX_SIZE) if len(page) > MAX_SIZE else None
        if tighter is None:
            return page
        limits = tighter


class _Evaluation(NamedTuple):
    """Scores with their maps."""

    ds: xr.Dataset
    heading: str

    def write(self, limits: Limits) -> tuple[Content, str]:
        ds, content = self.ds, Content([""])
        notes = add_maps(content, ds, "", limits.map_nodes)
        if not content.fields:
            msg = (
                "the scores come without maps of errors, so there is nothing to draw; accepted is "
                "what `tropdsx evaluate -o` writes and validate() gives"
            )
            raise InputError(msg)
        against = str(ds.attrs.get("validation_reference", "a reference"))
        sections = {"Scores": score_tables(ds), "Where it comes from": origin_panel(ds)}
        sections["About this page"] = _about(notes)
        told = f"Errors against {against}"
        return content, to_page(content, title=self.heading, subtitle=told, sections=sections)


class _Delays:
    """A result, with what it is compared with."""

    def __init__(
        self,
        ds: xr.Dataset,
        coarse: xr.Dataset | None,
        reference: xr.Dataset | None,
        names: tuple[str, str],
        progress: Reporter | None,
    ) -> None:
        self.ds, (self.heading, self.name), self.progress = ds, names, progress
        self.sources = Sources.of(ds, coarse, reference)
        self.scores = None
        if reference is not None:
            told = self._tell("comparing", "epochs")
            self.scores = validate(ds, reference, exclude=coarse, name=self.name, progress=told)

    def _tell(self, what: str, unit: str) -> Progress | None:
        return None if self.progress is None else self.progress(what, unit)

    def write(self, limits: Limits) -> tuple[Content, str]:
        content, notes = collect(self.sources, limits, self._tell("packing", "fields"))
        if content.dates is not None:
            content.stations = station_marks(self.ds, content.dates)
        maps = [(self.ds, "of the validation stored in the file")]
        if self.scores is not None:
            maps.insert(0, (self.scores, f"against {self.name}"))
        for ds, origin in maps:
            notes += add_maps(content, ds, origin, limits.map_nodes)
        sections = {} if self.scores is None else {"Scores": score_tables(self.scores)}
        sections |= {"Stations": table} if (table := station_table(self.ds)) else {}
        sections["Where it comes from"] = origin_panel(self.ds)
        sections["About this page"] = _about(list(dict.fromkeys(notes)))
        told = _subtitle(content)
        return content, to_page(content, title=self.heading, subtitle=told, sections=sections)


def _subtitle(content: Content) -> str:
    rows, columns = (len(content.grids[0][axis]) for axis in ("lat", "lon"))
    first, last = content.times[0], content.times[-1]
    when = first if len(content.times) == 1 else f"{len(content.times)} epochs, {first} to {last}"
    where = f"; {len(content.stations)} stations" if content.stations else ""
    return f"{rows} × {columns} nodes; {when}{where}"


def _about(notes: list[str]) -> str:
    told = "".join(f'<p class="care">{escape(note)}</p>' for note in notes)
    return told + "".join(f"<p>{escape(text)}</p>" for text in _ABOUT)
