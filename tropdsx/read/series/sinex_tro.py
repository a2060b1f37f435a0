"""Read SINEX_TRO, versions 0.01 to 2.00: columns by their names and units, never by position."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import xarray as xr
from xarray.backends import BackendEntrypoint

from tropdsx.cf.quantities import DELAYS_AND_TOTAL
from tropdsx.cf.sinex_tro import PARAMETERS, STDDEV, sigma_name
from tropdsx.errors import InputError, warn
from tropdsx.read.series.sinex_blocks import SinexFile, places_of, read_blocks, time_of
from tropdsx.read.series.station_series import (
    lay_out,
    without_gap_marks,
    without_impossible,
    without_strange_air,
)
from tropdsx.read.text import list_some

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["SinexTroBackendEntrypoint", "read_sinex_tro"]

_SOLUTION, _DESCRIPTION = "TROP/SOLUTION", "TROP/DESCRIPTION"
_GRADIENTS = {each.name for each in PARAMETERS.values() if each.name.startswith("gradient")}
_NO_NUMBERS = ["*" * count for count in range(1, 13)]
"""What Fortran writes of numbers that do not fit their columns, and others of missing ones."""
_NO_NUMBERS += ["nan", "NaN", "NAN", "NA", "-", "--", "---"]
_WATER_AS_LENGTH, _MILLI = ("PWV", "WVAPOR"), 1e3
_SPELLED = {"SIG": STDDEV, "_SIG": STDDEV, "SIGMA": STDDEV, "STDEV": STDDEV, "STD": STDDEV}


def read_sinex_tro(path: str | Path) -> xr.Dataset:
    r"""Read a SINEX_TRO file.

    Parameters
    ----------
    path : str or Path
        Version 0.01, 1.00 or 2.00; plain, .xz or .gz.

    Returns
    -------
    Dataset
        On (time, station): ``ztd``, ``zhd``, ``zwd``, gradients such as ``gradient_north`` [m],
        what else the file has of water vapour, and ``*_sigma`` of each; ``lat``, ``lon`` [deg] and
        ``height`` [m, ellipsoidal] on ``station``. Times are in the time system of the file, which
        the attribute ``time_system`` names: GPS time runs 18 s ahead of UTC.

    Raises
    ------
    InputError
        If the file is damaged, its columns are not named or not as many as named, or its delays
        are none in the units that it gives.

    Examples
    --------
    >>> import tempfile
    >>> text = (
    ...     "%=TRO 2.00 A\n+TROP/DESCRIPTION\n TROPO PARAMETER NAMES  TROTOT STDDEV\n"
    ...     " TROPO PARAMETER UNITS  1e+03  1e+03\n-TROP/DESCRIPTION\n+TROP/SOLUTION\n"
    ...     " WTZR00DEU 2021:030:21600 2301.2 1.5\n-TROP/SOLUTION\n%=ENDTRO\n"
    ... )
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text(text)
    ...     ds = read_sinex_tro(file.name)
    >>> ds.ztd.values.round(4), ds.ztd_sigma.values, str(ds.time.values[0])[:16]
    (array([[2.3012]]), array([[0.0015]]), '2021-01-30T06:00')
    """
    file = read_blocks(path)
    if _SOLUTION not in file.blocks:
        msg = f"{path} has no block {_SOLUTION}, only {list_some(list(file.blocks))}"
        raise InputError(msg)
    about = _description(file)
    table = _table(file)
    codes = _codes(file, about, table.shape[1] - 2)
    factors = _factors(file, about, codes)
    times = _times(file, table[1])
    values: dict[str, tuple[NDArray[np.float64], dict[str, Any]]] = {}
    left: list[str] = []
    for place, (code, factor) in enumerate(zip(codes, factors, strict=True)):
        name, attrs = _variable(codes, place)
        if name is None or name in values:
            left.append(code)
            continue
        numbers = table[place + 2].to_numpy()
        if name not in ("zhd", "ztd"):  # these are far from any mark
            signed = name == "zwd" or name in _GRADIENTS
            numbers = without_gap_marks(file.path, name, numbers, signed=signed)
        numbers = numbers / factor
        if name in DELAYS_AND_TOTAL:
            numbers = without_impossible(file.path, name, numbers)
        values[name] = (without_strange_air(file.path, name, numbers), attrs)
    if left:
        warn(f"{path}: columns {list_some(left)} are not known or there twice, and left out")
    _tell_exchanged(file, codes, list(values))
    ds = lay_out(file.path, table[0].to_numpy(object), times, values, places_of(file))
    ds.attrs["time_system"] = about.get("TIME SYSTEM", ["G"])[0]
    return ds.assign_attrs(source=f"SINEX_TRO {file.version:.2f}")


def _tell_exchanged(file: SinexFile, codes: list[str], names: list[str]) -> None:
    """Pass on what the Nevada Geodetic Laboratory says of its files (README_trop2.txt, 2020)."""
    about = file.blocks.get("FILE/REFERENCE", "")
    is_theirs = "WVAPOR" in codes or re.search(r"\bNGL\b|\bUNR\b|Nevada|unr\.edu", about)
    if is_theirs and any(name.startswith("gradient") for name in names):
        warn(
            f"{file.path}: its makers (NGL) say that the columns of the two gradients, TGNTOT and "
            "TGETOT, are interchanged in their files; here they are as the file names them"
        )


def _description(file: SinexFile) -> dict[str, list[str]]:
    """Words by keyword; a keyword ends where two blanks stand, or after its 29 columns."""
    found: dict[str, list[str]] = {}
    for row in file.rows(_DESCRIPTION):
        key, *rest = re.split(r"\s{2,}|\t+", row.strip(), maxsplit=1)
        known = re.match(r"TROPO PARAMETER (NAMES|UNITS|WIDTH)|SOLUTION_FIELDS_\d|TIME SYSTEM", key)
        if known:
            rest = [row.strip()[known.end() :]]
            key = "SOLUTION_FIELDS" if known[0].startswith("SOL") else known[0]
        found.setdefault(key, []).extend(" ".join(rest).split())
    return found


def _table(file: SinexFile) -> pd.DataFrame:
    import pandas as pd

    rows = file.rows(_SOLUTION)
    if not rows:
        msg = f"{file.path}: its block {_SOLUTION} has no rows"
        raise InputError(msg)
    _refuse_blanks(file, rows)
    try:
        table = pd.read_csv(
            io.StringIO("\n".join(rows)),
            sep=r"\s+",
            header=None,
            dtype={0: str, 1: str},
            na_values=dict.fromkeys(range(2, len(rows[0].split())), _NO_NUMBERS),
            keep_default_na=False,  # of stations called NA
        )
        numbers = table.iloc[:, 2:].astype(np.float64)
    except (ValueError, pd.errors.ParserError) as error:
        msg = (
            f"{file.path}: a row of {_SOLUTION} is not 'station epoch numbers' "
            f"({' '.join(str(error).split())})"
        )
        raise InputError(msg) from error
    return pd.concat([table.iloc[:, :2], numbers], axis=1)


def _refuse_blanks(file: SinexFile, rows: list[str]) -> None:
    """Refuse rows of fewer words than others: behind a blank, columns would change places."""
    counts = np.array([len(row.split()) for row in rows])
    short = counts < counts.max()
    if short.any():
        msg = (
            f"{file.path}: {int(short.sum())} rows of {_SOLUTION} have blank columns, the first is "
            f"'{rows[int(np.argmax(short))].strip()[:60]}'; others have {counts.max()} words. "
            "Which are missing cannot be told: write -999.9 there, or take these rows out"
        )
        raise InputError(msg)


def _codes(file: SinexFile, about: dict[str, list[str]], count: int) -> list[str]:
    """Name the columns: by TROPO PARAMETER NAMES, or in version 1 by what stands above the rows."""
    heading = [word for word in file.heading(_SOLUTION)[1:].split() if word.strip("_")][2:]
    named = about.get("TROPO PARAMETER NAMES") or heading or about.get("SOLUTION_FIELDS", [])
    if len(named) != count and len(heading) == count:
        named = heading
    if len(named) != count:
        msg = (
            f"{file.path}: {len(named)} columns are named ({' '.join(named) or 'none'}), but rows "
            f"of {_SOLUTION} have {count}; correct its TROPO PARAMETER NAMES"
        )
        raise InputError(msg)
    codes, above = _spelled(named), _spelled(heading)
    if len(above) == count and _name_others(codes, above):
        texts = f"are {' '.join(named)}, but {' '.join(heading)} stands above the rows"
        warn(f"{file.path}: TROPO PARAMETER NAMES {texts}, and is taken")
        return above
    return codes


def _spelled(codes: list[str]) -> list[str]:
    return [_SPELLED.get(code, code) for code in (each.strip("_").upper() for each in codes)]


def _name_others(codes: list[str], above: list[str]) -> bool:
    """Tell whether two lists of columns call one of them two things that are known."""
    pairs = zip(codes, above, strict=True)
    known = {code: each.name for code, each in PARAMETERS.items()} | {STDDEV: STDDEV}
    return any(known[a] != known[b] for a, b in pairs if a in known and b in known)


def _factors(file: SinexFile, about: dict[str, list[str]], codes: list[str]) -> list[float]:
    """Find what each column was multiplied with; version 1 has millimetres without saying so."""
    words = about.get("TROPO PARAMETER UNITS")
    if words is None:
        known = [PARAMETERS[code].factor if code in PARAMETERS else 1.0 for code in codes]
        return [
            known[place - 1] if code == STDDEV and place else known[place]
            for place, code in enumerate(codes)
        ]
    try:
        factors = [float(word) for word in words]
    except ValueError:
        factors = []
    if len(factors) == 1:
        factors *= len(codes)
    if len(factors) != len(codes) or min(factors) <= 0:
        msg = (
            f"{file.path}: TROPO PARAMETER UNITS are '{' '.join(words)}' for the columns "
            f"{' '.join(codes)}; accepted is one positive number for each, such as 1e+03"
        )
        raise InputError(msg)
    # Of water as a length, 1e+03 stands for mm, as it does of delays: 1 mm is 1 kg m-2.
    owners = [codes[place - (code == STDDEV)] for place, code in enumerate(codes)]
    return [
        1.0 if owner in _WATER_AS_LENGTH and factor == _MILLI else factor
        for owner, factor in zip(owners, factors, strict=True)
    ]


def _variable(codes: list[str], place: int) -> tuple[str | None, dict[str, Any]]:
    """Name and attributes of the variable that a column becomes, None of one that is not known."""
    code = codes[place]
    if code == STDDEV:
        owner = PARAMETERS.get(codes[place - 1]) if place else None
        if owner is None:
            return None, {}
        about = f"standard deviation of the {owner.long_name}"
        return sigma_name(owner.name), {"long_name": about, "units": owner.unit}
    found = PARAMETERS.get(code)
    if found is None:
        return None, {}
    return found.name, {"long_name": found.long_name, "units": found.unit}


def _times(file: SinexFile, texts: pd.Series) -> NDArray[np.datetime64]:
    codes, unique = texts.factorize()
    try:
        return np.array([time_of(text) for text in unique], "datetime64[ns]")[codes]
    except ValueError as error:
        msg = (
            f"{file.path}: an epoch of {_SOLUTION} cannot be read ({error}); accepted is "
            "YYYY:DDD:SSSSS"
        )
        raise InputError(msg) from error


class SinexTroBackendEntrypoint(BackendEntrypoint):
    """The xarray engine "sinex_tro": ``xr.open_dataset("COD.TRO", engine="sinex_tro")``.

    Attributes
    ----------
    description, url : str
        How xarray lists the engine.
    open_dataset_parameters : tuple of str
        Arguments that :meth:`open_dataset` takes.

    Examples
    --------
    >>> SinexTroBackendEntrypoint().guess_can_open("COD0OPSFIN_20210300000_01D_01H_TRO.TRO")
    True
    """

    description = "SINEX_TRO: troposphere of GNSS stations (text, also .xz and .gz)"
    url = "https://files.igs.org/pub/data/format/sinex_tro_v2.00.pdf"
    open_dataset_parameters: ClassVar[Any] = ("filename_or_obj", "drop_variables")

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
    ) -> xr.Dataset:
        """Read a file; see :func:`read_sinex_tro`.

        Parameters
        ----------
        filename_or_obj : str or Path
            SINEX_TRO.
        drop_variables : str or iterable of str, optional
            Variables to leave out.

        Returns
        -------
        Dataset
            In memory.
        """
        dropped = [drop_variables] if isinstance(drop_variables, str) else (drop_variables or [])
        return read_sinex_tro(filename_or_obj).drop_vars(list(dropped), errors="ignore")

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Tell whether a name ends in .tro.

        Parameters
        ----------
        filename_or_obj : Any
            Path, or something else that xarray is to open.

        Returns
        -------
        bool
            Compressed ones count too.
        """
        if not isinstance(filename_or_obj, (str, Path)):
            return False
        return re.search(r"\.tro(\.xz|\.gz)?$", str(filename_or_obj), re.I) is not None
