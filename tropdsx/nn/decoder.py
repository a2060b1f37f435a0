"""Evaluate a nodal network at scattered targets, epoch after epoch.

What no epoch changes is kept, as long as it is not too much. Targets on a regular grid have a way
of their own, see :mod:`tropdsx.nn.cells`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.points import Basis, Coefficients, Targets

__all__ = ["Decoder", "make_decoder"]

#: Targets in a piece.
PIECE = 16_384
#: Most place functions kept from epoch to epoch [bytes]: for more (220,000 targets of the default
#: network) they are evaluated again, for several epochs at a time.
MOST_KEPT = 500_000_000
#: Epochs at a time where the place functions are not kept: they cost as much as 16 epochs.
EPOCHS = 8


@dataclass(frozen=True, eq=False)
class Decoder:
    """Everything about P targets that no epoch changes; made by `make_decoder`.

    Attributes
    ----------
    module : NodalNet
        The network.
    targets : Targets
        All targets.
    edges : sequence
        How the coarse grid ends, see `pad_globe`.
    pieces : sequence
        The targets in pieces, with their place functions or None if these are too many.

    Examples
    --------
    >>> net = NodalNet(width=4, blocks=1).eval()
    >>> zero = torch.zeros(1, 4)
    >>> target = Targets(zero.long(), torch.zeros(1, 4, 2), zero, zero, torch.ones(1))
    >>> decoder = make_decoder(net, target, (True, "half", "half"))
    >>> coefficients = net.trunk(torch.zeros(3, 19, 6, 12), torch.ones(3, 2, 6, 12))
    >>> tuple(decoder(coefficients).shape)  # three epochs, zhd and zwd, one target
    (3, 2, 1)
    """

    module: NodalNet
    targets: Targets
    edges: Sequence[bool | str]
    pieces: Sequence[tuple[slice, Basis | None]]

    @property
    def epochs(self) -> int:
        """Epochs to ask for at once."""
        return EPOCHS if any(basis is None for _, basis in self.pieces) else 1

    def __call__(self, coefficients: Coefficients) -> torch.Tensor:
        """Evaluate the targets at N epochs.

        Parameters
        ----------
        coefficients : Coefficients
            From ``NodalNet.trunk``.

        Returns
        -------
        Tensor, shape (N, 2, P)
            Corrections in the order zhd, zwd [m].
        """
        found = coefficients.scale.new_empty(*coefficients.scale.shape[:2], len(self.targets[0]))
        for part, basis in self.pieces:
            some = self.targets.rows(part.start, part.stop)
            functions = self.module.basis(some) if basis is None else basis
            found[..., part] = self.module.correct(coefficients, some, self.edges, functions)
        return found


def make_decoder(module: NodalNet, targets: Targets, edges: Sequence[bool | str]) -> Decoder:
    """Prepare the targets of a network.

    Parameters
    ----------
    module, targets, edges
        See `Decoder`.

    Returns
    -------
    Decoder
        Ready for any number of epochs; an example stands there.
    """
    count = len(targets.corners)
    parts = [slice(k, min(k + PIECE, count)) for k in range(0, count, PIECE)]
    size = sum(part.nbytes for part in module.basis(targets.rows(0, 1))) if count else 0
    if size * count > MOST_KEPT:
        return Decoder(module, targets, edges, [(part, None) for part in parts])
    kept = [(part, module.basis(targets.rows(part.start, part.stop))) for part in parts]
    return Decoder(module, targets, edges, kept)
