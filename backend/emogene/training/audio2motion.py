"""Training of the audio-to-motion VAE (paper, equation 1).

The loss is the sum of the terms in `motion_losses.py`: squared error and KL divergence as published, and beside the
paper velocity and inner lip gap. Equation 1's third term, L_Sync, needs a SyncNet and is not part of this training.
"""

import hashlib
from pathlib import Path

import numpy as np
import torch
from rich.progress import track

from emogene.audio.encoder import SpeechEncoder, load_speech_encoder
from emogene.corpus.landmark_corpus import read_clips
from emogene.motion.audio2motion import Audio2Motion, save_audio2motion
from emogene.motion.vae import MotionVae, VaeConfig
from emogene.training import motion_losses
from emogene.training.loop import TrainingConfig, TrainingRun, cosine
from emogene.training.motion_data import (
    FEATURE_VARIANTS,
    MotionBatch,
    MotionBatches,
    MotionClip,
    prepare_clip,
    statistics,
    wordless_clip,
)
from emogene.training.prefetch import Prefetch
from emogene_proto.errors import CorpusError

_LEARNING_RATE = 1e-3
_WORDLESS_SHARE = 0.06
"""Clips without speech, as a part of those with."""


def train_audio2motion(
    corpus: Path,
    encoder_path: Path,
    config: TrainingConfig,
    weights: motion_losses.MotionLossWeights = motion_losses.MotionLossWeights(),  # noqa: B008 - frozen
    size: VaeConfig | None = None,
) -> Audio2Motion:
    """Train on the training clips of a landmark corpus and write `audio2motion.safetensors` into `config.out`.

    The clips are first heard by the encoder, in several disturbed ways; that is kept in `config.out` for a resumed run.

    Args:
        size: of the networks; None is the usual one for the encoder's features.

    Raises:
        CorpusError: there is no corpus, or it has no training clips.
        ActorError: the encoder's file is missing or damaged.
    """
    clips = heard_clips(corpus, encoder_path, config)
    mean, deviation = statistics(clips)
    encoder = load_speech_encoder(encoder_path)
    torch.manual_seed(config.seed)
    vae = MotionVae(size or VaeConfig(encoder.feature_count))
    optimiser = torch.optim.AdamW(vae.parameters(), lr=_LEARNING_RATE, weight_decay=1e-3)
    batches = Prefetch(MotionBatches(clips, lambda m: (m - mean) / deviation, config.seed), config.steps)
    objective = MotionObjective(vae, mean, deviation, weights)

    def step(number: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        return objective(batches(number), generator)

    run = TrainingRun(config, vae, optimiser, step, cosine(config.steps, warmup=50), "audio to motion")
    try:
        run.run()
    finally:
        batches.close()
    model = Audio2Motion(vae.decoder, mean, deviation)
    save_audio2motion(model, config.out / "audio2motion.safetensors")
    return model


class MotionObjective:
    """All losses of one batch; `loss` is their weighted sum."""

    def __init__(
        self, vae: MotionVae, mean: np.ndarray, deviation: np.ndarray, weights: motion_losses.MotionLossWeights
    ):
        self.vae = vae
        self.mean = torch.from_numpy(mean)[:, None]
        self.deviation = torch.from_numpy(deviation)[:, None]
        self.weights = weights
        self.regions = motion_losses.region_weights(weights.mouth)

    def __call__(self, batch: MotionBatch, generator: torch.Generator) -> dict[str, torch.Tensor]:
        count, _, frames = batch.motion.shape
        latents = (count, self.vae.config.latent, frames // self.vae.config.stride)
        noise = torch.randn(latents, generator=generator)
        predicted, mean, log_variance = self.vae(batch.motion, batch.features, noise)
        terms = {
            "mse": motion_losses.reconstruction(predicted, batch.motion, self.regions),
            "kl": motion_losses.kl_divergence(mean, log_variance),
            "velocity": motion_losses.velocity(predicted, batch.motion, self.regions),
            "gap": motion_losses.lip_gap(self._metres(predicted, batch), self._metres(batch.motion, batch)),
        }
        w = self.weights
        total = terms["mse"] + w.kl * terms["kl"] + w.velocity * terms["velocity"] + w.gap * terms["gap"]
        return {"loss": total, **terms}

    def _metres(self, motion: torch.Tensor, batch: MotionBatch) -> torch.Tensor:
        return motion * self.deviation + self.mean + batch.rest


def heard_clips(corpus: Path, encoder_path: Path, config: TrainingConfig) -> list[MotionClip]:
    """The training clips with their features, from the cache in `config.out` if it fits encoder, corpus and seed."""
    encoder = load_speech_encoder(encoder_path)
    key = hashlib.sha256(encoder_path.read_bytes())
    found = list(read_clips(corpus, "train"))
    for clip in found:
        key.update(f"{clip.entry.file} {clip.entry.voice} {clip.entry.seconds} {clip.entry.text}".encode())
    key.update(f"{config.seed} {FEATURE_VARIANTS}".encode())
    cache = config.out / f"heard-{key.hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    if not found:
        raise CorpusError(f"The landmark corpus in {corpus} has no training clips.", "Make it with more clips.")
    clips = []
    for i, clip in enumerate(track(found, "hearing the clips", disable=config.quiet)):
        path = cache / f"{i:05d}.npz"
        if not path.exists():
            _write(path, prepare_clip(encoder, clip, (config.seed, i), FEATURE_VARIANTS))
        clips.append(_read(path))
    return clips + _wordless(encoder, clips, config.seed)


def _wordless(encoder: SpeechEncoder, clips: list[MotionClip], seed: int) -> list[MotionClip]:
    still = silent_motion(encoder, clips)
    count = max(4, round(_WORDLESS_SHARE * len(clips)))
    return [wordless_clip(encoder, still, clips[i % len(clips)].rest, (seed, 1_000_000 + i)) for i in range(count)]


def silent_motion(encoder: SpeechEncoder, clips: list[MotionClip]) -> np.ndarray:
    """(204,) metres: how the face is held in the midst of silence, on average; zero if no clip is ever silent."""
    silence = encoder.phones.index("sil")
    total, count = np.zeros(3 * 68), 0
    for clip in clips:
        quiet = clip.features[0][:, silence] > 0.9
        # Only where it has been silent for 0.3 s and stays so.
        deep = np.convolve(quiet, np.ones(15), mode="same") >= 15
        total += clip.motion[deep].sum(0)
        count += int(deep.sum())
    return (total / max(count, 1)).astype(np.float32)


def _write(path: Path, clip: MotionClip) -> None:
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        features = np.stack(clip.features).astype(np.float16)
        np.savez(file, features=features, motion=clip.motion, rest=clip.rest)
    temporary.replace(path)


def _read(path: Path) -> MotionClip:
    with np.load(path) as stored:
        return MotionClip(tuple(stored["features"].astype(np.float32)), stored["motion"], stored["rest"])
