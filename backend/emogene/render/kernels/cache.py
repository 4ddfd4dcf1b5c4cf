"""Where compiled kernels are kept, and how all of them are compiled.

Numba's default is a folder beside the source, which an installed package may not be allowed to write.
"""

import os
import sys
from pathlib import Path

import numba


def cache_folder() -> Path:
    """The user's folder for compiled kernels; NUMBA_CACHE_DIR overrides it."""
    if named := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(named)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "emogene" / "kernels"


os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder()))
numba.config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]

KERNEL = {"cache": True, "fastmath": {"contract", "nnan", "ninf", "nsz", "arcp"}, "error_model": "numpy"}
"""Options of every kernel: no reassociation, so that a sample's bits never depend on which block it fell in."""
