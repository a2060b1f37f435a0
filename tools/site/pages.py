"""Pages of the site that are made when it is built, as hooks of MkDocs.

The notebooks and the changelog are taken from where they lie, the commands say themselves what they
do, and public names that no page speaks of are listed at the end of the functions, so that none is
ever missing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from command_pages import commands_page
from mkdocs.structure.files import File, Files
from notebook_pages import page_of

import tropdsx
from tropdsx.assets.catalogue import ASSETS

__all__ = ["on_config", "on_files", "on_page_markdown"]

ROOT = Path(__file__).parents[2]
#: Saved with their outputs: tools/run_notebooks.py.
NOTEBOOKS = ROOT / "notebooks"
_OTHERS = "<!-- all other public names -->"
_COMMANDS = "<!-- all commands -->"
_ASSETS = "<!-- named files -->"
_TUTORIALS = "<!-- all notebooks -->"
_DIRECTIVE = re.compile(r"^::: tropdsx\.(\w+)$", re.MULTILINE)


def on_config(config: Any) -> Any:
    """Add the notebooks to the tutorials.

    Parameters
    ----------
    config : MkDocsConfig
        The configuration of the site.

    Returns
    -------
    MkDocsConfig
        The same, with a longer navigation.
    """
    tutorials = next(each["Tutorials"] for each in config.nav if "Tutorials" in each)
    tutorials += [f"tutorials/{path.stem}.md" for path in _notebooks()]
    return config


def _notebooks() -> list[Path]:
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def on_files(files: Files, *, config: Any) -> Files:
    """Add the notebooks and the changelog.

    Parameters
    ----------
    files : Files
        What lies in ``docs``.
    config : MkDocsConfig
        The configuration of the site.

    Returns
    -------
    Files
        The same, with more.
    """
    for notebook in _notebooks():
        text, pictures = page_of(notebook)
        made: dict[str, str | bytes] = {f"tutorials/{notebook.stem}.md": text}
        made |= {f"tutorials/{name}": picture for name, picture in pictures.items()}
        for name, content in made.items():
            files.append(File.generated(config, name, content=content))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    # Its links to files are those of the checkout.
    changelog = re.sub(r"\[([\w./]+)\]\([\w./]+\)", r"`\1`", changelog)
    files.append(File.generated(config, "changelog.md", content=changelog))
    return files


def on_page_markdown(markdown: str, **others: Any) -> str:
    """Put what is made here where the pages ask for it.

    Parameters
    ----------
    markdown : str
        Text of a page.
    **others
        Not used.

    Returns
    -------
    str
        The text, completed.
    """
    del others
    makers = {
        _OTHERS: _other_names,
        _COMMANDS: commands_page,
        _ASSETS: _named_files,
        _TUTORIALS: _tutorials,
    }
    for mark, make in makers.items():
        if mark in markdown:
            markdown = markdown.replace(mark, make())
    return markdown


def _tutorials() -> str:
    """Show each notebook with what it says first, and one of its pictures."""
    return "\n\n".join(_tutorial(path) for path in _notebooks())


def _tutorial(path: Path) -> str:
    text, pictures = page_of(path)
    title, about = (each.strip() for each in text.split("\n\n", 2)[:2])
    if "\n" in title:  # both in one cell, without an empty line
        title, _, about = title.partition("\n")
    title = title.lstrip("# ")
    shown = (
        f"[![{title}]({next(iter(pictures))})]({path.stem}.md){{ .preview }}" if pictures else ""
    )
    return f"## [{title}]({path.stem}.md)\n\n{about.strip()}\n\n{shown}"


def _named_files() -> str:
    """Table of the assets."""
    rows = [
        f"| `{name}` | {asset.about} | {'fetched' if asset.url else 'comes with tropdsx'} |"
        for name, asset in ASSETS.items()
    ]
    return "\n".join(["| name | what | where from |", "|---|---|---|", *rows])


def _other_names() -> str:
    """Ask for the public names that no page of the reference speaks of."""
    told = {
        name
        for path in (ROOT / "docs" / "reference").glob("*.md")
        for name in _DIRECTIVE.findall(path.read_text(encoding="utf-8"))
    }
    left = [name for name in tropdsx.__all__ if name not in told and not name.startswith("__")]
    more = "\n\n".join(f"::: tropdsx.{name}" for name in left)
    return f"## Others\n\n{more}" if left else ""
