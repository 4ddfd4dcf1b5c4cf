# SPDX-License-Identifier: GPL-3.0-or-later
"""What to run on a computer that has no backend yet."""

import sys
from pathlib import Path

from .said import said
from .typed_command import typed

_ADDON = Path(__file__).resolve().parents[1]
INSTALL_NOTE = said(
    "Run it in a terminal, in EmoGene's own folder (that holds run.py). It needs Python 3.11 or 3.13 and about 3 GB "
    "of disk. Blender then finds the backend by itself."
)


def install_command(addon: Path = _ADDON, system: str = sys.platform) -> str:
    """The command of the project's README; with the whole path where this add-on lies in a checkout."""
    python = "py" if system == "win32" else "python3"
    script = addon.parent / "run.py"
    if script.is_file() and (addon.parent / "pyproject.toml").is_file():
        return typed([python, str(script), "setup"], system)
    return f"{python} run.py setup"
