"""Options that several commands share, and values that they read alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = [
    "TRAIN_EXAMPLES",
    "background",
    "batch_size",
    "compression",
    "device",
    "diffusion",
    "network_options",
    "norm",
    "number_pair",
    "output",
    "overwrite",
    "precision",
    "quiet",
    "slice_times",
    "station_heights",
    "weight",
    "zarr_format",
]

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]


def number_pair(text: str | None) -> tuple[float, float] | None:
    """Read two numbers from the text of an option.

    Parameters
    ----------
    text : str or None
        ``LOW,HIGH``; None where the option was not given.

    Returns
    -------
    tuple of float or None

    Raises
    ------
    click.BadParameter
        If the text is not two numbers.

    Examples
    --------
    >>> number_pair("0,50")
    (0.0, 50.0)
    """
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError as error:
        msg = f"{text!r} is not LOW,HIGH; give two numbers such as 0,50"
        raise click.BadParameter(msg) from error
    return low, high


def output(about: str, metavar: str = "OUT") -> Decorator[Any]:
    """Name the output with ``-o``.

    Parameters
    ----------
    about : str
        Help: which kinds of file, and the default.
    metavar : str
        As the help calls the value.

    Returns
    -------
    callable
        Decorator of a command.
    """
    return click.option("-o", "--output", type=click.Path(), metavar=metavar, help=about)


def norm(about: str) -> Decorator[Any]:
    """Normalisation range of a TropDS checkpoint, with ``--norm``.

    Parameters
    ----------
    about : str
        Help.

    Returns
    -------
    callable
        Decorator of a command.
    """
    return click.option(
        "--norm", metavar="LOW,HIGH", callback=lambda _, __, text: number_pair(text), help=about
    )


def overwrite(what: str = "an existing output") -> Decorator[Any]:
    """Replace what exists, with ``--overwrite``.

    Parameters
    ----------
    what : str
        What is replaced.

    Returns
    -------
    callable
        Decorator of a command.
    """
    return click.option("--overwrite", is_flag=True, help=f"Replace {what}.")


def quiet(about: str = "No summary.") -> Decorator[Any]:
    """Say less, with ``-q``.

    Parameters
    ----------
    about : str
        Help: what is not said.

    Returns
    -------
    callable
        Decorator of a command.
    """
    return click.option("-q", "--quiet", is_flag=True, help=about)


def chained(*options: Decorator[Any], heading: str | None = None) -> Decorator[Any]:
    """Make one decorator of several; the help lists them in this order.

    Parameters
    ----------
    *options : callable
        Decorators as click makes them.
    heading : str, optional
        Under which a `Sectioned` command lists those that have none yet.

    Returns
    -------
    callable
        Decorator of a command.
    """

    def decorate(command: Command) -> Command:
        before = len(getattr(command, "__click_params__", ()))
        for option in reversed(options):
            command = option(command)
        if heading is not None:
            for each in command.__click_params__[before:]:  # type: ignore[attr-defined]
                each.heading = getattr(each, "heading", heading)
        return command

    return decorate


device = click.option(
    "--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N."
)
batch_size = click.option(
    "--batch-size", type=click.IntRange(1), help="Slices the network takes at once."
)
precision = click.option(
    "--precision",
    type=click.Choice(["float32", "tf32", "bf16"]),
    default="float32",
    show_default=True,
    help="Numbers the network computes with; tf32, bf16: quicker on a GPU, less exact.",
)
network_options = chained(device, batch_size, precision, heading="Network and machine")
compression = click.option(
    "--compression",
    default="zlib:1",
    show_default=True,
    metavar="zlib:N|zstd|none",
    help="How values are compressed; few programs read NetCDF with zstd.",
)
zarr_format = click.option(
    "--zarr-format",
    type=click.Choice(["2", "3"]),
    callback=lambda _, __, text: None if text is None else int(text),
    help="Version of a .zarr output: 3 (default), or 2, which GDAL and netCDF-C read too.",
)
weight = click.option(
    "--weight", metavar="FILE", help="TropDS weight.npy; frozen cells keep their input."
)
heights = click.option(
    "--heights",
    type=click.Choice(["auto", "geoid", "ellipsoid"]),
    default="auto",
    show_default=True,
    help="What heights in metres count from; auto: by attributes and values.",
)
station_heights = click.option(
    "--station-heights",
    type=click.Choice(["auto", "geoid", "ellipsoid"]),
    default="auto",
    show_default=True,
    help="What the heights of the stations count from; auto: by the heading, else the ellipsoid.",
)
slice_times = chained(
    click.option("--start", metavar="TIME", help="Epoch of the first slice of an .npy file."),
    click.option(
        "--step", metavar="HOURS", help="Step between the slices of an .npy file, e.g. 6h."
    ),
    heading="TropDS arrays",
)
background = chained(
    click.option(
        "--target",
        metavar="SPACING|FILE",
        help="Fine grid: spacing in degrees, or a file with lat, lon and orography. "
        "Default: the 1 degree nodes 89.5, 0.5 ..., within a region those inside it.",
    ),
    click.option("--orography", metavar="FILE", help="Heights of the fine terrain [m]."),
    click.option(
        "--coarse-orography",
        metavar="FILE|none",
        help="Heights the coarse delays refer to [m], when the input has none; "
        "'none' interpolates without moving in height.",
    ),
    heights,
    click.option(
        "--model",
        default="default",
        show_default=True,
        metavar="NAME|PATH|none",
        help="Network checkpoint: default, heldout, or a file; 'none' for physics alone.",
    ),
    click.option(
        "--height-model",
        default="climatology",
        show_default=True,
        metavar="NAME|FILE",
        help="climatology, kouba, gpt3, none, or a file with tau and gama coefficients.",
    ),
    click.option(
        "--interpolation",
        type=click.Choice(["bicubic", "bilinear"]),
        default="bicubic",
        show_default=True,
        help="Between the nodes, once they are at the height of the target.",
    ),
    heading="Terrain and physics",
)


#: Pseudo-stations, windows and noise of the form "diffusion".
diffusion = chained(
    click.option(
        "--stations", metavar="N,N...", help="How many pseudo-stations; default 1000,3000,300,0."
    ),
    click.option("--sets", type=click.IntRange(1), help="Sets of pseudo-stations; default 32."),
    click.option(
        "--noise", type=click.FloatRange(0), help="Of a pseudo-station [m]; default 1e-3."
    ),
    click.option(
        "--errors",
        metavar="X,X,...",
        help="Errors of the fields themselves, beside those of VMF1 at GNSS stations (1), which "
        "stations of real networks then observe; default 0, fields are the truth.",
    ),
    click.option(
        "--window", type=click.IntRange(1), help="Rows and columns seen at once; default 48."
    ),
    click.option(
        "--schedule",
        type=click.Choice(["cosine", "linear", "quadratic", "sigmoid"]),
        help="How fast noise covers the residual; default cosine.",
    ),
    click.option(
        "--prediction",
        type=click.Choice(["x0", "epsilon"]),
        help="What the network gives: the residual (x0, the default) or the noise.",
    ),
    click.option(
        "--objective",
        type=click.Choice(["complete", "ambient"]),
        help="ambient learns from fields with gaps; default complete.",
    ),
    click.option(
        "--hide",
        type=click.FloatRange(0, 1),
        help="ambient: share that is hidden beside the gaps; default 0.25.",
    ),
    click.option(
        "--mask",
        type=click.Choice(["tiles", "rectangles", "bernoulli", "tracks"]),
        help="ambient: shape of what is hidden; default tiles.",
    ),
    heading="Form diffusion",
)

#: What the help of `tropdsx train` shows.
TRAIN_EXAMPLES = """
\b
Examples:
  tropdsx train vmf1.nc -o run
      2 x 2.5 degree fields: pairs are made by thinning, the last tenth validates
  tropdsx train vmf1.nc -o run --texture 5 --train 2022-03/2022-04-05 --validate 2022-04-08/2022-04
      also 1 degree texture thinned to 5 degrees; a split by time
  tropdsx train fine/*.nc --orography terrain.nc --thin 4 --device cuda -o run
      0.25 degree fields seen at 1 degree, on a GPU
  tropdsx train tropds_data/ --form field --variable zwd --width 32 --batch 32 --ssim 0.1 -o run
      a TropDS folder ({year}_blur.npy, {year}_clear.npy, weight.npy) and its U-Net
  tropdsx train era5.nc -o run --init default --rate 5e-4 --steps 2000
      adapt the default checkpoint to other data
  tropdsx train vmf1.nc --form diffusion -o mean
      the learned mean of a reconstruction; with --init mean/best.safetensors its diffusion
  tropdsx train vmf1.nc -o run --resume
      go on where a stopped run was
"""
