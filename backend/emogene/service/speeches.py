"""What was heard in recordings, kept on disk: a shot is not heard again when its emotions or settings change.

A Speech takes about 1.2 MB for a minute.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from emogene.motion.audio2motion import NeutralMotion
from emogene.pipeline import Speech
from emogene.service.array_folder import ArrayFolder, rows_fit
from emogene_proto.names import LANDMARK_COUNT, MODEL_FPS

KEPT_BYTES = 2 * 2**30
"""Of files; beyond, those that were not used for longest are removed. They can always be heard again."""

_ROWS = {
    "landmarks": ((LANDMARK_COUNT, 3), np.float32),
    "contacts": ((2,), np.float32),
    "spans": ((2,), np.float64),
}
_EDGE_SECONDS = 1.0
"""So much longer or shorter than its sound a motion may be."""


class HeardSpeech(NamedTuple):
    """A Speech with what there was to tell of its recording."""

    speech: Speech
    note: str

    @property
    def nbytes(self) -> int:
        motion = self.speech.motion
        return motion.landmarks.nbytes + motion.contacts.nbytes + self.speech.spans.nbytes


class SpeechStore:
    """A folder of speeches as safetensors files."""

    def __init__(self, folder: Path, kept_bytes: int = KEPT_BYTES):
        self._files = ArrayFolder(folder, kept_bytes)

    def read(self, key: str) -> HeardSpeech | None:
        """What was heard; None if it is not here, damaged, or no speech."""
        stored = self._files.read(key)
        if stored is None:
            return None
        arrays, about = stored
        try:
            duration = float(about["duration_seconds"])
        except (KeyError, ValueError):
            return None
        if not _fits(arrays, duration):
            return None
        motion = NeutralMotion(arrays["landmarks"], arrays["contacts"])
        return HeardSpeech(Speech(motion, arrays["spans"], duration), about.get("note", ""))

    def write(self, key: str, heard: HeardSpeech) -> None:
        """Keep a speech; it appears whole.

        Raises:
            StoreError: the disk is full or cannot be written.
        """
        speech = heard.speech
        arrays = {"landmarks": speech.motion.landmarks, "contacts": speech.motion.contacts, "spans": speech.spans}
        self._files.write(key, arrays, {"duration_seconds": repr(speech.duration_seconds), "note": heard.note})


def _fits(arrays: Mapping[str, np.ndarray], duration_seconds: float) -> bool:
    if not rows_fit(arrays, _ROWS):
        return False
    frames = len(arrays["landmarks"])
    return (
        len(arrays["contacts"]) == frames
        and math.isfinite(duration_seconds)
        and abs(frames / MODEL_FPS - duration_seconds) <= _EDGE_SECONDS
    )
