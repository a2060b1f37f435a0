"""``tropdsx completion``: the Tab key completes commands, options and files."""

from __future__ import annotations

import re

import click
from click.shell_completion import get_completion_class

EXAMPLES = """
\b
Examples:
  eval "$(tropdsx completion bash)"
      in ~/.bashrc (bash 4.4 or later)
  eval "$(tropdsx completion zsh)"
      in ~/.zshrc, after compinit
  tropdsx completion fish > ~/.config/fish/completions/tropdsx.fish
      once
"""

#: What click listens to when a shell asks.
VARIABLE = "_TROPDSX_COMPLETE"
#: Words in the help of a value that stand for a file or a folder.
_FILES = ("FILE", "OUT", "IN", "PATH", "CSV", "FOLDER", "SHEET", "PAGE", "RESULT", "TABLE")


def offer_files(command: click.Command) -> None:
    """Let a shell offer files where a command takes them: plain text has no completion.

    Parameters
    ----------
    command : Command
        Changed for this process, which answers a shell and ends.

    Examples
    --------
    >>> @click.command()
    ... @click.option("--target", metavar="SPACING|FILE")
    ... @click.option("--title")
    ... def draw(target, title): ...
    >>> offer_files(draw)
    >>> [each.type.name for each in draw.params]
    ['path', 'text']
    """
    for each in command.params:
        named = re.findall(r"[A-Z]+", each.metavar or "")
        if each.type is click.STRING and (
            isinstance(each, click.Argument) or set(named) & set(_FILES)
        ):
            each.type = click.Path(readable=False)
    for child in getattr(command, "commands", {}).values():
        offer_files(child)


@click.command(epilog=EXAMPLES, no_args_is_help=True)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="bash|zsh|fish")
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that lets a shell complete commands, options and files of tropdsx."""
    kind = get_completion_class(shell)
    assert kind is not None  # one of the choices
    click.echo(kind(context.find_root().command, {}, "tropdsx", VARIABLE).source())
