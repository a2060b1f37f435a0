"""Cross references of the docstrings: a Sphinx role becomes a link of the site."""

from __future__ import annotations

import re
from typing import Any

import griffe

__all__ = ["RolesAsLinks", "with_links"]

_ROLE = re.compile(r":(?:func|meth|class|mod|attr|exc|data):`(~?)([\w.]+)`")


def with_links(text: str, scope: Any) -> str:
    """Turn the roles of a docstring into links, where the site shows what they name.

    Parameters
    ----------
    text : str
        A docstring.
    scope : griffe.Object
        What it belongs to: short names are those of its class or module.

    Returns
    -------
    str
        The same text with links; what the site does not show becomes code.

    Examples
    --------
    >>> with_links("See :func:`~a.b`.", griffe.Module("a"))
    'See <autoref optional identifier="a.b"><code>b</code></autoref>.'
    """

    def link(found: re.Match[str]) -> str:
        tilde, name = found.groups()
        words = name.rpartition(".")[2] if tilde else name
        target = _full_name(name, scope)
        return f'<autoref optional identifier="{target}"><code>{words}</code></autoref>'

    return _ROLE.sub(link, text)


def _full_name(name: str, scope: Any) -> str:
    """Find what a name means: a member of the object, of its class, of its module, or absolute."""
    first = name.partition(".")[0]
    if first == scope.package.name:
        return name
    while scope is not None:
        if first in scope.members:
            return f"{scope.path}.{name}"
        scope = scope.parent
    return name


class RolesAsLinks(griffe.Extension):
    """Rewrite the docstrings of the package once it is read."""

    def on_package(self, *, pkg: griffe.Module, **kwargs: Any) -> None:
        """Rewrite the docstring of each module, class and function."""
        del kwargs
        _rewrite(pkg)


def _rewrite(scope: Any) -> None:
    if scope.docstring is not None:
        scope.docstring.value = with_links(scope.docstring.value, scope)
    for member in scope.members.values():
        if not member.is_alias:
            _rewrite(member)
