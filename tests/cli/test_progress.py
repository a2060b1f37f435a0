"""What commands show while they run."""

import sys
import warnings

import click
import pytest

from tropdsx.cli.progress import Progress, as_options, shown_warnings
from tropdsx.errors import TropdsxWarning, warn


def test_a_warning_is_one_line_and_said_once(capsys):
    with shown_warnings():
        for _ in range(3):
            warn("3 values are missing")
        warn("another thing")
    said = capsys.readouterr().err.splitlines()
    assert said == ["tropdsx: warning: 3 values are missing", "tropdsx: warning: another thing"]


def test_the_same_words_from_two_places_are_said_once(capsys):
    with shown_warnings():
        warnings.warn("a gap", TropdsxWarning, stacklevel=1)
        warnings.warn("a gap", TropdsxWarning, stacklevel=1)
    assert capsys.readouterr().err == "tropdsx: warning: a gap\n"


def test_warnings_of_other_packages_are_not_for_users(capsys):
    with shown_warnings():
        warnings.warn("something of a library", UserWarning, stacklevel=1)
    assert capsys.readouterr().err == ""


def test_what_shows_warnings_is_put_back():
    before = warnings.showwarning
    with pytest.raises(ZeroDivisionError), shown_warnings():
        1 / 0  # noqa: B018 - something that fails on the way
    assert warnings.showwarning is before


@pytest.mark.parametrize("quiet", [True, False])
def test_no_bar_in_a_pipe(quiet, capsys):
    with Progress(quiet) as progress:
        assert progress.of("downscaling") is None
        progress("downscaling", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with Progress(quiet=False) as progress:
        report = progress.of("downscaling")
        assert report is not None
        assert progress.bar.tasks[0].description == "downscaling"
        report(3, 8)
        task = progress.bar.tasks[0]
        assert (task.description, task.completed, task.total) == ("downscaling", 3, 8)
        progress.of("writing", "stations")
        task = progress.bar.tasks[0]  # how many stations is not known before the first
        assert (task.description, task.completed, task.total) == ("writing", 0, None)


def test_quiet_shows_no_bar_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with Progress(quiet=True) as progress:
        assert progress.bar is None


def test_short_work_shows_no_bar_and_long_work_does(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with Progress(quiet=False, after=60.0) as progress:
        progress.of("writing", "stations")(1, 2)
        assert not progress.bar.live.is_started
        progress.after = 0.0
        progress.of("writing", "stations")(2, 2)
        assert progress.bar.live.is_started
        assert progress.bar.tasks[0].fields["unit"] == "stations"


@pytest.mark.parametrize("transient", [True, False])
def test_a_bar_stays_or_goes(monkeypatch, transient):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert Progress(quiet=False, transient=transient).bar.live.transient is transient


def test_another_piece_of_work_has_a_rate_of_its_own(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with Progress(quiet=False) as progress:
        task = progress.bar.tasks[0]
        for done in range(4):
            progress("bilinear", done, 4)
        assert task.speed
        progress("physics", 0, 4)
        assert (task.description, task.completed, task.speed) == ("physics", 0, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("or use model=None", "or use --model none"),
        (
            "give coarse_orography= (--coarse-orography FILE), or",
            "give --coarse-orography FILE, or",
        ),
        ("; heights='geoid' (--heights geoid) says so", "; --heights geoid says so"),
        ("give --orography FILE (orography=...) [m]", "give --orography FILE [m]"),
        ("has them (orography=fine), or take", "has them (--orography FILE), or take"),
        ('a climatology (model="gpt3")', "a climatology (--model gpt3)"),
        ("leave out sigma=True", "leave out --sigma"),
        ("Select them: ds.sel(model=1)", "Select them: ds.sel(model=1)"),
        ("other=None and remodel=None", "other=None and remodel=None"),
        ("Or use model=None.", "Or use --model none."),
        ("name it 'it's' (model=None), or 'b'", "name it 'it's' (--model none), or 'b'"),
        ("or say model='run/wet'", "or say --model run/wet"),
    ],
)
def test_a_message_names_the_options_of_the_command(text, told):
    names = ["--model"], ["--heights"], ["--coarse-orography"], ["--orography"]
    made = [click.Option(each, metavar="FILE") for each in names]
    made.append(click.Option(["--sigma"], is_flag=True))
    assert as_options(text, click.Command("x", params=made)) == told


@pytest.mark.parametrize(
    "text",
    [
        "/tmp/model=era5/a.nc holds no delays",
        "no such file: model=era5/a.nc.",
        "no such file: model=era5.nc",
        "no such file: 'a folder with model=era5 in it/a.nc'",
        'no such file: "of model=era5"',
        "the file my-model=None holds no delays",
        "C:\\data\\model=era5 (--model NAME) is no file",
        "model=/tmp/a.nc and model=2021-03.nc",
        "s3://store/model='era5'/a.zarr#model=x",
    ],
)
def test_names_of_files_stay_as_they_are(text):
    command = click.Command("x", params=[click.Option(["--model"], metavar="NAME|PATH|none")])
    assert as_options(text, command) == text


@pytest.mark.parametrize(
    "name",
    ["my --model file.nc", "my model=era5 file.nc", "of (model=None).nc", "a/b model=1 c.nc"],
)
@pytest.mark.parametrize("form", ["{}", "--model={}", "-m={}"])
def test_names_with_blanks_and_words_of_options_stay(name, form):
    command = click.Command("x", params=[click.Option(["--model"], metavar="NAME|PATH|none")])
    for text in ("no such file: {}", "{} (model=None) is no network", "/tmp/{} is damaged"):
        told = as_options(text.format(name), command, ["--model", form.format(name)])
        assert told == text.replace("model=None", "--model none").format(name)


def test_warnings_keep_the_names_of_files(capsys):
    command = click.Command("x", params=[click.Option(["--model"]), click.Argument(["files"])])
    with click.Context(command) as context, shown_warnings():
        context.params = {"files": ("my model=a b.nc",), "model": None, "count": 3}
        warn("my model=a b.nc is old; use model=None")
    assert capsys.readouterr().err == "tropdsx: warning: my model=a b.nc is old; use --model none\n"


def test_an_option_of_several_forms_is_named_by_the_first():
    command = click.Command("x", params=[click.Option(["--model"], metavar="NAME|PATH|none")])
    assert as_options("take another (model=mine)", command) == "take another (--model NAME)"
