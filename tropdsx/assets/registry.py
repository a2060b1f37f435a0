"""Find named files: shipped tables and checkpoints, and files of the VMF Data Server.

They are looked for in the folder that the environment variable ``TROPDSX_DATA`` names, also as
``.xz`` or ``.gz``, then in the package or the cache; only :func:`fetch` goes to the network.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from tropdsx.assets.catalogue import ASSETS, SHIPPED, Asset
from tropdsx.errors import AssetError, CheckpointError, did_you_mean

__all__ = ["asset_path", "fetch", "find_asset", "find_path", "list_assets", "list_sources"]

_SUFFIXES = ("", ".xz", ".gz")


def list_assets() -> dict[str, Path | None]:
    """List all names, each with the place of its file on this machine.

    Returns
    -------
    dict
        Path by name; None where the file is not here.

    Examples
    --------
    >>> list_assets()["climatology"].name
    'climatology.nc'
    """
    return {name: _find_local(asset) for name, asset in ASSETS.items()}


def list_sources() -> dict[str, str | None]:
    """List all names, each with the kind of place where its file was found.

    Returns
    -------
    dict
        "in TROPDSX_DATA", "shipped" or "in the cache" by name; None where the file is not here.

    Examples
    --------
    >>> list_sources()["climatology"] in ("shipped", "in TROPDSX_DATA")
    True
    """
    own = os.environ.get("TROPDSX_DATA")
    found: dict[str, str | None] = {}
    for name, path in list_assets().items():
        place = "shipped" if ASSETS[name].url is None else "in the cache"
        if own and path is not None and path.parent == Path(own):
            place = "in TROPDSX_DATA"
        found[name] = None if path is None else place
    return found


def find_asset(name: str) -> Path | None:
    """Look for a named asset on this machine, without the network.

    Parameters
    ----------
    name : str
        As for :func:`asset_path`.

    Returns
    -------
    pathlib.Path or None
        None if it is not here; else the file, which may end in ``.xz`` or ``.gz``.

    Raises
    ------
    AssetError
        The name is unknown.

    Examples
    --------
    >>> find_asset("geoid").name
    'geoid.nc'
    """
    return _find_local(_known(name))


def asset_path(name: str) -> Path:
    """Find a named asset on this machine, which must be here.

    Parameters
    ----------
    name : str
        One of the names that :func:`list_assets` gives.

    Returns
    -------
    Path
        As from :func:`find_asset`.

    Raises
    ------
    AssetError
        The name is unknown, or the file is not here; the text says which file to put where.

    Examples
    --------
    >>> asset_path("orography_1deg").name
    'orography_1deg.nc'
    """
    path = find_asset(name)
    if path is None:
        way = f"fetch it (tropdsx assets fetch {name}), or "
        raise AssetError(_missing(name, ASSETS[name], way))
    return path


def fetch(name: str) -> Path:
    """Find a named asset, downloading it into the cache if need be.

    What was downloaded is checked: by its sha256, or else by the shape of its numbers.

    Parameters
    ----------
    name : str
        One that :func:`list_assets` knows.

    Returns
    -------
    Path
        The file on this machine, as it was found or downloaded.

    Raises
    ------
    AssetError
        The name is unknown, there is no connection, or the download is not the file expected.

    Examples
    --------
    >>> fetch("climatology").name  # it comes with the package
    'climatology.nc'
    """
    asset = _known(name)
    path = _find_local(asset)
    if path is not None:
        return path
    if asset.url is None:
        raise AssetError(_missing(name, asset))
    import pooch

    try:
        pooch.retrieve(
            asset.url,
            known_hash=None,
            fname=asset.filename,
            path=_cache(),
            progressbar=False,
            processor=lambda file, _action, _pooch: _keep_if_expected(name, Path(file)),
        )
    except AssetError:
        raise
    # requests' errors are OSErrors; pooch adds ValueError for a URL it cannot take.
    except (OSError, ValueError) as error:
        msg = f"{_missing(name, asset)} (download failed: {type(error).__name__})"
        raise AssetError(msg) from error
    return _cache() / asset.filename


def _known(name: str) -> Asset:
    if name not in ASSETS:
        msg = f"unknown asset {name!r}; known are {', '.join(ASSETS)}{did_you_mean(name, ASSETS)}"
        raise AssetError(msg)
    return ASSETS[name]


def _find_local(asset: Asset) -> Path | None:
    return next((path for path in _places(asset) if path.is_file()), None)


def _places(asset: Asset) -> Iterator[Path]:
    """Paths to look at, in order: a user's own folder comes before all."""
    folder = os.environ.get("TROPDSX_DATA")
    if folder:
        for suffix in _SUFFIXES:
            yield Path(folder) / f"{Path(asset.filename).name}{suffix}"
    if asset.url is None:
        yield Path(__file__).parent / asset.filename
    else:
        yield _cache() / asset.filename


