"""``tropdsx doctor``: what is installed here, for an issue."""

from __future__ import annotations

import click

from tropdsx.cli.progress import shown_warnings

EXAMPLES = """
\b
Examples:
  tropdsx doctor
      versions, devices, assets and settings, to paste into an issue
  tropdsx doctor > doctor.txt
      the same, as a file
"""


@click.command(epilog=EXAMPLES)
def doctor() -> None:
    """Say what tropdsx finds on this machine: text to paste into an issue.

    Versions of tropdsx and of the libraries it uses and how long their imports take, devices and
    precision, optional extras, assets and environment variables; no user name and no folder.
    """
    from tropdsx.cli.shell.installation import describe_installation

    with shown_warnings():
        rows, troubles = describe_installation()
    width = max(len(label) for label, _ in rows)
    for label, text in rows:
        click.echo(f"{label:<{width}}  {text}")
    click.echo("")
    for trouble in troubles:
        click.echo(f"trouble: {trouble}")
    if not troubles:
        click.echo("no trouble found")
