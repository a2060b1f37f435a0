"""The shell: one clear line for every bad input, nothing under the final name, exit codes."""

import click
import pytest
from click.testing import CliRunner

from tropdsx.cli.group import Sectioned, main
from tropdsx.cli.group import group as cli
from tropdsx.cli.options import chained

from helpers.shell import one_line


@pytest.mark.parametrize(
    ("arguments", "code", "match"),
    [
        (["convert", "absent.nc"], 1, "absent.nc"),
        (["convert", "absent*.nc"], 1, "absent"),
        (["convert", "good.nc", "--sharper"], 2, "--sharper"),
        (["convert", "good.nc", "--batch-size", "0"], 2, "batch-size"),
        (["convert", "good.nc", "--model", "absent.safetensors"], 1, "absent.safetensors"),
        (["convert", "good.nc", "--target", "7"], 1, "divide 180"),
        (["convert", "good.nc", "--target", "absent.nc"], 1, "absent.nc"),
        (["export", "vmf", "good.nc", "-o", "out"], 1, "--coefficients"),
        (
            ["convert", "good.nc", "--model", "none", "--device", "tpu", "-o", "no/where.nc"],
            1,
            "no",
        ),
        (["convert", "good.nc", "--model", "none", "--compression", "rar"], 1, "zlib"),
        (["convert", "good.nc", "--model", "none", "--height-model", "berg"], 1, "climatology"),
        (["divert", "good.nc"], 2, "divert"),
    ],
    ids=lambda value: "-".join(value[1:4]) if isinstance(value, list) else None,
)
def test_wrong_usage(run, here, arguments, code, match):
    found, out, err = run(*arguments)
    assert found == code
    assert out == ""
    assert match in err
    if code == 1:
        one_line(err)
    assert "Traceback" not in err
    assert not list(here.glob("*_tropdsx*"))


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["convert", "good.nc", "--target"], "tropdsx convert"),
        (["export", "vmf", "good.nc", "-o"], "tropdsx export vmf"),
        (["convert", "good.nc", "--heights", "berg"], "tropdsx convert"),
        (["--verbose"], "tropdsx"),
    ],
)
def test_wrong_usage_names_the_help_of_its_command(run, here, arguments, command):
    code, _, err = run(*arguments)
    assert code == 2
    assert f"(see {command} --help)" in err


@pytest.mark.parametrize(
    ("arguments", "code", "near"),
    [
        (["convrt", "good.nc"], 2, "convert"),
        (["convert", "good.nc", "--modle", "none"], 2, "--model"),
        (["convert", "god.nc"], 1, "good.nc"),
        (["convert", "good.nc", "--model", "defualt"], 1, "default"),
        (["convert", "good.nc", "--model", "none", "--height-model", "koubba"], 1, "kouba"),
        (["assets", "fetch", "gpt3_2"], 1, "gpt3_"),
    ],
    ids=["command", "option", "file", "model", "height-model", "asset"],
)
def test_an_error_suggests_the_nearest_name(run, here, arguments, code, near):
    found, out, err = run(*arguments)
    assert (found, out) == (code, "")
    assert near in err.lower().partition("did you mean ")[2].split("?")[0]
    assert len(err.splitlines()) == 1


def test_a_bare_command_shows_its_help(run):
    code, out, _ = run("convert")
    assert code == 2
    assert "Examples:" in out


def test_debug_shows_where(here):
    with pytest.raises(Exception, match="absent"):
        main(["convert", "absent.nc", "--debug"])


@pytest.mark.parametrize("group", [(), ("export",), ("assets",), ("patches",), ("levels",)])
def test_commands_are_listed_with_whole_sentences(run, group):
    code, out, _ = run(*group, "--help")
    listed = out.partition("Commands:\n")[2].partition("\n\n")[0]
    assert code == 0
    assert listed.strip()
    assert "..." not in listed
    assert listed.rstrip().endswith(".")


@pytest.mark.parametrize("command", ["vmf", "gacos", "opera"])
def test_help_of_an_export_has_its_own_examples(run, command):
    _, out, _ = run("export", command, "--help")
    shown = out.partition("Examples:\n")[2]
    assert {line.split()[2] for line in shown.splitlines() if "tropdsx export" in line} == {command}


@pytest.mark.parametrize("command", ["convert", "inspect"])
def test_help_teaches(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert "Examples:" in out
    assert f"tropdsx {command}" in out


def failing(monkeypatch, error):
    """Let inspect fail with an error."""

    def fail(*_):
        raise error

    monkeypatch.setattr("tropdsx.cli.inspect._describe", fail)


def test_a_reader_that_went_away_is_no_error(run, monkeypatch):
    failing(monkeypatch, BrokenPipeError())
    assert run("inspect", "good.nc") == (0, "", "")


def test_an_error_that_nobody_thought_of_is_one_line_or_all_of_it(run, monkeypatch):
    failing(monkeypatch, RuntimeError("the\nworld ended"))
    code, out, err = run("inspect", "good.nc")
    wanted = "tropdsx: error: RuntimeError: the world ended (add --debug for the traceback)\n"
    assert (code, out, err) == (1, "", wanted)
    with pytest.raises(RuntimeError, match="world ended"):
        main(["--debug", "inspect", "good.nc"])


def commands(command=cli, name="tropdsx"):
    """Each command with its name, groups too."""
    context = click.Context(command, info_name=name)
    for each in command.list_commands(context):
        found = command.get_command(context, each)
        yield f"{name} {each}", found
        if isinstance(found, click.Group):
            yield from commands(found, f"{name} {each}")


def test_every_option_of_every_command_is_explained():
    silent = [
        f"{name} {each.opts[-1]}"
        for name, command in commands()
        for each in command.params
        if isinstance(each, click.Option) and not (each.help or "").strip()
    ]
    assert silent == []


def test_every_command_shows_an_example():
    assert [name for name, command in commands() if "tropdsx " not in (command.epilog or "")] == []


@click.command(cls=Sectioned, first=["size", "help"])
@chained(click.option("--size", help="How large."), click.option("--hue", help="Which colour."))
@chained(click.option("--seed", help="Of chance."), heading="Machine")
def paint(size, hue, seed): ...


def test_help_begins_with_what_is_used_most():
    short, whole = (CliRunner().invoke(paint, [each]) for each in ("--help", "--help-all"))
    assert (short.exit_code, whole.exit_code) == (0, 0)
    assert "--hue" in short.output  # under no heading
    assert "--seed" not in short.output
    assert short.output.endswith("1 more options:\n  paint --help-all\n")
    assert whole.output.partition("Machine:\n")[2].startswith("  --seed TEXT  Of chance.")
    assert whole.output.count("--size TEXT") == 1
    assert "more options" not in whole.output
