"""What README and pages say can be done: commands parse, names exist, links lead somewhere."""

import ast
import re
import shlex
import shutil
import subprocess
import sys

import click
import pytest

import tropdsx
from tropdsx.cli.group import group

from helpers.paths import ROOT

README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").rglob("*.md"))
OUTSIDE = [
    path for folder in (".", "benchmarks", "sample_data") for path in (ROOT / folder).glob("*.md")
]
ACCESSORS = {
    *dir(tropdsx.TropdsAccessor),
    *dir(tropdsx.ArrayAccessor),
}

pytestmark = pytest.mark.skipif(not PAGES, reason="docs are not here: an installed package")


def blocks_of(path, *languages):
    """Give the fenced blocks of a page in one of the languages, without their indentation."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(r"^([ ]*)```(\w*)\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL)
    return [
        re.sub(rf"^{indent}", "", code, flags=re.MULTILINE)
        for indent, language, code in found
        if language in languages
    ]


def name_of(path):
    return path.relative_to(ROOT).as_posix()


# ------------------------------------------------------------------------ README


def test_readme_is_short():
    assert len(README.read_text(encoding="utf-8").split()) <= 450


def test_readme_has_the_two_commands_of_the_gate():
    main, tests = blocks_of(README, "bash")[:2]
    if not (ROOT / ".ci" / "run").is_file():
        pytest.skip("the gate is not here: not a checkout")
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in (main, tests):
        install, then = command.strip().split(" && ")
        assert then in gate
        assert install.replace("pip install", "pip install -q") in gate


def test_picture_is_small():
    picture = re.search(r"!\[[^\]]+\]\(([^)]+)\)", README.read_text(encoding="utf-8")).group(1)
    assert 10e3 < (ROOT / picture).stat().st_size < 200e3


def test_scores_of_readme_are_those_of_the_page():
    def row(path, beginning):
        line = next(line for line in path.read_text("utf-8").splitlines() if beginning in line)
        return [cell.strip() for cell in line.split("|")[2:]]

    page = ROOT / "docs" / "explanation" / "network.md"
    lines = page.read_text(encoding="utf-8").splitlines()
    first = next(n for n, line in enumerate(lines) if "test block 2024-02-11..14, ZHD" in line)
    for name, line in zip(("ZHD", "ZWD"), lines[first : first + 2], strict=True):
        bilinear, _, physics, network, *_ = [cell.strip() for cell in line.split("|")[2:]]
        assert row(README, f"| {name} |")[:3] == [bilinear, physics, network]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Give a folder to write to, with the sample data."""
    # What the first command of the README has made beside them stays behind.
    made = shutil.ignore_patterns("*_tropdsx.*")
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data", ignore=made)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_python_of_readme_runs(checkout):
    exec(compile(blocks_of(README, "python")[0], "README.md", "exec"), {})
    assert (checkout / "fine.nc").stat().st_size > 1e6


@pytest.mark.slow
def test_start_page_runs(checkout):
    for code in blocks_of(ROOT / "docs" / "index.md", "python"):
        exec(compile(code, "index.md", "exec"), {})
    for words in commands_in(ROOT / "docs" / "index.md"):
        command = [sys.executable, "-m", "tropdsx", *words]
        ran = subprocess.run(command, capture_output=True, text=True)
        assert ran.returncode == 0, (words, ran.stderr)
    made = {path.name for path in checkout.iterdir()}
    assert made > {"fine.nc", "fine.zarr", "result.nc", "result.html", "physics.nc", "vmf.nc"}


# ------------------------------------------------------------------------ links outside of the site


@pytest.mark.parametrize("path", OUTSIDE, ids=name_of)
def test_links_lead_to_files(path):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith(("http:", "https:"))]
    assert [link for link in local if not (path.parent / link).exists()] == []


# ------------------------------------------------------------------------ what can be done


def commands_in(path):
    """Give the command lines of tropdsx in the shell blocks of a page, as lists of words."""
    for block in blocks_of(path, "bash", "sh", ""):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|\|(?=\s)", re.split(r"\s#\s", line)[0]):
                words = shlex.split(part.removesuffix("&"), comments=False) if part.strip() else []
                if words[:1] == ["tropdsx"] or words[:3] == ["python", "-m", "tropdsx"]:
                    yield words[words.index("tropdsx") + 1 :]


@pytest.mark.parametrize("path", [README, *PAGES], ids=name_of)
def test_commands_have_these_options(path):
    for words in commands_in(path):
        check_options(group, words)


def check_options(command, words):
    """Parse words as click would, without looking for files."""
    context = click.Context(command, info_name="tropdsx")
    if isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"no command {words[0]}"
        return check_options(found, words[1:])
    command.make_parser(context).parse_args([word for word in words if word != "..."])
    return None


def test_a_wrong_option_is_found():
    with pytest.raises(click.NoSuchOption):
        check_options(group, ["convert", "in.nc", "--heigth", "geoid"])


@pytest.mark.parametrize("path", [README, *PAGES], ids=name_of)
def test_python_uses_what_is_there(path):
    for code in blocks_of(path, "python"):
        for node in ast.walk(ast.parse(code)):
            if not isinstance(node, ast.Attribute):
                continue
            owner = ast.unparse(node.value)
            if owner == "tropdsx":
                assert hasattr(tropdsx, node.attr)
            elif owner == "atmos":
                assert node.attr in tropdsx.atmos.__all__
            elif owner.endswith(".tropds"):
                assert node.attr in ACCESSORS
