"""A training step of the U-Net on global fields, beside the step that TropDS makes.

    python -m benchmarks.training --width 32 --rounds 5
    ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 python -m benchmarks.training

CPU seconds of one step (forwards, loss, backwards, optimizer) on one thread, by turns in one
process, least and median. TropDS's step: fields and weights with rows and columns last, L1, torch's
plain Adam, the allocator as it is. Ours: that of `tropdsx train --form field`, with the running
average and the limit on gradients, in both orders in memory and in that which is chosen. The second
line shows a processor without AVX-512.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import time
from collections.abc import Callable

import torch

from tropdsx.nn.unet import UNet
from tropdsx.system.heap import kept_heap
from tropdsx.workflows.train.field.module import FieldTraining
from tropdsx.workflows.train.field.options import MEMORY_FORMATS, FieldOptions
from tropdsx.workflows.train.field.order import choose_format, to_torch

Step = Callable[[torch.Tensor, torch.Tensor], None]
CLIP = 1.0


class Quiet(FieldTraining):
    """Without a trainer: nothing is logged, the running average moves as after many steps."""

    global_step = 1000

    def log(self, *_: object, **__: object) -> None:
        """Say nothing."""


def tropds_step(width: int) -> Step:
    """Return TropDS's step, as its public documentation has it."""
    net = UNet(width=width)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step(coarse: torch.Tensor, fine: torch.Tensor) -> None:
        optimizer.zero_grad()
        (net(coarse) - fine).abs().mean().backward()
        optimizer.step()

    return step


def own_step(options: FieldOptions, order: str, shape: torch.Size) -> Step:
    """Return the step of `tropdsx train --form field`."""
    cells = torch.ones(shape), torch.zeros(shape, dtype=torch.bool)
    module = Quiet(UNet(width=options.width, padding=options.padding), options, *cells)
    module.arrange(to_torch(order))
    optimizer = module.configure_optimizers()["optimizer"]

    def step(coarse: torch.Tensor, fine: torch.Tensor) -> None:
        optimizer.zero_grad()
        module.training_step([coarse, fine], 0).backward()
        torch.nn.utils.clip_grad_norm_(module.net.parameters(), CLIP)
        optimizer.step()
        module.on_train_batch_end()

    return step


def main() -> None:
    """Measure by turns and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument(
        "--size", type=int, nargs=2, default=(180, 360), metavar=("ROWS", "COLUMNS")
    )
    parser.add_argument("--padding", choices=("zeros", "globe"), default="zeros")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    coarse, fine = torch.rand(2, given.batch, 1, *given.size)
    options = FieldOptions(width=given.width, padding=given.padding, loss="l1", device="cpu")
    with kept_heap():
        chosen = choose_format(UNet(width=given.width, padding=given.padding), coarse, options)
    cases = {"TropDS's step": tropds_step(given.width)} | {
        name: own_step(options, name, coarse.shape[-2:]) for name in MEMORY_FORMATS
    }
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(given.rounds):
        for name, step in cases.items():
            with kept_heap() if name in MEMORY_FORMATS else contextlib.nullcontext():
                step(coarse, fine)  # the memory of this case
                started = time.process_time()
                step(coarse, fine)
                seconds[name].append(time.process_time() - started)
    first = seconds["TropDS's step"]
    print(f"{torch.backends.cpu.get_cpu_capability()}, torch {torch.__version__}, chosen: {chosen}")
    print("| step | least CPU s | median | ratio of least | of medians |\n" + "|---" * 5 + "|")
    for name, each in seconds.items():
        middle = statistics.median(each)
        ratios = min(each) / min(first), middle / statistics.median(first)
        print(f"| {name} | {min(each):.2f} | {middle:.2f} | {ratios[0]:.2f} | {ratios[1]:.2f} |")


if __name__ == "__main__":
    main()
