"""Make the colours of the HTML report from the scientific colour maps of Fabio Crameri.

Run ``pip install cmcrameri && python tools/make_colours.py`` in the checkout to write
``tropdsx/workflows/report/html/colours.json`` again. The maps are perceptually uniform and can be
told apart by people who do not see all colours. The table holds the five that a report uses, so
that writing one needs no other package.
"""

from __future__ import annotations

import base64
import importlib.metadata
import json
from importlib import resources
from pathlib import Path

import numpy as np

TARGET = Path(__file__).parents[1] / "tropdsx/workflows/report/html/colours.json"
#: Name in the report, name of the map, and whether it runs from light to dark here.
MAPS = {
    "batlow": ("batlow", False),
    "davos_r": ("davos", True),
    "vik": ("vik", False),
    "lajolla_r": ("lajolla", True),
    "bamako_r": ("bamako", True),
}


def sampled(name: str, *, turned: bool) -> str:
    """Give a colour map as base64 of 256 times red, green and blue."""
    text = resources.files("cmcrameri").joinpath("cmaps", f"{name}.txt").read_text("utf-8")
    levels = np.rint(255 * np.loadtxt(text.splitlines())).astype(np.uint8)
    return base64.b64encode(levels[:: -1 if turned else 1].tobytes()).decode()


def main() -> None:
    """Write the table."""
    about = importlib.metadata.distribution("cmcrameri")
    licence = next(path for path in about.files or [] if path.name.startswith("LICENSE"))
    text = Path(str(about.locate_file(licence))).read_text("utf-8")
    table = {
        "source": f"Scientific colour maps, F. Crameri, by cmcrameri {about.version}",
        "licence": text.strip(),
        "maps": {key: sampled(name, turned=turned) for key, (name, turned) in MAPS.items()},
    }
    TARGET.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
