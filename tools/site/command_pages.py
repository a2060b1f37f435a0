"""The command line as a page of the site: what ``--help`` says of every command."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterator

import click

from tropdsx.cli.group import Sectioned, group

__all__ = ["commands_page"]


def commands_page() -> str:
    """Write what every command says of itself.

    Returns
    -------
    str
        Markdown: a section for each command, with its usage, options and examples.

    Examples
    --------
    >>> "## tropdsx convert" in commands_page()
    True
    """
    return "\n\n".join(part for each in _walk(group, "tropdsx", 2) for part in each)


def _walk(command: click.Command, name: str, level: int) -> Iterator[list[str]]:
    context = click.Context(command, info_name=name)
    yield _section(command, context, name, level)
    if isinstance(command, click.Group):
        deeper = level if name == "tropdsx" else level + 1
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            if found is not None:
                yield from _walk(found, f"{name} {each}", deeper)


def _section(command: click.Command, context: click.Context, name: str, level: int) -> list[str]:
    help_text = textwrap.dedent(f"    {command.help or ''}")
    return [
        f"{'#' * level} {name}",
        _text(help_text),
        f"```text\n{' '.join([name, *command.collect_usage_pieces(context)])}\n```",
        _list(command, context, name),
        _options(command, context),
        _text(command.epilog or ""),
    ]


def _list(command: click.Command, context: click.Context, name: str) -> str:
    """Table of the commands of a group."""
    if not isinstance(command, click.Group):
        return ""
    names = command.list_commands(context)
    found = {each: command.get_command(context, each) for each in names}
    rows = [
        f"| [`{name} {each}`](#{name.replace(' ', '-')}-{each}) | {one.get_short_help_str(200)} |"
        for each, one in found.items()
        if one is not None
    ]
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


def _options(command: click.Command, context: click.Context) -> str:
    """Table of the options, under their headings; their names are safe from breaking."""
    if isinstance(command, Sectioned):
        sections = command.sections(context)
    else:
        every = [each.get_help_record(context) for each in command.get_params(context)]
        sections = {"Options": [each for each in every if each and each[0].startswith("-")]}
    rows = []
    for heading, records in sections.items():
        if len(sections) > 1:
            rows.append(f'<tr><th colspan="2">{html.escape(heading)}</th></tr>')
        rows += [
            f"<tr><td><code>{html.escape(name)}</code></td><td>{html.escape(about)}</td></tr>"
            for name, about in records
        ]
    head = "<thead><tr><th>option</th><th>meaning</th></tr></thead>"
    body = "\n".join(rows)
    return f'<div class="options"><table>\n{head}\n<tbody>\n{body}\n</tbody>\n</table></div>'


def _text(text: str) -> str:
    r"""Markdown of a help text; click keeps the lines of a paragraph that begins with \b."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        if paragraph.startswith("\b"):
            title, _, lines = paragraph.removeprefix("\b").strip("\n").partition("\n")
            parts.append(f"{title}\n\n```text\n{textwrap.dedent(lines)}\n```")
        else:
            parts.append(html.escape(" ".join(paragraph.split()), quote=False))
    return "\n\n".join(parts)
