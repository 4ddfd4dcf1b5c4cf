"""A landmark corpus of people who all show each emotion in the same plain way, and actors who do so, or not quite."""

from pathlib import Path

import msgspec
import numpy as np

from emogene.corpus.landmark_corpus import ClipEntry, LandmarkIndex
from emogene_proto.names import EMOTIONS, MODEL_FPS, SAMPLE_RATE

SECONDS = 4.0
FRAMES = round(SECONDS * MODEL_FPS)
PHONES = (("sil", 0.0, 0.6), ("m", 0.6, 0.8), ("aa", 0.8, 3.0), ("f", 3.0, 3.2), ("sil", 3.2, 4.0))
OPENINGS = {"sil": 0.0, "m": 0.0, "aa": 0.012, "f": 0.004}
"""Metres that the lower lip goes down in each sound."""
LOWER_LIP = [*range(55, 60), *range(65, 68)]
_SHOWN: dict[str, range | list[int]] = {}
_SHOWN |= {"angry": range(17, 27), "contempt": range(31, 36), "disgusted": range(27, 31), "fear": range(36, 48)}
_SHOWN |= {"happy": [0, 1, 2, 14, 15, 16], "sad": [3, 4, 5, 11, 12, 13], "surprised": range(6, 11)}


def expressions(metres: float = 0.015) -> np.ndarray:
    """(8, 68, 3) metres: each emotion lifts landmarks of its own, on both sides of the face, none at the mouth."""
    found = np.zeros((len(EMOTIONS), 68, 3), np.float32)
    for emotion, points in _SHOWN.items():
        found[EMOTIONS.index(emotion), list(points), 1] = metres
    return found


class PlainDeformation:
    """Moves a face by its emotions' weights times their expressions."""

    def __init__(self, shown: np.ndarray):
        self.shown = shown

    def deform(self, landmarks, rest, weights, gains=None):
        moved = np.tensordot(self.intensities(weights), self.shown[1:], 1).astype(np.float32)
        return landmarks + (moved if gains is None else moved * gains[:, None])

    def intensities(self, weights):
        """(T, 7) of (T, 8) weights."""
        return weights[:, 1:]


class JumpingDeformation(PlainDeformation):
    """Feels wholly what it feels by more than a half, and nothing else."""

    def intensities(self, weights):
        return (weights[:, 1:] > 0.5).astype(np.float32)


def write_emotional_corpus(folder: Path, rest: np.ndarray) -> Path:
    """Each emotion fully, by a half and by a third, with steps between; two people to learn from and two others."""
    (folder / "clips").mkdir(parents=True)
    plans = [("train", emotion) for emotion in EMOTIONS for _ in range(2)] + [("test", e) for e in EMOTIONS]
    clips = []
    for number, (split, emotion) in enumerate(plans):
        person = (0 if split == "train" else 2) + number % 2
        name = f"clips/{number}.npz"
        _write_clip(folder / name, number, rest * (1 + 0.03 * person), emotion)
        clips.append(
            ClipEntry(name, person, f"{split}er", f"{split}er", split, (emotion,), SECONDS, "")  # one voice a split
        )
    (folder / "index.json").write_bytes(msgspec.json.encode(LandmarkIndex(MODEL_FPS, 0, ("jawOpen",), tuple(clips))))
    return folder


def _write_clip(path: Path, number: int, rest: np.ndarray, emotion: str) -> None:
    neutral = np.tile(rest, (FRAMES, 1, 1))
    for phone, start, end in PHONES:
        rows = slice(round(start * MODEL_FPS), round(end * MODEL_FPS))
        neutral[rows, LOWER_LIP, 1] -= OPENINGS[phone]
    intensity = np.repeat([1.0, 0.5, 1 / 3, 0.0], FRAMES // 4)
    weights = np.zeros((FRAMES, len(EMOTIONS)), np.float32)
    weights[:, EMOTIONS.index(emotion)] = intensity
    weights[:, 0] = 1.0 - weights[:, 1:].sum(1)
    noise = np.random.default_rng(number).normal(0, 0.1, round(SECONDS * SAMPLE_RATE))
    np.savez(
        path,
        audio=np.round(noise * 32767).clip(-32768, 32767).astype(np.int16),
        phone_symbols=np.array([symbol for symbol, _, _ in PHONES]),
        phone_spans=np.array([span for _, *span in PHONES]),
        rest=rest,
        neutral=neutral,
        emotional=PlainDeformation(expressions()).deform(neutral, rest, weights).astype(np.float32),
        weights=weights,
        blink=np.zeros(FRAMES, np.float32),
        gaze=np.zeros((FRAMES, 2), np.float32),
        poses=np.tile(np.eye(4, dtype=np.float32), (FRAMES, 1, 1)),
    )
