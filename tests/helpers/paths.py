"""Where the checkout lies, and the real development files beside it (absent on most machines)."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
