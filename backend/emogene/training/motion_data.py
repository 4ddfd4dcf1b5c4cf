"""Motion and the speech features that go with it, in random crops, for training of the audio-to-motion VAE."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from emogene.audio.encoder import POSTERIORS_PER_FRAME, PROSODY, SpeechEncoder
from emogene.audio.features import FRAME_SAMPLES
from emogene.corpus.landmark_corpus import LandmarkClip
from emogene.training.augmentation import noise, recorded

CROP_FRAMES = 96
CROPS = 16
FEATURE_VARIANTS = 4
"""How many times each clip is heard: once clean, otherwise disturbed."""
_LEAST_DEVIATION = 5e-5
"""Metres; coordinates that hardly move are not blown up to full size."""


@dataclass(frozen=True)
class MotionClip:
    """One clip, heard in several ways."""

    features: tuple[np.ndarray, ...]
    """(T, F) float32 each."""
    motion: np.ndarray
    """(T, 204) float32 metres, way of each landmark from the rest face."""
    rest: np.ndarray
    """(204,) float32 metres."""


def hear(encoder: SpeechEncoder, audio: np.ndarray, rng: np.random.Generator, variants: int) -> tuple[np.ndarray, ...]:
    """Features of (N,) audio: first as it is, then disturbed and with other throats."""
    heard = [encoder.encode(audio)]
    for _ in range(variants - 1):
        warp = round(float(rng.uniform(0.84, 1.2)) * 50) / 50
        heard.append(encoder.encode(recorded(audio, rng), warp))
    return tuple(heard)


def prepare_clip(encoder: SpeechEncoder, clip: LandmarkClip, seed: tuple[int, ...], variants: int) -> MotionClip:
    """A clip ready for training; sound and motion are cut to the shorter of the two."""
    features = hear(encoder, clip.audio, np.random.default_rng(seed), variants)
    length = min(len(clip.neutral), len(features[0]))
    motion = (clip.neutral[:length] - clip.rest[None]).reshape(length, -1).astype(np.float32)
    return MotionClip(tuple(f[:length] for f in features), motion, clip.rest.reshape(-1).astype(np.float32))


def wordless_clip(encoder: SpeechEncoder, still: np.ndarray, rest: np.ndarray, seed: tuple[int, ...]) -> MotionClip:
    """Eight seconds of nothing or of noise, in which the face holds `still` (204,), its way from rest in silence."""
    rng = np.random.default_rng(seed)
    frames = 200
    kinds = [np.zeros(frames * FRAME_SAMPLES, np.float32)]
    kinds += [(noise(frames * FRAME_SAMPLES, rng) * 10.0 ** rng.uniform(-4, -0.7)).astype(np.float32) for _ in range(3)]
    features = tuple(encoder.encode(np.clip(audio, -1, 1)) for audio in kinds)
    return MotionClip(features, np.tile(still, (frames, 1)).astype(np.float32), rest.reshape(-1).astype(np.float32))


def statistics(clips: list[MotionClip]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation, (204,) float32 metres each, of all motion."""
    motion = np.concatenate([clip.motion for clip in clips])
    return motion.mean(0), np.maximum(motion.std(0), _LEAST_DEVIATION)


@dataclass(frozen=True)
class MotionBatch:
    """What one training step sees."""

    features: torch.Tensor
    """(B, F, T)"""
    motion: torch.Tensor
    """(B, 204, T) normalised."""
    rest: torch.Tensor
    """(B, 204, 1) metres."""


@dataclass(frozen=True)
class MotionBatches:
    """Random crops; a batch depends on seed and step only. Short clips are held at their ends."""

    clips: list[MotionClip]
    normalise: Callable[[np.ndarray], np.ndarray]
    seed: int

    def __call__(self, step: int) -> MotionBatch:
        rng = np.random.default_rng((self.seed, step))
        features, motion, rest = [], [], []
        for _ in range(CROPS):
            clip = self.clips[int(rng.integers(len(self.clips)))]
            heard = clip.features[int(rng.integers(len(clip.features)))]
            first = int(rng.integers(-8, max(1, len(heard) - CROP_FRAMES + 8)))
            rows = np.clip(np.arange(first, first + CROP_FRAMES), 0, len(heard) - 1)
            features.append(less_sure(heard[rows], rng).T)
            motion.append(self.normalise(clip.motion[rows]).T)
            rest.append(clip.rest[:, None])
        return MotionBatch(*(torch.from_numpy(np.stack(x).astype(np.float32)) for x in (features, motion, rest)))


def less_sure(features: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same features with posteriors flatter or sharper, as those of unknown voices are. (T, F) to (T, F)."""
    posteriors, rest = features[:, :-PROSODY], features[:, -PROSODY:]
    power = float(np.exp(rng.uniform(np.log(0.4), np.log(1.3))))
    changed = np.maximum(posteriors.reshape(len(features), POSTERIORS_PER_FRAME, -1), 1e-7) ** power
    changed /= changed.sum(2, keepdims=True)
    shift = np.array([0.0, rng.normal(0, 0.3), rng.normal(0, 0.05)], np.float32)
    return np.concatenate([changed.reshape(len(features), -1), rest + shift], 1)
