"""The command line: each command parses, calls one public function, and prints."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from tropdsx.cli.progress import as_options
from tropdsx.errors import TropdsxError, did_you_mean
from tropdsx.system.imports import spare_array_libraries
from tropdsx.system.interrupts import Terminated, sigterm_interrupts, status_of

__all__ = ["Listing", "Sectioned", "main"]

#: Where each command lives; a module is imported when its command is called or listed.
COMMANDS = {
    "convert": "tropdsx.cli.convert:convert",
    "inspect": "tropdsx.cli.inspect:inspect",
    "delays": "tropdsx.cli.delays:delays",
    "stations": "tropdsx.cli.exchange.stations:stations",
    "export": "tropdsx.cli.exchange.export:export",
    "pwv": "tropdsx.cli.exchange.pwv:pwv",
    "gpt3": "tropdsx.cli.gpt3:gpt3",
    "assets": "tropdsx.cli.assets:assets",
    "evaluate": "tropdsx.cli.evaluate:evaluate",
    "report": "tropdsx.cli.exchange.report:report",
    "reconstruct": "tropdsx.cli.reconstruct:reconstruct",
    "levels": "tropdsx.cli.reconstruct:levels",
    "train": "tropdsx.cli.training.command:train",
    "simulate": "tropdsx.cli.simulate:simulate",
    "patches": "tropdsx.cli.exchange.export:patches",
    "import-checkpoint": "tropdsx.cli.import_checkpoint:import_checkpoint",
    "doctor": "tropdsx.cli.shell.doctor:doctor",
    "completion": "tropdsx.cli.shell.completion:completion",
}


START = """
\b
Start here:
  tropdsx inspect era5_ztd.nc     what a file holds and whether it can be converted
  tropdsx convert era5_ztd.nc     5 degrees to 1 degree, physics and network
  tropdsx COMMAND --help          examples and options of a command
"""


class StoppedError(Exception):
    """A command was ended by SIGTERM; click would begin a line of its own for an interrupt."""


class Listing(click.Group):
    """A group whose help lists each command with the whole of its first sentence."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list; click itself cuts sentences off at the end of a line."""
        named = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, each.get_short_help_str(200)) for name, each in named if each is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class Sectioned(click.Command):
    """A command whose help lists its options under headings.

    Parameters
    ----------
    *given, **named
        As `click.Command` has them. Headings come from :func:`tropdsx.cli.options.chained`.
    first : sequence of str, optional
        Names of the options that ``--help`` shows; ``--help-all`` then shows all of them.
    """

    def __init__(self, *given: Any, first: Sequence[str] = (), **named: Any) -> None:
        super().__init__(*given, **named)
        self.first = set(first)
        if first:
            self.params.append(_HELP_ALL)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, those used most in front."""
        whole = not self.first or _WHOLE in ctx.meta
        sections = self.sections(ctx)
        rest = [] if whole else [sections.pop(each) for each in list(sections)[1:]]
        for heading, rows in sections.items():
            with formatter.section(heading):
                formatter.write_dl(rows)
        if rest:
            with formatter.section(f"{sum(map(len, rest))} more options"):
                formatter.write_text(f"{ctx.command_path} --help-all")

    def sections(self, ctx: click.Context) -> dict[str, list[tuple[str, str]]]:
        """Give name and meaning of each option by heading; without one, or first: "Options"."""
        found: dict[str, list[tuple[str, str]]] = {"Options": []}
        for each in self.get_params(ctx):
            record = each.get_help_record(ctx)
            if record is not None and isinstance(each, click.Option):
                own = getattr(each, "heading", "Options")
                heading = "Options" if each.name in self.first else own
                found.setdefault(heading, []).append(record)
        return found


def _show_all(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print the whole help and end."""
    if wanted and not ctx.resilient_parsing:
        ctx.meta[_WHOLE] = True
        click.echo(ctx.get_help())
        ctx.exit()


_WHOLE = "tropdsx.help_all"
_HELP_ALL = click.Option(
    ["--help-all"],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_all,
    help="Show all options and exit.",
)


class Commands(Listing):
    """Commands that are loaded when they are needed, so that --help stays quick."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except Terminated as stop:
            raise StoppedError from stop

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of COMMANDS, most used first."""
        del ctx
        return list(COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; where there is none of this name, say which one is near."""
        unknown = args[0] not in COMMANDS and not ctx.resilient_parsing
        if unknown and (near := did_you_mean(args[0], COMMANDS)):
            ctx.fail(f"No such command {args[0]!r}{near}.")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        if ctx.resilient_parsing:  # a shell asks what could come next
            from tropdsx.cli.shell.completion import offer_files

            offer_files(command)
        return command


@click.group(
    cls=Commands,
    epilog=START,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="tropdsx", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the full traceback of an error.")
def group(debug: bool) -> None:
    """Downscale tropospheric zenith delays (ZHD, ZWD) to the real terrain."""
    del debug


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Parameters
    ----------
    arguments : sequence of str, optional
        Command line without the program's name; default: that of the process.

    Raises
    ------
    SystemExit
        Always: 0 done, 1 wrong data, 2 wrong usage, 130 interrupted, 143 by SIGTERM.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    spare_array_libraries()
    # A killed conversion cleans up after itself as an interrupted one does.
    with sigterm_interrupts():
        sys.exit(_run(given, debug))


def _run(arguments: list[str], debug: bool) -> int:
    runner: Callable[..., Any] = group.main
    try:
        runner(args=arguments, prog_name="tropdsx", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        click.echo(help_wanted.format_message())
        return 2
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else _command_of(arguments)[1]
        return _fail(f"{error.format_message()} (see {path} --help)", 2)
    except (click.Abort, StoppedError, KeyboardInterrupt) as stop:
        # Both are raised from the interrupt.
        status = status_of(stop.__cause__ or stop)
        return _fail("interrupted; nothing was written under the final name", status)
    except TropdsxError as error:
        if debug:
            raise
        return _fail(as_options(str(error), _command_of(arguments)[0], arguments), 1)
    except BrokenPipeError:
        return 0
    except Exception as error:
        if debug:
            raise
        what = " ".join(str(error).split()) or "no further information"
        return _fail(f"{type(error).__name__}: {what} (add --debug for the traceback)", 1)
    return 0


def _command_of(arguments: list[str]) -> tuple[click.Command, str]:
    """Find the command that was called, below groups such as export, and what it is called by."""
    found: click.Command = group
    path = "tropdsx"
    for each in arguments:
        below = (
            found.get_command(click.Context(found), each)
            if isinstance(found, click.Group)
            else None
        )
        if below is not None:
            found, path = below, f"{path} {each}"
    return found, path


def _fail(message: str, status: int) -> int:
    """Print one line."""
    click.echo(f"tropdsx: error: {' '.join(message.split())}", err=True)
    return status
