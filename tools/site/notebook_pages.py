"""A notebook as a page of the site: its text, its code, and the outputs that it was saved with."""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path
from typing import Any

import nbformat

__all__ = ["page_of"]

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
#: A warning names the cell as a file of the kernel that ran it.
_CELL = re.compile(r"^\S*ipykernel_\d+\S*: (?=\w+Warning: )", re.MULTILINE)
#: Tables of pandas, which the sheet of the site does not reach.
_TABLE = (
    "<style>table.dataframe{border-collapse:collapse;border:0}"
    ".dataframe th,.dataframe td{border:0;padding:.3em .9em;text-align:right}"
    ".dataframe tr{border-bottom:1px solid #ddd}</style>"
)


def page_of(path: Path) -> tuple[str, dict[str, bytes]]:
    """Make a page of a notebook.

    Parameters
    ----------
    path : Path
        The notebook, with its outputs.

    Returns
    -------
    markdown : str
        Text of the page.
    pictures : dict of bytes
        Content of each picture by the name under which the page has it.
    """
    notebook: Any = nbformat.read(path, as_version=4)
    parts, pictures, about = [], {}, path.stem
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            about = (_HEADING.findall(cell.source) or [about])[-1]
        elif cell.cell_type == "code":
            parts.append(f"```python\n{cell.source}\n```")
            for output in cell.outputs:
                name = f"{path.stem}_{number}.png"
                text, picture = _shown(output, name, about)
                parts.append(text)
                if picture:
                    pictures[name] = picture
    return "\n\n".join(parts) + "\n", pictures


def _shown(output: Any, name: str, about: str) -> tuple[str, bytes | None]:
    """Text of an output in Markdown, and its picture."""
    if output.output_type == "stream":
        return _box(output.text), None
    data = output.get("data", {})
    if "image/png" in data:
        return f"![Figure: {about}]({name})", base64.b64decode(data["image/png"])
    if "text/html" in data:
        return _isolated(data["text/html"]), None
    return _box(str(data.get("text/plain", ""))), None


def _box(text: str) -> str:
    plain = html.escape(_CELL.sub("", _COLOURS.sub("", text)).rstrip("\n"))
    # &#10; keeps empty lines of the output within the block.
    return '<pre class="output">' + plain.replace("\n", "&#10;") + "</pre>"


def _isolated(content: str) -> str:
    """Put HTML into a tree of its own: styles of the site and of the output stay apart."""
    # A blank line would end a block of HTML; the root of such a tree is its host.
    content = re.sub(r"\n\s*\n", "\n", content).replace(":root", ":host")
    if 'class="dataframe"' in content:
        # Behind the style that pandas brings along.
        content += _TABLE
    return (
        '<div class="output html" data-search-exclude>'
        f'<template shadowrootmode="open">\n{content}\n</template></div>'
    )
