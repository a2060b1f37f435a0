"""In which order the numbers of a U-Net lie in memory while it is trained.

Convolutions whose channels lie side by side are the faster ones on some processors and the slower
ones on others: with AVX-512 they save a twentieth of a step, with AVX2 they cost a third of it. So
the first steps are tried both ways, on a copy of the network. Results differ by rounding alone.
"""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable

import torch

from tropdsx.nn.unet import UNet
from tropdsx.workflows.train.field.options import MEMORY_FORMATS, FieldOptions

__all__ = ["choose_format", "measure_formats", "to_torch"]

LOG = logging.getLogger(__name__)

#: Weights times nodes of a batch from which the order matters, and steps from which trying pays.
LEAST_WORK, LEAST_STEPS = 10**11, 200
#: How much faster the second order must be to be taken: not by chance.
MARGIN = 0.95
ROUNDS = 3


def to_torch(name: str) -> torch.memory_format:
    """Turn the name of an order into what torch calls it.

    Parameters
    ----------
    name : {"channels_last", "contiguous"}
        As options and cards have it.

    Returns
    -------
    torch.memory_format

    Examples
    --------
    >>> to_torch("contiguous")
    torch.contiguous_format
    """
    return torch.channels_last if name == "channels_last" else torch.contiguous_format


def choose_format(net: UNet, fields: torch.Tensor, options: FieldOptions) -> str:
    """Choose the order: as the options say, or the faster one.

    Small work, and runs of few steps, are not worth a measurement: they take the first order, so
    that they are the same bit for bit wherever they run again.

    Parameters
    ----------
    net : UNet
        Stays as it is.
    fields : Tensor, shape (N, 1, lat, lon)
        One batch, normalised [1].
    options : FieldOptions
        memory_format, steps, device, precision.

    Returns
    -------
    {"channels_last", "contiguous"}

    Examples
    --------
    >>> choose_format(UNet(width=1), torch.zeros(2, 1, 16, 32), FieldOptions())
    'channels_last'
    """
    if options.memory_format != "auto":
        return options.memory_format
    work = sum(p.numel() for p in net.parameters()) * fields.numel()
    if work < LEAST_WORK or options.steps < LEAST_STEPS:
        return MEMORY_FORMATS[0]
    first, second = MEMORY_FORMATS
    seconds = measure_formats(net, fields, options)
    chosen = second if seconds[second] < MARGIN * seconds[first] else first
    told = ", ".join(f"{name} {each:.3f} s" for name, each in seconds.items())
    LOG.info("order in memory: %s, by a step of each: %s", chosen, told)
    return chosen


def measure_formats(
    net: UNet,
    fields: torch.Tensor,
    options: FieldOptions,
    clock: Callable[[], float] | None = None,
) -> dict[str, float]:
    """Measure a step forwards and backwards in each order, by turns; no random number is drawn.

    Parameters
    ----------
    net, fields, options
        See `choose_format`.
    clock : callable, optional
        Seconds; the time of the processor by default, of a GPU that on the wall.

    Returns
    -------
    dict of float
        Least seconds by name of the order [s].

    Examples
    --------
    >>> found = measure_formats(UNet(width=1), torch.zeros(2, 1, 16, 32), FieldOptions())
    >>> list(found)
    ['channels_last', 'contiguous']
    """
    gpu = options.device != "cpu" and torch.cuda.is_available()
    device = torch.device("cuda" if gpu else "cpu")
    now = clock or (time.perf_counter if gpu else time.process_time)
    fields = fields.to(device)
    nets = {}
    for name in MEMORY_FORMATS:
        nets[name] = copy.deepcopy(net).to(device).train()
        # The stubs of torch leave memory_format out of Module.to, which takes it.
        nets[name].to(memory_format=to_torch(name))  # type: ignore[call-overload]
    least = dict.fromkeys(MEMORY_FORMATS, float("inf"))
    for number in range(1 + ROUNDS):
        for name, each in nets.items():
            started = now()
            _step(each, fields, options.precision)
            if number:  # the first one prepares
                least[name] = min(least[name], now() - started)
    return least


def _step(net: UNet, fields: torch.Tensor, precision: str) -> None:
    """Go forwards and backwards once, and wait for the end of it."""
    kind = torch.bfloat16 if precision == "bf16-mixed" else torch.float16
    net.zero_grad()
    with torch.autocast(fields.device.type, kind, enabled=precision != "32-true"):
        loss = net(fields).square().mean()
    torch.autograd.backward(loss)
    if fields.device.type == "cuda":
        torch.cuda.synchronize()
