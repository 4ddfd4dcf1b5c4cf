"""A packed shot as an artist brings it to a farm, and the program as the farm's workers run it."""

import os
import shutil
import subprocess
import sys
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emogene.plan_files import save_shot
from emogene_proto.shot import AudioRef, EmotionKey, Shot

FIRST, LAST = -5, 6
"""Frames of the shot: half a second at 24 a second, beginning left of Blender's frame 0."""
RANGE = f"{FIRST}-{LAST}"


def worker_environment() -> dict[str, str]:
    """A worker with one core, whose messages are not wrapped."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"}


def program() -> str:
    """The installed program beside this Python: farms start a file, not a module."""
    found = shutil.which("emogene", path=str(Path(sys.executable).parent))
    assert found, "the tests run in an environment where emogene is installed"
    return found


def run(line: Sequence[object]) -> subprocess.CompletedProcess[str]:
    """A worker's process, waited for."""
    command = [str(word) for word in line]
    return subprocess.run(
        command, env=worker_environment(), capture_output=True, text=True, encoding="utf-8", timeout=600
    )


def emogene(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The program, which must succeed."""
    done = run([program(), *arguments])
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def pack_shot(folder: Path, actor: Path) -> Path:
    """Write a tiny shot and pack it; returns the packed document."""
    folder.mkdir(parents=True)
    times = np.arange(8_000) / 16_000
    hum = np.sin(2 * np.pi * 140 * times) * (np.sin(2 * np.pi * 3 * times) > 0)
    with wave.open(str(folder / "Stimme.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((hum * 8_000).astype("<i2").tobytes())
    shot = Shot(
        audio=AudioRef(),
        frame_start=FIRST,
        emotions=(EmotionKey(0.0, "happy", 0.8),),
        width=32,
        height=32,
        actor=actor.as_posix(),
    )
    save_shot(folder / "shot.json", shot, [folder / "Stimme.wav"])
    packed = folder.with_name(f"{folder.name} gepackt")
    emogene("shot", "pack", folder / "shot.json", "--out", packed)
    return packed / "shot.json"


def frames_in(folder: Path) -> dict[str, bytes]:
    """Content of all pictures, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("frame_*.png"))}
