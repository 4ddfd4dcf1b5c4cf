"""Where compiled kernels are kept, and how all of them are compiled.

Numba's default is a folder beside the source, which an installed package may not be allowed to write; and it looks
only at the file of the outermost kernel, so kernels are kept under a hash of all sources that they are made of.
"""

import atexit
import hashlib
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from numba.core import config

log = logging.getLogger("emogene.render")

SOURCES = (
    "compiled_kernels.py", "render/kernels/cpu_*.py", "render/training_kernels.py", "render/field_autograd.py",
    "render/eyes.py", "render/field.py", "render/hash_grid.py", "render/neck.py", "render/occupancy.py",
    "render/rays.py", "render/unbend.py", "render/warp.py", "corpus/rasterizer*.py", "corpus/appearance/*.py",
)  # fmt: skip
"""Files that hold kernels, and those whose numbers are compiled into them."""


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


def kept_kernels() -> bool:
    """Whether the frame's kernel has been compiled and kept."""
    return any(cache_folder().rglob("cpu_frame.render_tiles*.nbc"))


def usable_folder() -> Path:
    """`cache_folder`, made; where it cannot be written, a folder that goes when this process ends, as the log says.

    Raises:
        OSError: no temporary folder can be made either.
    """
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        temporary = Path(tempfile.mkdtemp(prefix="emogene-kernels-"))
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        log.warning(
            "Compiled kernels cannot be kept in %s (%s), so they are compiled anew each time. "
            "Set NUMBA_CACHE_DIR to a folder that can be written.",
            folder, error.strerror,
        )  # fmt: skip
        return temporary


def _source_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted({path for pattern in SOURCES for path in Path(__file__).parent.glob(pattern)}):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


# Numba sets its options by name, so type checkers do not see them.
config.CACHE_DIR = str(usable_folder())  # pyright: ignore[reportAttributeAccessIssue]

_NO_REASSOCIATION = {"contract", "nnan", "ninf", "nsz", "arcp"}
KERNEL: dict[str, Any] = {"cache": True, "fastmath": _NO_REASSOCIATION, "error_model": "numpy"}
"""Options of the renderer's kernels: no reassociation, so a sample's bits never depend on which block it fell in."""
SUMMING: dict[str, Any] = {**KERNEL, "fastmath": True}
"""Options of sums over samples in training, which may be reordered to vectorise."""
DRAWING: dict[str, Any] = {"cache": True, "fastmath": True}
"""Options of what draws pictures of a corpus."""
EXACT: dict[str, Any] = {"cache": True}
"""Options of noise and distances in a corpus, whose bits depend on nothing but the arguments."""