def _cache() -> Path:
    from platformdirs import user_cache_dir  # as pooch does; pooch itself is for downloads

    return Path(user_cache_dir("tropdsx"))


def _missing(name: str, asset: Asset, way: str = "") -> str:
    if asset.url is None:
        return f"{name} ({asset.about}) should ship with tropdsx but {asset.filename} is missing"
    return (
        f"{name} ({asset.about}) is not on this machine: {way}download {asset.url} and put it as "
        f"{asset.filename} into {_cache()}, or into a folder named by TROPDSX_DATA"
    )


def _keep_if_expected(name: str, path: Path) -> str:
    """Keep a download only if it is the file expected (a login page is not)."""
    asset = ASSETS[name]
    data = path.read_bytes()
    digest = hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()
    # The server may correct a file: right in shape is accepted, what it holds goes to provenance.
    if digest == asset.sha256 or _fits(data, asset.values):
        return str(path)
    path.unlink()
    rows, columns = asset.values
    shape = f"{rows} rows of {columns}" if columns else f"{rows}"
    msg = f"what {asset.url} gave is not {name}: expected {shape} numbers; nothing was kept"
    raise AssetError(msg)


def _fits(data: bytes, values: tuple[int, int]) -> bool:
    """Whether text holds that many rows of numbers, or (columns 0) that many numbers in all."""
    rows, columns = values
    try:
        lines = [line.split() for line in data.decode("ascii").splitlines()]
        table = [list(map(float, line)) for line in lines if line and not line[0].startswith("%")]
    except ValueError:
        return False
    if columns:
        return len(table) == rows and all(len(line) == columns for line in table)
    # The VMF1 file has a header of six numbers: range and step.
    return sum(map(len, table)) in (rows, rows + 6)


def find_path(model: str | Path) -> Path:
    """Find a checkpoint by its path, or by the name of a shipped one, without loading it.

    Parameters
    ----------
    model : str or Path
        "default", "heldout" (trained without the epochs that its scores are of), "stations" (for
        reconstructions), or a file.

    Returns
    -------
    Path
        An existing file; what it holds is not checked.

    Raises
    ------
    CheckpointError
        If there is no shipped checkpoint of this name, and no such file either.

    Examples
    --------
    >>> find_path("default").name
    'default.safetensors'
    """
    path = Path(model)
    if path.is_file():
        return path
    if str(model) in SHIPPED:
        try:
            return asset_path(str(model))
        except AssetError as error:
            raise CheckpointError(str(error)) from error
    msg = (
        f"no checkpoint {str(model)!r}: accepted are 'default', 'heldout', 'none' for physics "
        "alone, 'stations' for `tropdsx reconstruct --method diffusion`, or the path of a "
        ".safetensors (or TropDS .pth) file"
        f"{did_you_mean(str(model), (*SHIPPED, 'none'))}"
    )
    raise CheckpointError(msg)
