"""Options that commands share."""

import click
import pytest
from click.testing import CliRunner

from tropdsx.cli import options


@pytest.mark.parametrize(
    ("text", "pair"), [(None, None), ("0,50", (0.0, 50.0)), (" -1 , 2e1", (-1.0, 20.0))]
)
def test_two_numbers_are_read(text, pair):
    assert options.number_pair(text) == pair


@pytest.mark.parametrize("text", ["0", "0,1,2", "low,high", "", "0;50"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(click.BadParameter, match="give two numbers such as 0,50"):
        options.number_pair(text)


def values_of(decorator, arguments):
    """What a command with these options gets."""

    @click.command()
    @decorator
    def command(**given):
        click.echo(repr(given))

    ran = CliRunner().invoke(command, arguments)
    assert ran.exit_code == 0, ran.output
    return eval(ran.output, {})


@pytest.mark.parametrize(
    ("decorator", "arguments", "expected"),
    [
        (options.output("somewhere"), ["-o", "x.nc"], {"output": "x.nc"}),
        (options.norm("range"), ["--norm", "0,50"], {"norm": (0.0, 50.0)}),
        (options.overwrite(), ["--overwrite"], {"overwrite": True}),
        (options.quiet(), ["-q"], {"quiet": True}),
        (options.compression, [], {"compression": "zlib:1"}),
        (
            options.network_options,
            ["--batch-size", "2"],
            {"device": "auto", "batch_size": 2, "precision": "float32"},
        ),
        (options.slice_times, ["--step", "6h"], {"start": None, "step": "6h"}),
    ],
)
def test_shared_options(decorator, arguments, expected):
    assert values_of(decorator, arguments) == expected


def test_help_lists_chained_options_in_their_order():
    @click.command()
    @options.network_options
    def command(**given):
        del given

    text = CliRunner().invoke(command, ["--help"]).output
    places = [text.index(f"--{name}") for name in ("device", "batch-size", "precision")]
    assert places == sorted(places)
