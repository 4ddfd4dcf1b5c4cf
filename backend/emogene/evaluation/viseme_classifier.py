"""Reads off the landmarks of a mouth which sound it speaks; learned from true motion alone, in every emotion."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from emogene.corpus.landmark_corpus import read_clips
from emogene.corpus.phones import PHONES, SILENCE, PhoneSpan
from emogene.evaluation.fitting import STEPS, fit
from emogene.inference import one_thread
from emogene.training.speech_encoder import VISEMES, viseme_of_phone
from emogene_proto.errors import CorpusError
from emogene_proto.names import MODEL_FPS, MOUTH

AROUND = 2
"""Frames to both sides that are seen too: a sound looks as its neighbours make it look."""
_BATCH = 512
_SCALE = 100.0


def sounding(phones: tuple[PhoneSpan, ...], frames: int) -> np.ndarray:
    """(T,) group in VISEMES that sounds at each frame at 25 fps; -1 where none does."""
    groups = viseme_of_phone()
    found = np.full(frames, -1)
    times = np.arange(frames) / MODEL_FPS
    for phone in phones:
        if phone.symbol != SILENCE:
            found[(times >= phone.start) & (times < phone.end)] = groups[PHONES.index(phone.symbol)]
    return found


def mouth_around(landmarks: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """(T, 300) float32 centimetres: the mouth's way from rest, of each frame and its neighbours to both sides."""
    points = list(MOUTH)
    ways = ((landmarks[:, points] - rest[points]) * _SCALE).reshape(len(landmarks), -1).astype(np.float32)
    padded = np.pad(ways, ((AROUND, AROUND), (0, 0)), mode="edge")
    return np.concatenate([padded[i : i + len(ways)] for i in range(2 * AROUND + 1)], 1)


@dataclass(frozen=True)
class VisemeReader:
    """The trained network."""

    network: nn.Sequential

    def read(self, landmarks: np.ndarray, rest: np.ndarray) -> np.ndarray:
        """(T,) group in VISEMES that (T, 68, 3) metres look like."""
        with one_thread():
            return self.network(torch.from_numpy(mouth_around(landmarks, rest))).numpy().argmax(1)


def train_viseme_reader(corpus: Path, steps: int = STEPS) -> VisemeReader:
    """Learn from emotional takes of the training split, whatever they show, in some seconds; the same every time.

    Raises:
        CorpusError: there is no corpus, or nobody speaks in its training split.
    """
    mouths, groups = [], []
    for clip in read_clips(corpus, "train"):
        group = sounding(clip.phones, len(clip.emotional))
        rows = np.flatnonzero(group >= 0)[::2]
        mouths.append(mouth_around(clip.emotional, clip.rest)[rows])
        groups.append(group[rows])
    if not sum(len(group) for group in groups):
        raise CorpusError(f"Nobody speaks in the training clips of {corpus}.", "Make it with more clips.")
    seen, said = torch.from_numpy(np.concatenate(mouths)), torch.from_numpy(np.concatenate(groups))
    generator = torch.Generator().manual_seed(0)

    def untrained() -> nn.Sequential:
        return nn.Sequential(nn.Linear(seen.shape[1], 128), nn.ReLU(), nn.Linear(128, len(VISEMES)))

    def loss(network: nn.Sequential) -> torch.Tensor:
        rows = torch.randint(len(seen), (_BATCH,), generator=generator)
        return F.cross_entropy(network(seen[rows]), said[rows])

    return VisemeReader(fit(untrained, loss, steps))
