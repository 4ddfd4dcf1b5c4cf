"""Reads emotion and its intensity off the landmarks of single frames; learned from true motion alone.

The corpus' true landmarks are exact, so that even a movement of a hundredth of a millimetre tells an emotion. Nobody
sees that: every coordinate is blurred by a millimetre of noise, about what a landmark tracker errs in a picture, when
the reader learns and when it reads.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from emogene.corpus.landmark_corpus import read_clips
from emogene.evaluation.fitting import STEPS, fit
from emogene.inference import one_thread
from emogene.training.ldm import mirrored
from emogene_proto.errors import CorpusError
from emogene_proto.names import EMOTIONS, LANDMARK_COUNT

NOISE_METRES = 1e-3
EVERY = 3
"""Every third frame is learned from; neighbours are almost the same."""
LEAST_SHOWN = 0.2
"""An emotion of less weight has no name for the reader to learn; its intensity is learned all the same."""
MOST_BESIDE = 0.02
"""A frame with more of a second emotion is a mixture, and has no name either."""
_OF_EACH = 64
_ANY = 256
_NEUTRAL = 64
_SCALE = 100.0
"""Networks like numbers near 1: centimetres."""


@dataclass(frozen=True)
class Truth:
    """Frames of true landmarks, N of them."""

    ways: np.ndarray
    """(N, 68, 3) float32 metres, away from each person's rest face."""
    neutral: np.ndarray
    """(N, 68, 3) float32: the same speech without emotion."""
    weights: np.ndarray
    """(N, 8) float32."""


@dataclass(frozen=True)
class Reading:
    """What is read off T frames."""

    probabilities: np.ndarray
    """(T, 8) float32, rows sum to 1."""
    intensities: np.ndarray
    """(T, 8) float32, about 0 to 1; the column of neutral is what the others leave."""

    @property
    def emotions(self) -> np.ndarray:
        """(T,) the likeliest emotion's column."""
        return self.probabilities.argmax(1)


class ReaderNetwork(nn.Module):
    """204 coordinates to 8 scores and 7 intensities."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(3 * LANDMARK_COUNT, 128),
            nn.ReLU(),
            nn.Linear(128, 64),
            nn.ReLU(),
            nn.Linear(64, 2 * len(EMOTIONS) - 1),
        )

    def forward(self, ways: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, 204) centimetres, blurred, to (B, 8) scores and (B, 7) intensities."""
        found = self.layers(ways)
        return found[:, : len(EMOTIONS)], found[:, len(EMOTIONS) :]


@dataclass(frozen=True)
class EmotionReader:
    """The trained network."""

    network: ReaderNetwork

    def read(self, landmarks: np.ndarray, rest: np.ndarray, seed: int) -> Reading:
        """Read (T, 68, 3) metres frame by frame.

        Args:
            rest: (68, 3) metres, the person's own rest face.
            seed: of the noise.
        """
        with one_thread():
            scores, felt = self.network(_blurred(landmarks - rest, np.random.default_rng(seed)))
            probabilities = torch.softmax(scores, 1).numpy()
            felt = felt.numpy()
        return Reading(probabilities, np.concatenate([1.0 - felt.sum(1, keepdims=True), felt], 1))


def read_truth(corpus: Path, split: str, every: int = EVERY) -> Truth:
    """Every so manieth frame of a split.

    Raises:
        CorpusError: there is no corpus, or the split is empty.
    """
    ways, neutral, weights = [], [], []
    for clip in read_clips(corpus, split):
        ways.append(clip.emotional[::every] - clip.rest)
        neutral.append(clip.neutral[::every] - clip.rest)
        weights.append(clip.weights[::every])
    if not ways:
        raise CorpusError(f"The landmark corpus in {corpus} has no {split} clips.", "Make it with more clips.")
    return Truth(*(np.concatenate(part).astype(np.float32) for part in (ways, neutral, weights)))


def named_emotion(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What to call frames with (N, 8) emotion weights.

    Returns:
        (N,) the column of the strongest emotion, 0 where there is none, and -1 for mixtures and traces; and (N,) its
        intensity.
    """
    felt = np.sort(weights[:, 1:], 1)
    intensity = felt[:, -1]
    named = np.where(intensity < 1e-3, 0, 1 + weights[:, 1:].argmax(1))
    unclear = (felt[:, -2] > MOST_BESIDE) | ((named > 0) & (intensity < LEAST_SHOWN))
    return np.where(unclear, -1, named), intensity


def train_reader(corpus: Path, steps: int = STEPS) -> EmotionReader:
    """Learn from the training split of a landmark corpus, in both mirrors, in some seconds; the same every time.

    Raises:
        CorpusError: there is no corpus, or its training split lacks an emotion.
    """
    truth = read_truth(corpus, "train")
    named, _ = named_emotion(truth.weights)
    rows = [np.flatnonzero(named == column) for column in range(len(EMOTIONS))]
    for emotion, found in zip(EMOTIONS, rows, strict=True):
        if emotion != EMOTIONS[0] and not len(found):
            raise CorpusError(f"Nobody is {emotion} in the corpus {corpus}.", "Make it with more clips.")
    random = np.random.default_rng(0)
    return EmotionReader(fit(ReaderNetwork, lambda network: _loss(network, truth, rows, random), steps))


def _loss(network: ReaderNetwork, truth: Truth, rows: list[np.ndarray], random: np.random.Generator) -> torch.Tensor:
    """Cross entropy of named frames, each emotion as often; squared error of the intensities of these and any others.

    Every take without emotion is truth of neutral, beside those frames of emotional takes that show none.
    """
    named = np.concatenate([random.choice(found, _OF_EACH) for found in rows if len(found)])
    names = np.concatenate([np.full(_OF_EACH, c) for c, found in enumerate(rows) if len(found)])
    calm, any_frame = (random.integers(len(truth.ways), size=count) for count in (_NEUTRAL, _ANY))
    ways = np.concatenate([truth.ways[named], truth.neutral[calm], truth.ways[any_frame]])
    ways = mirrored(ways) if random.random() < 0.5 else ways
    without = np.zeros((_NEUTRAL, len(EMOTIONS) - 1), np.float32)
    felt = np.concatenate([truth.weights[named, 1:], without, truth.weights[any_frame, 1:]])
    wanted = np.concatenate([names, np.zeros(_NEUTRAL, np.int64)])
    scores, found = network(_blurred(ways, random))
    wrong = F.cross_entropy(scores[: len(wanted)], torch.from_numpy(wanted))
    return wrong + 10.0 * F.mse_loss(found, torch.from_numpy(felt))


def _blurred(ways: np.ndarray, random: np.random.Generator) -> torch.Tensor:
    """(N, 204) float32 centimetres, with the noise of a tracker."""
    noise = np.float32(NOISE_METRES) * random.standard_normal(ways.shape, dtype=np.float32)
    return torch.from_numpy((ways + noise).reshape(len(ways), -1) * np.float32(_SCALE))
