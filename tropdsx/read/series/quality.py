"""What the modes and flags of profiles say: which of two twins counts, and what is left out.

Argo user's manual (doi:10.13155/29825), section 2.2.5 and reference table 2: parameters of mode R
have raw values alone; of modes A and D the adjusted ones count, missing where they are bad.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import InputError, warn

__all__ = ["USUAL", "hold_to_flags", "is_twin", "leave_out_misplaced", "modes_of"]

_ESTIMATED = frozenset({5.0, 8.0})
"""Flags of positions and dates that were corrected, or estimated, as under ice: they are good."""

USUAL = (1, 2)
"""Good and probably good, of Argo and of the table of IODE, where a flag does not say otherwise."""
_GOOD = re.compile(
    r"((probably|likely)_)?(good|acceptable|accepted|pass|passed|correct)"
    r"(_(data|value|values|measurement))?"
)
_SUFFIXES = ("_qc", "_QC", "_quality_control", "_flag", "_WODflag")
_PLACE, _DATE = ("POSITION_QC", "position_qc"), ("TIME_QC", "time_qc", "JULD_QC", "juld_qc")
_POLE = 90.0
_BLANK, _NO_NUMBER = -1.0, -2.0
"""What flags are read as that are not there, or are no number."""
Texts = NDArray[np.str_]
Array = NDArray[np.float64]


def is_twin(name: Hashable) -> bool:
    """Tell the name of an adjusted variable.

    Parameters
    ----------
    name : hashable
        Of a variable.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_twin("PRES_ADJUSTED"), is_twin("PRES")
    (True, False)
    """
    return str(name).lower().endswith("_adjusted")


def modes_of(ds: xr.Dataset) -> dict[str, Texts]:
    """Find which mode each profile has: R (real time), A (adjusted) or D (delayed).

    Parameters
    ----------
    ds : Dataset
        As stored, with any of ``PARAMETER_DATA_MODE`` beside ``STATION_PARAMETERS``,
        ``<name>_DATA_MODE`` and ``DATA_MODE``.

    Returns
    -------
    dict of str to ndarray of str, shape (n,)
        By the name of a parameter; "" stands for those that are not named.

    Examples
    --------
    >>> modes_of(xr.Dataset({"DATA_MODE": ("N_PROF", [b"R", b"D"])}))[""].tolist()
    ['R', 'D']
    """
    found = {}
    for name in ds.variables:
        stem, is_mode, rest = str(name).upper().rpartition("DATA_MODE")
        if is_mode and not rest and ds[name].ndim == 1 and ds[name].dtype.kind in "SUO":
            found[stem.removesuffix("_")] = _texts(ds[name].to_numpy())
    lists = [name for name in ("PARAMETER_DATA_MODE", "STATION_PARAMETERS") if name in ds.variables]
    if len(lists) == 2 and ds[lists[0]].dims == ds[lists[1]].dims and ds[lists[0]].ndim == 2:
        modes, names = (_texts(ds[name].to_numpy()) for name in lists)
        for parameter in np.unique(names[names != ""]):
            # A parameter need not stand at the same place in each profile.
            each = [
                max(row, default="") for row in np.where(names == parameter, modes, "").tolist()
            ]
            found[str(parameter)] = np.array(each, dtype=np.str_)
    return found


def _texts(values: NDArray) -> Texts:
    """Read characters; what is filled becomes empty."""
    text = [v.decode() if isinstance(v, bytes) else v for v in values.ravel().tolist()]
    text = [v.strip().upper() if isinstance(v, str) else "" for v in text]
    return np.array(text, dtype=np.str_).reshape(values.shape)


def hold_to_flags(
    ds: xr.Dataset, good: Collection[int] | None, modes: Mapping[str, Texts]
) -> xr.Dataset:
    """Take the values that count, raw or adjusted, as far as their flags call them good.

    Parameters
    ----------
    ds : Dataset
        On (profile, level).
    good : collection of int, optional
        Flags whose values are kept; None for what the flags themselves call good, else `USUAL`.
    modes : mapping of str to ndarray of str, shape (n,)
        Of :func:`modes_of`. Profiles of no known mode have adjusted values where there are any.

    Returns
    -------
    Dataset
        Without flags and without adjusted twins; what is left out is missing and warned of.

    Examples
    --------
    >>> two = ("profile", "level")
    >>> ds = xr.Dataset({"TEMP": (two, [[1.0], [2.0]]), "TEMP_ADJUSTED": (two, [[1.5], [2.5]])})
    >>> hold_to_flags(ds, (1, 2), {"": np.array(["D", "R"])}).TEMP.values.tolist()
    [[1.5], [2.0]]
    """
    twins = {n: twin for n in ds.variables if (twin := _twin_of(ds, n)) is not None}
    flags = {n: flag for n in ds.variables if (flag := _flag_of(ds, n)) is not None}
    lost, total, bare = 0, 0, 0
    unadjusted: dict[str, int] = {}
    fields: dict[Hashable, xr.DataArray] = {}
    for name in sorted(({*twins, *flags}) - {*twins.values(), *flags.values()}, key=str):
        if ds[name].dtype.kind not in "fiu":
            continue
        values, found = ds[name], _judged(ds, flags.get(name), ds[name].dims, good)
        if (twin := twins.get(name)) is not None:
            taken, bad = _adjusted(ds, name, twin, modes)
            values = ds[twin].where(taken, values).assign_attrs(values.attrs | ds[twin].attrs)
            own = _judged(ds, flags.get(twin), ds[twin].dims, good)
            found = np.where(taken.broadcast_like(values), own, found)
            unadjusted |= {str(name): bad} if bad else {}
        kept = found > 0.0
        known = np.isfinite(values.to_numpy().astype(np.float64))
        lost, total = lost + int((known & ~kept).sum()), total + int(known.sum())
        bare += int((known & (found == _BLANK)).sum())
        fields[name] = values if kept.all() else values.where(kept)
    if unadjusted:
        which = ", ".join(f"{count} of {name}" for name, count in unadjusted.items())
        warn(f"adjusted or delayed profiles without any adjusted value: {which}: left out as bad")
    if lost:
        told = ", ".join(sorted({_list(_good_of(ds, flag, good)) for flag in flags.values()}))
        hint = "; ask for other flags with good=, or --good" if lost == total else ""
        none = f" ({bare} of them none at all)" if bare else ""
        warn(f"{lost} of {total} values have another flag than {told}{none}: left out{hint}")
    return ds.assign(fields).drop_vars({*flags.values(), *twins.values()})


def _twin_of(ds: xr.Dataset, name: Hashable) -> Hashable | None:
    names = (f"{name}_ADJUSTED", f"{name}_adjusted")
    return next((n for n in names if n in ds.variables and ds[n].dims == ds[name].dims), None)


def _adjusted(
    ds: xr.Dataset, name: Hashable, twin: Hashable, modes: Mapping[str, Texts]
) -> tuple[xr.DataArray, int]:
    """Say which profiles count by their adjusted values, and of how many these are missing."""
    has, raw = (ds[n].notnull().any(ds[n].dims[1:]) for n in (twin, name))
    none = np.full(has.shape, "")
    own, common = (np.resize(modes.get(n, none), has.shape) for n in (str(name).upper(), ""))
    mode = np.where(own == "", common, own)
    told = np.isin(mode, ["A", "D"])
    taken = has.copy(data=np.where(mode == "R", False, told | has.to_numpy()))
    return taken, int((told & ~has & raw).sum())


def _flag_of(ds: xr.Dataset, name: Hashable) -> Hashable | None:
    named = str(ds[name].attrs.get("ancillary_variables", "")).split()
    status = [
        each
        for each in named
        if each in ds.variables
        and str(ds[each].attrs.get("standard_name", "")).endswith(("status_flag", "quality_flag"))
    ]
    by_name = [f"{name}{end}" for end in _SUFFIXES if f"{name}{end}" in ds.variables]
    return next(iter([*status, *by_name]), None)


def _good_of(ds: xr.Dataset, flag: Hashable, good: Collection[int] | None) -> set[float]:
    """List the flags that are good: what the caller says, else what the flags themselves say."""
    if good is not None:
        return {float(each) for each in good}
    if str(flag).endswith("_WODflag"):  # World Ocean Database: 0 is accepted, 1 out of range
        return {0.0}
    words = str(ds[flag].attrs.get("flag_meanings", "")).lower().split()
    values = ds[flag].attrs.get("flag_values", [])
    values = re.split(r"[,\s]+", values) if isinstance(values, str) else np.ravel(values).tolist()
    pairs = zip(values, words, strict=False) if len(values) == len(words) else ()
    numbers = ((str(value).removesuffix(".0"), word) for value, word in pairs)
    told = {float(n) for n, word in numbers if n.isdigit() and _GOOD.fullmatch(word)}
    return told or {float(each) for each in USUAL}


def _judged(
    ds: xr.Dataset, flag: Hashable | None, dims: tuple[Hashable, ...], good: Collection[int] | None
) -> Array:
    """Say which values are good (1), bad (0) or have a blank flag."""
    found = _numbers(ds, flag, dims)
    fine = np.isnan(found) | np.isin(found, [] if flag is None else list(_good_of(ds, flag, good)))
    return np.where(fine | (found != _BLANK), fine.astype(np.float64), _BLANK)


def _numbers(ds: xr.Dataset, flag: Hashable | None, dims: tuple[Hashable, ...]) -> Array:
    """Read flags, also of characters; NaN where nothing is flagged, and two kinds of no number."""
    if flag is None or ds[flag].dims != dims:
        return np.full([ds.sizes[dim] for dim in dims], np.nan)
    values = ds[flag].to_numpy()
    if values.dtype.kind in "fiu":
        return np.where(np.isfinite(values), values, _BLANK).astype(np.float64)
    texts = _texts(values)
    other = np.where(texts == "", str(_BLANK), str(_NO_NUMBER))
    return np.where(np.char.isdigit(texts), texts, other).astype(np.float64)


def leave_out_misplaced(
    ds: xr.Dataset, there: Mapping[str, Hashable], good: Collection[int] | None, path: object
) -> tuple[NDArray[np.bool_], xr.Dataset]:
    """Leave out profiles whose position or date is missing or flagged as bad.

    Parameters
    ----------
    ds : Dataset
        On (profile, level).
    there : mapping of str to hashable
        Names of ``lat``, ``lon`` and perhaps ``time``.
    good : collection of int, optional
        Flags that are kept, beside 5 and 8; None as for :func:`hold_to_flags`.
    path : path
        For the message.

    Returns
    -------
    whole : ndarray of bool, shape (n,)
        Which profiles are left.
    ds : Dataset
        These, without the flags that were used; with warnings that count the others, and those
        whose flag is blank: it judges nothing.

    Raises
    ------
    InputError
        If nothing is left.

    Examples
    --------
    >>> ds = xr.Dataset({"lat": ("profile", [1.0]), "lon": ("profile", [2.0])})
    >>> leave_out_misplaced(ds, {"lat": "lat", "lon": "lon"}, (1, 2), "a.nc")[0]
    array([ True])
    """
    lost = dict.fromkeys(("position", "date"), np.zeros(ds.sizes["profile"], np.bool_))
    blank = dict(lost)
    used: set[Hashable] = {name for name in (*_PLACE, *_DATE) if name in ds.variables}
    accepted, others = set(_ESTIMATED), set[float]()
    for role, usual in (("lat", _PLACE), ("lon", _PLACE), ("time", _DATE)):
        name = there.get(role)
        if name is None or ds[name].dims != ("profile",):
            continue
        own = _flag_of(ds, name)
        flag = next((n for n in (own, *usual) if n in ds.variables), None)
        used |= {own} - {None}
        found, kept = _numbers(ds, flag, ("profile",)), _good_of_places(ds, flag, good)
        bad = ~np.isnan(found) & ~np.isin(found, [*kept, _BLANK])
        accepted, others = accepted | kept, others | set(found[bad & (found >= 0)].tolist())
        what = "date" if role == "time" else "position"
        blank[what] = blank[what] | (found == _BLANK)
        lost[what] = lost[what] | bad | (role != "time" and _is_nowhere(ds[name], role))
    whole = ~(lost["position"] | lost["date"])
    ds = ds.drop_vars(used)
    if unflagged := _count({what: each & whole for what, each in blank.items()}):
        warn(f"{unflagged} of {whole.size} profiles has no flag: taken as good")
    if whole.all():
        return whole, ds
    text = f"{_count(lost)} of {whole.size} profiles is missing or has another flag than "
    text += _list(accepted)
    if not whole.any():
        msg = f"{path}: {text}{_advice(others, accepted - _ESTIMATED)}"
        raise InputError(msg)
    warn(f"{text}: left out")
    return whole, ds.isel(profile=whole)


def _good_of_places(
    ds: xr.Dataset, flag: Hashable | None, good: Collection[int] | None
) -> set[float]:
    """List the good flags of positions or dates; those of estimated ones unless flags tell more."""
    usual = set(map(float, USUAL if good is None else good))
    own = usual if flag is None else _good_of(ds, flag, good)
    return own | _ESTIMATED if own == usual else own


def _is_nowhere(place: xr.DataArray, role: str) -> NDArray[np.bool_]:
    return ~(np.abs(place.to_numpy().astype(np.float64)) <= (_POLE if role == "lat" else 4 * _POLE))


def _count(which: Mapping[str, NDArray[np.bool_]]) -> str:
    return " and ".join(f"the {what} of {int(n.sum())}" for what, n in which.items() if n.any())


def _list(flags: Iterable[float]) -> str:
    return ", ".join(f"{each:g}" for each in sorted(flags))


def _advice(others: set[float], accepted: set[float]) -> str:
    """Say how to have profiles whose flags are not good, where it is by their flags."""
    if not others:
        return ""
    every = _list(accepted | others)
    text = f"; their flags are {_list(others)}"
    text += " (no quality control performed)" if others == {0.0} else ""
    text += f". To take them, ask for these flags: open_profiles(path, good=({every})), or on the "
    return f"{text}command line --good {every.replace(' ', '')}"
