"""The program `emogene` in processes of its own, and a little voice for it."""

import hashlib
import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np

SECONDS = 1.26
FRAMES = 31
"""ceil(1.26 s * 24 fps)."""


def command(*arguments: object) -> tuple[list[str], dict[str, str]]:
    """The words and the environment of a call; wide enough that no message is wrapped."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"}
    return [sys.executable, "-m", "emogene", *map(str, arguments)], environment


def emogene(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    words, environment = command(*arguments)
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def started(*arguments: object) -> subprocess.Popen[str]:
    """Start the program; the caller ends it. Nobody reads what it says."""
    words, environment = command(*arguments)
    return subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)


def write_wav(path: Path, samples: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def write_voice(path: Path, seconds: float = SECONDS) -> Path:
    """Somebody hums, in syllables."""
    t = np.arange(int(seconds * 16_000)) / 16_000
    hum = sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(1, 12))
    return write_wav(path, 0.2 * hum * (np.sin(2 * np.pi * 3 * t) > 0))


def contents(folder: Path) -> dict[str, str]:
    """Hash by name of the files that a user sees in a folder."""
    files = (path for path in sorted(folder.iterdir()) if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def pictures(folder: Path) -> dict[str, str]:
    """`contents` of the frames only."""
    return {name: digest for name, digest in contents(folder).items() if name.startswith("frame_")}
