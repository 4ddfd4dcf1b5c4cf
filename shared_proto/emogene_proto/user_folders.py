"""The user's own folders, as each system has them."""

import os
import sys
from pathlib import Path


def user_cache_dir() -> Path:
    """The folder for what EmoGene can make again; EMOGENE_CACHE names another one."""
    if chosen := os.environ.get("EMOGENE_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "EmoGene" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "EmoGene"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emogene"


def user_config_dir() -> Path:
    """The folder for what is to be kept, e.g. keys; EMOGENE_CONFIG names another one."""
    if chosen := os.environ.get("EMOGENE_CONFIG"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "EmoGene"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "EmoGene"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "emogene"
