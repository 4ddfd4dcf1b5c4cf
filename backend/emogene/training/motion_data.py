"""Random crops of heard clips, for the training of the audio-to-motion VAE."""

from dataclasses import dataclass

import numpy as np
import torch

from emogene.audio.encoder import POSTERIORS_PER_FRAME, PROSODY
from emogene.audio.speech_features import FeatureKind
from emogene.training.heard_clips import MotionClip

CROP_FRAMES = 96
CROPS = 16
_LEAST_DEVIATION = 5e-5
"""Metres; coordinates that hardly move are not blown up to full size."""


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
    """(B, 204, T) metres from rest."""
    contacts: torch.Tensor
    """(B, 2, T) in 0..1."""
    rest: torch.Tensor
    """(B, 204, 1) metres."""

    def to(self, device: str) -> "MotionBatch":
        """The same on another device."""
        return MotionBatch(*(x.to(device) for x in (self.features, self.motion, self.contacts, self.rest)))


@dataclass(frozen=True)
class Crop:
    """Some frames of a clip as one of its variants has it."""

    features: np.ndarray
    """(T, F) float32"""
    motion: np.ndarray
    """(T, 204) float32 metres from rest, as fast as the sound."""
    contacts: np.ndarray
    """(T, 2) float32"""


def crop(clip: MotionClip, variant: int, first: int, frames: int) -> Crop:
    """Frames `first` to `first + frames` of a variant; what lies outside of the clip is its first or last frame."""
    heard, speed = clip.features[variant], clip.speeds[variant]
    rows = np.clip(np.arange(first, first + frames), 0, len(heard) - 1)
    # Frame k of the motion is at k / 25 s.
    places = np.clip(rows * speed, 0, len(clip.motion) - 1)
    before = np.floor(places).astype(int)
    after = np.minimum(before + 1, len(clip.motion) - 1)
    share = (places - before).astype(np.float32)[:, None]
    motion, contacts = (x[before] * (1 - share) + x[after] * share for x in (clip.motion, clip.contacts))
    return Crop(heard[rows].astype(np.float32), motion, contacts)


@dataclass(frozen=True)
class MotionBatches:
    """Random crops; a batch depends on seed and step only. Short clips are held at their ends."""

    clips: list[MotionClip]
    kind: FeatureKind
    seed: int

    def __call__(self, step: int) -> MotionBatch:
        rng = np.random.default_rng((self.seed, step))
        crops, rests = [], []
        for _ in range(CROPS):
            clip = self.clips[int(rng.integers(len(self.clips)))]
            variant = int(rng.integers(len(clip.features)))
            first = int(rng.integers(-8, max(1, len(clip.features[variant]) - CROP_FRAMES + 8)))
            cut = crop(clip, variant, first, CROP_FRAMES)
            crops.append(Crop(less_sure(cut.features, self.kind, rng), cut.motion, cut.contacts))
            rests.append(clip.rest)
        return batch_of(crops, rests)


def batch_of(crops: list[Crop], rests: list[np.ndarray]) -> MotionBatch:
    """Crops of the same length side by side."""
    features, motion, contacts = (
        torch.from_numpy(np.stack([getattr(c, name).T for c in crops]).astype(np.float32))
        for name in ("features", "motion", "contacts")
    )
    return MotionBatch(features, motion, contacts, torch.from_numpy(np.stack(rests)[:, :, None]))


def validation_batch(clips: list[MotionClip], frames: int = 160, most: int = 48) -> MotionBatch:
    """The clean beginnings of clips, spread over the whole list."""
    chosen = [clips[i] for i in np.linspace(0, len(clips) - 1, min(most, len(clips))).astype(int)]
    return batch_of([crop(clip, 0, 0, frames) for clip in chosen], [clip.rest for clip in chosen])


def less_sure(features: np.ndarray, kind: FeatureKind, rng: np.random.Generator) -> np.ndarray:
    """The same (T, F) features as of an unknown voice: posteriors flatter or sharper, HuBERT's states with noise."""
    content, prosody = features[:, :-PROSODY], features[:, -PROSODY:]
    if kind == "built-in":
        content = _other_certainty(content, float(np.exp(rng.uniform(np.log(0.4), np.log(1.3)))))
    else:
        content = content + rng.normal(0.0, 0.1 * content.std(), content.shape).astype(np.float32)
    # A higher voice is higher where it is voiced; where it is not there is no pitch to move.
    higher = rng.normal(0, 0.3) * (prosody[:, 1:2] != 0)
    louder = np.full((len(features), 1), rng.normal(0, 0.05))
    moved = prosody + np.concatenate([np.zeros_like(louder), higher, louder], 1)
    return np.concatenate([content, moved.astype(np.float32)], 1)


def _other_certainty(posteriors: np.ndarray, power: float) -> np.ndarray:
    """(T, 2 P) posteriors to a power, as probabilities again."""
    changed = np.maximum(posteriors.reshape(len(posteriors), POSTERIORS_PER_FRAME, -1), 1e-7) ** power
    return (changed / changed.sum(2, keepdims=True)).reshape(len(posteriors), -1)
