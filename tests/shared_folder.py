"""Where training data, recordings and tools lie that are too large for the project, if they are here."""

import os
from pathlib import Path

SHARED = Path(os.environ.get("EMOGENE_SHARED", Path(__file__).parents[2] / "shared"))
