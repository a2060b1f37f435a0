"""Run the notebooks and save them with their outputs: small, and the same whenever they are run.

``python tools/run_notebooks.py [NOTEBOOK...]``; without names all of ``notebooks/``. What a run
says of its machine, its time or its warnings does not stay. ``tests/test_notebooks.py`` holds what
is saved against what the gate gets.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat

__all__ = ["NEEDS_FILES", "TIME_OF_RUN", "clear_of_the_run", "hash_of_code", "run", "small_picture"]

ROOT = Path(__file__).parents[1]
#: Tag of cells that use the development files beside the checkout, which few have.
NEEDS_FILES = "development-files"
#: Stands where the time of the run stood.
TIME_OF_RUN = "YYYY-MM-DDThh:mm:ssZ"
_STYLE = "figure.dpi: 72\nsavefig.dpi: figure\n"
_COLOURS = 256
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_TEMPORARY = re.compile(rf"{re.escape(tempfile.gettempdir())}/[\w.-]+/")


def run(path: Path) -> None:
    """Run a notebook where it lies, and save it with its outputs.

    Parameters
    ----------
    path : Path
        The notebook; it is replaced.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails; the notebook stays as it was.
    """
    from nbclient import NotebookClient

    notebook: Any = nbformat.read(path, as_version=4)
    before = [cell.get("outputs", []) for cell in notebook.cells]
    begin = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        style = Path(folder, "matplotlibrc")
        style.write_text(_STYLE, encoding="utf-8")
        # One thread: then the last digits are the same, too.
        os.environ.update(MATPLOTLIBRC=str(style), OMP_NUM_THREADS="1")
        NotebookClient(
            notebook,
            timeout=300,
            record_timing=False,
            resources={"metadata": {"path": str(path.parent)}},
        ).execute()
    if not (ROOT.parent / "shared" / "data").is_dir():
        for cell, outputs in zip(notebook.cells, before, strict=True):
            if NEEDS_FILES in cell.metadata.get("tags", []):
                cell.outputs = outputs
    clear_of_the_run(notebook, begin)
    nbformat.write(notebook, path)


def hash_of_code(notebook: Any) -> str:
    """Hash what decides the outputs.

    Parameters
    ----------
    notebook : NotebookNode
        With or without outputs.

    Returns
    -------
    str
        Of the sources of all cells of code.
    """
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()[:16]


def clear_of_the_run(notebook: Any, begin: datetime) -> None:
    """Take away what another run would have otherwise: machine, time, warnings, large pictures.

    Parameters
    ----------
    notebook : NotebookNode
        Just run; it is changed.
    begin : datetime
        When the run began [UTC].
    """
    known: dict[str, str] = {}
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "tropdsx": {"code": hash_of_code(notebook)},
        }
    )
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type != "code":
            continue
        kept = [output for output in cell.outputs if output.get("name") != "stderr"]
        cell.outputs = [_cleared(output, begin, known) for output in _joined(kept)]


def _joined(outputs: list[Any]) -> list[Any]:
    """Join what was printed in several pieces, as a busy machine does."""
    joined: list[Any] = []
    for output in outputs:
        printed = output.output_type == "stream"
        if printed and joined and joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _cleared(output: Any, begin: datetime, known: dict[str, str]) -> Any:
    if output.output_type == "stream":
        output.text = _cleared_text(output.text, begin, known)
        return output
    output.metadata = nbformat.from_dict({})
    for kind, content in output.get("data", {}).items():
        if kind == "image/png":
            output.data[kind] = small_picture(content)
        elif isinstance(content, str):
            output.data[kind] = _cleared_text(content, begin, known)
    return output


def _cleared_text(text: str, begin: datetime, known: dict[str, str]) -> str:
    def time(found: re.Match[str]) -> str:
        moment = datetime.fromisoformat(found[0])
        within = begin - timedelta(seconds=2) <= moment <= datetime.now(UTC)
        return TIME_OF_RUN if within else found[0]

    def number(found: re.Match[str]) -> str:
        return known.setdefault(found[0], f"{len(known):08d}-0000-0000-0000-000000000000")

    text = _TIME.sub(time, _UUID.sub(number, text))
    return _TEMPORARY.sub("", text).replace(f"{ROOT}/", "")


def small_picture(content: str) -> str:
    """Reduce the colours of a picture.

    Parameters
    ----------
    content : str
        PNG in base64.

    Returns
    -------
    str
        The same, a fifth of the size.
    """
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB")
    reduced = picture.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    reduced.save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


if __name__ == "__main__":
    named = [Path(name) for name in sys.argv[1:]]
    for each in named or sorted((ROOT / "notebooks").glob("*.ipynb")):
        run(each)
        sys.stdout.write(f"{each}: {each.stat().st_size / 1e3:.0f} kB\n")
