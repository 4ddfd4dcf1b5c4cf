"""Which add-on the window has, and what is rendered there."""

import os
import subprocess
import sys
from pathlib import Path

from real_window import RealWindow
from running_backend import RunningBackend

ROOT = Path(__file__).parents[2]
SCREENSHOTS = os.environ.get("EMOGENE_SCREENSHOTS", "")
"""A folder for the guide's pictures, e.g. docs/images; empty in ordinary runs, which show the tiny actor."""
EXTENSION = "bl_ext.user_default.emogene"
VOICE_SECONDS = 1.5
FRAMES = 36


def connect(window: RealWindow, backend: RunningBackend) -> None:
    """Connect by the file that the backend has written, and wait until it is ready."""
    window.run(
        f"chosen = bpy.context.preferences.addons[{EXTENSION!r}].preferences\n"
        f"chosen.connection_file = {str(backend.connection_file)!r}\n"
        "bpy.ops.emogene.connect_backend()"
    )
    window.wait("session().welcome is not None and session().welcome.ready")


def zip_for(window: RealWindow, output: Path) -> Path:
    """The form of the extension that this Blender can import."""
    window.run("import importlib.util, sys")
    has_own = window.ask("all(importlib.util.find_spec(name) for name in ('zmq', 'msgspec'))")
    form = "system" if has_own else "py{}{}".format(*window.ask("list(sys.version_info[:2])"))
    command = [sys.executable, ROOT / "build_addon.py", "--form", form, "--output", output]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return Path(built.stdout.strip())
