# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands for the artist to paste into a terminal."""

import shlex
import subprocess
import sys


def typed(words: list[str], system: str = sys.platform) -> str:
    """A command as it is typed on this system, with whatever is in its words."""
    return subprocess.list2cmdline(words) if system == "win32" else shlex.join(words)
