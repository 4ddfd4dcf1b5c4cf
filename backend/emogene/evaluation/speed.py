"""How fast a recording is planned, and how much memory an hour of it takes, each in a fresh process."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np
import soundfile

from emogene.evaluation.material import Material
from emogene.evaluation.planning_process import CORES
from emogene.evaluation.recordings import joined
from emogene_proto.errors import AudioError
from emogene_proto.names import SAMPLE_RATE

SPEED_SECONDS = 600.0
SPEED_REPEATS = 3
HOUR_SECONDS = 3600.0
GIGABYTE = 1e9


class Planned(msgspec.Struct, frozen=True):
    """What the planning process tells."""

    seconds: tuple[float, ...]
    """Of each repeat, without reading the models."""
    processor_seconds: tuple[float, ...]
    """The same, but the time of both cores together in which they worked for it."""
    peak_bytes: int | None


def realtime(material: Material, seconds: float = SPEED_SECONDS) -> dict[str, float | None]:
    """How many times faster than it plays a recording goes from its file to landmarks, median of three."""
    planned = plan_apart(material, seconds, SPEED_REPEATS)
    return {
        "realtime_factor": seconds / statistics.median(planned.seconds),
        "realtime_factor_processor": seconds / statistics.median(planned.processor_seconds),
    }


def hour(material: Material, seconds: float = HOUR_SECONDS) -> dict[str, float | None]:
    """Memory and time that an hour takes."""
    planned = plan_apart(material, seconds, 1)
    peak = None if planned.peak_bytes is None else planned.peak_bytes / GIGABYTE
    return {"hour_peak_gb": peak, "hour_seconds": planned.seconds[0]}


def plan_apart(material: Material, seconds: float, repeats: int) -> Planned:
    """Plan so many seconds of people's speech in a fresh process with two cores at most.

    Raises:
        EmoGeneError: the process failed.
    """
    with tempfile.TemporaryDirectory(prefix="emogene-") as folder:
        recording = Path(folder) / "speech.flac"
        write_recording(recording, joined(material.speech_files, seconds))
        command = [sys.executable, "-m", "emogene.evaluation.planning_process"]
        command += [str(material.actor.folder), str(recording), str(repeats)]
        limits = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), str(CORES))
        done = subprocess.run(command, env={**os.environ, **limits}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise AudioError(f"The process that plans a long recording failed: {last}", "`emogene doctor` may say why.")
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Planned)


def write_recording(path: Path, pieces: Iterable[np.ndarray]) -> None:
    """Write (n,) float32 pieces at 16 kHz as one file, piece by piece."""
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 1, "PCM_16") as file:
        for piece in pieces:
            file.write(piece)
