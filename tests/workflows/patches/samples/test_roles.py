"""Roles."""

import pytest

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.samples.masks import KINDS
from tropdsx.workflows.patches.samples.roles import PRESETS, ROLES, check_roles


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_in_order(name):
    check_roles(PRESETS[name].roles)
    assert set(PRESETS[name].roles) <= set(ROLES)
    assert PRESETS[name].mask in KINDS


@pytest.mark.parametrize(
    ("roles", "told"),
    [
        ({"target": "y", "conditon": "c"}, "'conditon' is unknown.*condition"),
        ({"sparse": "x"}, "there is no target"),
        ({"target": "y", "mask": "y"}, "two tensors are called 'y'"),
        ({"target": "date"}, "two tensors are called 'date'"),
    ],
)
def test_what_cannot_be_is_refused(roles, told):
    with pytest.raises(DomainError, match=told):
        check_roles(roles)
