"""Which part each tensor of a sample plays, and the names that others know them by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tropdsx.errors import DomainError, did_you_mean

__all__ = ["PRESETS", "ROLES", "Preset", "check_roles"]

ROLES = ("target", "condition", "sparse", "static", "mask")
"""What is wanted, a field known everywhere, what is observed of the target, what never changes
(without a field of its own: where the target has values), and where it is observed."""


@dataclass(frozen=True)
class Preset:
    """Roles with their names, and the mask that goes with them.

    Parameters
    ----------
    roles : mapping of str to str
        Name of the tensor by role.
    mask : str
        Kind of :func:`tropdsx.draw_mask`.

    Examples
    --------
    >>> PRESETS["surface_plus_levels"].roles["condition"]
    'eo'
    """

    roles: Mapping[str, str]
    mask: str


_COMMON = {"target": "y", "sparse": "x", "mask": "valid_mask", "static": "land_mask"}

PRESETS: dict[str, Preset] = {
    "single": Preset(_COMMON, "rectangles"),
    "surface_plus_levels": Preset(_COMMON | {"condition": "eo"}, "rectangles"),
    "stations": Preset(_COMMON | {"condition": "eo"}, "stations"),
}


def check_roles(roles: Mapping[str, str]) -> None:
    """Refuse roles that nobody plays, or names that two have.

    Parameters
    ----------
    roles : mapping of str to str
        Name of the tensor by role.

    Raises
    ------
    DomainError
        Naming the first one.

    Examples
    --------
    >>> check_roles({"target": "y", "sparse": "x"})
    """
    for role in roles:
        if role not in ROLES:
            msg = f"role {role!r} is unknown{did_you_mean(role, ROLES)}; accepted are "
            raise DomainError(msg + ", ".join(ROLES))
    names = [*roles.values(), "date", "coords", "info"]
    twice = [name for name in names if names.count(name) > 1]
    if twice or "target" not in roles:
        why = f"two tensors are called {twice[0]!r}" if twice else "there is no target"
        msg = f"{why}; give each role a name of its own, beside date, coords and info"
        raise DomainError(msg)
