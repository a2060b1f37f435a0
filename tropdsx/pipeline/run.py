"""The main job, top to bottom: standardise → reduce → predict → describe → restore."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx import assets
from tropdsx.cf.layout import restored, sources_of, with_standard_names
from tropdsx.errors import CheckpointError, GridError, TropdsxWarning
from tropdsx.grid.restore import GridRecord
from tropdsx.grid.standardise import standardise_grid
from tropdsx.pipeline.options import NONE, Options, Orography, height_model_of, is_physics
from tropdsx.pipeline.target import Target, as_orography, resolve_target
from tropdsx.reduce.geometry import Places, inside
from tropdsx.reduce.lift import reduce_to_orography
from tropdsx.write import provenance

__all__ = [
    "NONE",
    "Options",
    "Orography",
    "Plan",
    "downscale",
    "height_model_of",
    "is_physics",
    "restored",
    "result_of",
    "sources_of",
    "standardise_input",
    "with_standard_names",
]

#: Official orography of a VMF grid by its number of rows and columns.
VMF_OROGRAPHY = {
    (36, 72): "orography_ell_5x5",
    (91, 144): "orography_ell",
    (180, 360): "orography_ell_1x1",
}


def downscale(
    ds: xr.Dataset, options: Options | None = None, *, command: str | None = None
) -> xr.Dataset:
    """Downscale zenith delays to a fine grid at the height of its terrain.

    Parameters
    ----------
    ds : Dataset
        Coarse ``zhd``, ``zwd`` or ``ztd`` in any orientation, with an ``orography`` or with one
        given in the options.
    options : Options, optional
        What to do; the defaults give the global 1 degree nodes and the default network.
    command : str, optional
        How the caller would do this again, for the history.

    Returns
    -------
    Dataset
        ``zhd`` and/or ``zwd`` float32 [m] in the caller's orientation and names, with
        ``orography``, RMSE maps where the checkpoint has them, and provenance attributes.
        Lazy where the input is lazy.

    Raises
    ------
    GridError, UnitsError, CheckpointError
        If the input, the target or the checkpoint cannot be used; the text says why.

    Examples
    --------
    >>> import numpy as np
    >>> lat, lon = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)
    >>> zwd = xr.DataArray(np.full((36, 72), 0.1), {"lat": lat, "lon": lon}, ("lat", "lon"))
    >>> ds = xr.Dataset({"zwd": zwd.assign_attrs(units="m"), "orography": zwd * 0})
    >>> downscale(ds, Options(model=None)).zwd.sizes["lon"]
    360
    """
    return result_of(Plan.of(ds, options or Options()), ds, command=command)


def result_of(plan: Plan, ds: xr.Dataset, *, command: str | None = None) -> xr.Dataset:
    """Carry out a plan: :func:`downscale` from its second half on.

    Parameters
    ----------
    plan : Plan
        What to do.
    ds : Dataset
        The input that it was made for.
    command : str, optional
        For the history.

    Returns
    -------
    Dataset
    """
    fine, network = plan.refined()
    fine.attrs = (
        provenance.carry(ds.attrs)
        | provenance.record(
            command or f"ds.tropds.downscale(), tropdsx {provenance.software_version()}",
            input_attrs=ds.attrs,
            **network,
        )
        | provenance.parameters_of(
            plan.options.recorded(), [*plan.record.notes, *plan.target.notes]
        )
    )
    fine = restored(fine, plan.record, plan.target)
    fine.encoding["tropdsx_sources"] = sources_of(ds)
    return fine


@dataclass(frozen=True, eq=False)
class Plan:
    """What is decided before the first number is computed.

    Attributes
    ----------
    grid : Dataset
        Input on the standard grid.
    record : GridRecord
        How the caller keeps it.
    target : Target
        Nodes and heights of the fine grid.
    options : Options
        What to do.
    """

    grid: xr.Dataset
    record: GridRecord
    target: Target
    options: Options

    @classmethod
    def of(cls, ds: xr.Dataset, options: Options) -> Plan:
        """Standardise the input and find the target."""
        _check(options)
        grid, record = standardise_input(ds, options)
        target = resolve_target(options.target, grid, orography=options.orography)
        _tell_what_is_outside(grid, target)
        return cls(grid, record, target, options)

    def refined(
        self, grid: xr.Dataset | None = None, rows: NDArray[np.intp] | None = None
    ) -> tuple[xr.Dataset, dict[str, Any]]:
        """Reduce and predict: the delays on the fine grid in standard order.

        Parameters
        ----------
        grid : Dataset, optional
            Part of the plan's grid along time; default: all of it.
        rows : ndarray of int, optional
            Epochs of that part that are wanted; the others serve as their neighbours. RMSE maps
            are left out then.

        Returns
        -------
        fine : Dataset
            Delays; lazy where the grid is.
        network : dict
            For the provenance.
        """
        options = self.options
        grid = self.grid if grid is None else grid
        first_guess = reduce_to_orography(
            grid if rows is None else grid.isel(time=rows),
            self.target.fine,
            height_model_choice=height_model_of(options),
            interpolation=options.interpolation,
        )
        network: dict[str, Any] = {}
        if is_physics(options.model):
            fine = first_guess
        else:
            from tropdsx.predict import grid as predict  # loads torch

            fine, network = predict.predict_grid(
                first_guess,
                grid,
                options.model if options.model is not None else NONE,
                device=options.device,
                batch_size=options.batch_size,
                precision=options.precision,
                sigma=options.sigma,
                rows=rows,
            )
        if options.ztd:
            fine["ztd"] = _total(fine)
        return fine, network


def _tell_what_is_outside(coarse: xr.Dataset, target: Target) -> None:
    axes = (coarse["lat"], coarse["lon"], target.fine["lat"], target.fine["lon"])
    reached = inside(Places(*(axis.to_numpy() for axis in axes)))
    if reached.any() and not reached.all():
        lat, lon = coarse["lat"].to_numpy(), coarse["lon"].to_numpy()
        text = (
            f"{(~reached).sum()} of {reached.size} nodes of the target lie outside the coarse grid "
            f"(lat {lat.min():g}..{lat.max():g}, lon {lon.min():g}..{lon.max():g}) and are missing "
            "in the result"
        )
        warnings.warn(text, TropdsxWarning, stacklevel=4)


def _check(options: Options) -> None:
    """Refuse or name what has no effect without a network."""
    if not is_physics(options.model):
        return
    if options.sigma:
        msg = "sigma comes from a network, and model is 'none': leave it out, or choose 'default'"
        raise CheckpointError(msg)
    usual = Options()
    idle = [
        f"{name}={getattr(options, name)!r}"
        for name in ("device", "precision", "batch_size")
        if getattr(options, name) != getattr(usual, name)
    ]
    if idle:
        text = f"{', '.join(idle)} without effect: model is 'none', physics alone"
        warnings.warn(text, TropdsxWarning, stacklevel=4)


def standardise_input(ds: xr.Dataset, options: Options) -> tuple[xr.Dataset, GridRecord]:
    """Bring the input to the standard grid, with the orography the options name.

    Parameters
    ----------
    ds : Dataset
        Coarse delays as opened.
    options : Options
        ``coarse_orography`` is used; a known VMF grid finds its own where the asset is at hand.

    Returns
    -------
    grid : Dataset
        Standard grid.
    record : GridRecord
        How to restore the caller's orientation.
    """
    choice = options.coarse_orography
    if choice is None or (isinstance(choice, str) and choice == NONE):
        grid, record = standardise_grid(ds)
        if choice == NONE:
            return grid.drop_vars("orography", errors="ignore"), record
        if "orography" not in grid:
            return _with_known_orography(ds, grid, record)
        return grid, record
    return standardise_grid(ds, orography=as_orography(choice))


def _with_known_orography(
    ds: xr.Dataset, grid: xr.Dataset, record: GridRecord
) -> tuple[xr.Dataset, GridRecord]:
    """Use the official orography of a VMF grid where it lies in the asset folders.

    A grid of another product may have the same nodes and other heights: it must say VMF itself.
    """
    said = " ".join(str(value) for value in ds.attrs.values())
    name = VMF_OROGRAPHY.get((grid.sizes["lat"], grid.sizes["lon"])) if "VMF" in said else None
    path = assets.list_assets()[name] if name else None
    if path is None:
        return grid, record
    try:
        grid, record = standardise_grid(ds, orography=as_orography(path))
    except GridError:  # another product on a grid of the same size
        return grid, record
    note = f"coarse heights: {name} as found on this machine, sha256 {provenance.sha256_of(path)}"
    warnings.warn(note, TropdsxWarning, stacklevel=4)
    return grid, replace(record, notes=(*record.notes, note))


def _total(fine: xr.Dataset) -> xr.DataArray:
    if not {"zhd", "zwd"} <= set(fine):
        msg = (
            f"the total delay needs zhd and zwd, but the input holds only "
            f"{', '.join(map(str, fine))}; leave out ztd"
        )
        raise GridError(msg)
    return (fine["zhd"] + fine["zwd"]).assign_attrs(units="m", long_name="zenith total delay")
