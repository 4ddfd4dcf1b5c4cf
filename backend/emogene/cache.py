"""Where this computer keeps what can be made again."""

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """The user's own cache folder of EmoGene, not necessarily there yet; EMOGENE_CACHE overrides it."""
    chosen = os.environ.get("EMOGENE_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "emogene"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "emogene"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emogene"
