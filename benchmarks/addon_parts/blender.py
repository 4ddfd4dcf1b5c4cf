"""Runs the scripts of in_blender/, each in a Blender of its own that has the extension's zip to install."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(__file__).with_name("in_blender")
BOOT = ROOT / "tests" / "end_to_end" / "blender" / "boot.py"
BLENDER_LIBRARIES = ("bpy", "numpy", "numpy.libs", "requests", "urllib3", "idna", "certifi", "charset_normalizer")
"""What the bpy wheel itself needs; nothing else of this environment is seen in it."""


class Blenders:
    """Blenders with folders and a backend's cache of their own, in one folder."""

    def __init__(self, folder: Path):
        """Build the zip, and voices to speak.

        Raises:
            subprocess.CalledProcessError: it cannot be built.
        """
        self.folder = folder
        command = [sys.executable, ROOT / "build_addon.py", "--output", folder / "dist"]
        self._zip = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        self._libraries = folder / "libraries"
        self._libraries.mkdir()
        site = Path(soundfile.__file__).parent
        for name in BLENDER_LIBRARIES:
            if (site / name).exists():
                (self._libraries / name).symlink_to(site / name)

    def voice(self, frames: int) -> str:
        """The demo's voice again and again, until it is so many frames of 24 a second."""
        path = self.folder / f"voice_{frames}.wav"
        spoken, rate = soundfile.read(ROOT / "demo" / "voice.flac", dtype="float32")
        soundfile.write(path, np.resize(spoken, frames * rate // 24), rate)
        return str(path)

    def run(self, script: str, frames: int = 720, **settings) -> dict:
        """What a script measured, with a voice of so many frames.

        Raises:
            RuntimeError: it failed; with what it printed.
        """
        name = Path(script).stem
        own = self.folder / name
        (own / "work").mkdir(parents=True)
        found = own / "found.json"
        given = {
            "zip": self._zip,
            "python": sys.executable,
            "actors": "",
            "folder": str(own / "work"),
            "voice": self.voice(frames),
            "frames": frames,
            "found": str(found),
            **settings,
        }
        environment = {
            **os.environ,
            "BLENDER_USER_RESOURCES": str(own / "blender"),
            "EMOGENE_CACHE": str(self.folder / "cache"),
            "EMOGENE_CONFIG": str(own / "config"),
        }
        command = [sys.executable, "-I", "-S", BOOT, self._libraries, SCRIPTS / script, json.dumps(given)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=1800, check=False)
        if done.returncode or not found.exists():
            raise RuntimeError(f"{script} failed:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
        return json.loads(found.read_text())
