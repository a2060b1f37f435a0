"""Every example in a docstring runs."""

import doctest
import importlib
import pkgutil

import pytest

import tropdsx

SKIPPED = {"tropdsx.__main__": "runs the command line"}
NAMES = ["tropdsx", *(m.name for m in pkgutil.walk_packages(tropdsx.__path__, "tropdsx."))]


@pytest.mark.filterwarnings("ignore::tropdsx.TropdsxWarning")
@pytest.mark.parametrize("name", [name for name in NAMES if name not in SKIPPED])
def test_examples_run(name):
    module = importlib.import_module(name)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, _ = doctest.testmod(module, optionflags=flags)
    assert failed == 0
