"""Where the repository and its demo labels are."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "data" / "demo.slp"
