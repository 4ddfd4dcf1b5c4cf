"""Where compiled kernels are kept, and how all of them are compiled.

Numba's default is a folder beside the source, which an installed package may not be allowed to write; and it looks
only at the file of the outermost kernel, so kernels are kept under a hash of all sources that they are made of.
"""

import hashlib
import os
import sys
from pathlib import Path

from numba.core import config

CONSTANTS = ("eyes.py", "head_field.py", "neck.py", "rays.py", "unbend.py")
"""Files outside this folder whose numbers are compiled into kernels."""


def cache_folder() -> Path:
    """The folder for compiled kernels of exactly these sources, under the user's cache or NUMBA_CACHE_DIR."""
    if named := os.environ.get("NUMBA_CACHE_DIR"):
        base = Path(named)
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "emogene"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches" / "emogene"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emogene"
    return base / f"kernels-{_source_hash()}"


def _source_hash() -> str:
    digest = hashlib.sha256()
    render = Path(__file__).parents[1]
    for path in sorted([*(render / name for name in CONSTANTS), *render.glob("kernels/*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


# Numba sets its options by name, so type checkers do not see them.
config.CACHE_DIR = str(cache_folder())  # pyright: ignore[reportAttributeAccessIssue]

KERNEL = {"cache": True, "fastmath": {"contract", "nnan", "ninf", "nsz", "arcp"}, "error_model": "numpy"}
"""Options of every kernel: no reassociation, so that a sample's bits never depend on which block it fell in."""
SUMMING = {**KERNEL, "fastmath": True}
"""Options of sums over samples in training, which may be reordered to vectorise."""
