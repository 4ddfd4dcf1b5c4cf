"""Training of the audio-to-motion VAE (paper, section III-A, equation 1).

The loss is that of the paper, L = E[|l - l^|^2 + KL(z | z^) + L_Sync(a, l^)], with the velocity of the reference
implementation. What keeps lips closed for unknown voices comes beside them: their inner gap, the contacts that the
decoder tells, and motion and gap once more with a latent drawn from the prior, since at inference there is no other.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from emogene.audio.speech_features import FeaturesNeeded
from emogene.motion.audio2motion import Audio2Motion, save_audio2motion
from emogene.motion.syncnet import MOUTH_ROWS, SyncNet, SyncNetwork, load_syncnet, match_loss
from emogene.motion.vae import MotionVae, VaeConfig
from emogene.training import motion_losses
from emogene.training.heard_clips import FeatureSource, HeardCorpus, hear_corpus
from emogene.training.loop import TrainingConfig, TrainingRun, ValidateFunction, cosine
from emogene.training.motion_data import MotionBatch, MotionBatches, statistics, validation_batch
from emogene.training.motion_losses import MotionLossWeights
from emogene.training.prefetch import Prefetch
from emogene.training.run_inputs import inputs_digest
from emogene_proto.errors import ActorError, EmoGeneError

_LEARNING_RATE = 1e-3
_SPOKEN_TEMPERATURE = 0.2
"""Of the latents drawn in training; that of a new shot."""


@dataclass(frozen=True)
class MotionTraining:
    """What is learned from what."""

    corpus: Path
    """Landmark corpus, synthetic or from video."""
    sound: FeatureSource
    syncnet: Path | None = None
    """File of a SyncNet that was trained on the same features; needed unless `weights.sync` is 0."""
    weights: MotionLossWeights = MotionLossWeights()
    heard: Path | None = None
    """Folder that keeps the heard clips; None is that of the run."""

    def without(self, sync: bool = False, velocity: bool = False) -> "MotionTraining":
        """The same with terms of the loss left out."""
        weights = replace(self.weights, sync=0.0) if sync else self.weights
        return replace(self, weights=replace(weights, velocity=0.0) if velocity else weights)


def train_audio2motion(training: MotionTraining, config: TrainingConfig, size: VaeConfig | None = None) -> Audio2Motion:
    """Train on the training clips of a landmark corpus and write `audio2motion.safetensors` into `config.out`.

    Args:
        size: of the networks; None is the usual one for the features.

    Raises:
        CorpusError: there is no corpus, or it has no training clips.
        ActorError: a model's file is missing, damaged, or was trained on other features.
        EmoGeneError: the loss asks for a SyncNet and there is none, or one that has not learned enough.
    """
    needed = training.sound.load().needed
    judge = _judge(training, needed)
    clips = hear_corpus(training.corpus, training.sound, training.heard or config.out, config.seed, config.quiet)
    mean, deviation = statistics(clips.train)
    torch.manual_seed(config.seed)
    size = size or VaeConfig(needed.size)
    vae = MotionVae(size)
    optimiser = torch.optim.AdamW(vae.parameters(), lr=_LEARNING_RATE, weight_decay=1e-3)
    batches = Prefetch(MotionBatches(clips.train + clips.wordless, needed.kind, config.seed), config.steps)
    objective = MotionObjective(vae, (mean, deviation), training.weights, judge, config.device)

    def step(number: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        return objective(batches(number).to(config.device), generator)

    validate = _validation(clips, objective, config.device) if clips.validation else None
    # A SyncNet that the loss does not ask has no part in the weights.
    asked = training.syncnet if judge is not None else None
    learned_from = inputs_digest(corpus=clips.key, size=size, weights=training.weights, syncnet=asked)
    schedule = cosine(config.steps, warmup=50)
    run = TrainingRun(config, vae, optimiser, step, schedule, "audio to motion", validate, learned_from)
    try:
        run.run()
    finally:
        batches.close()
    model = Audio2Motion(vae.decoder, mean, deviation, needed)
    save_audio2motion(model, config.out / "audio2motion.safetensors")
    return model


def _judge(training: MotionTraining, needed: FeaturesNeeded) -> SyncNet | None:
    """The frozen SyncNet of the loss."""
    if training.weights.sync == 0.0:
        return None
    hint = "Train one with 'emogene train syncnet' and name it with --syncnet, or leave the term out with --no-sync."
    if training.syncnet is None:
        raise EmoGeneError("The loss of the VAE needs a SyncNet.", hint, code="training")
    judge = load_syncnet(training.syncnet)
    if not judge.features.fits(needed):
        raise ActorError(f"The SyncNet in {training.syncnet.name} was trained on other speech features.", hint)
    if not judge.usable:
        known = (
            f"The SyncNet in {training.syncnet.name} has learned too little, its loss is {judge.validation_loss:.2f}."
        )
        raise EmoGeneError(known, hint, code="training")
    judge.network.requires_grad_(False)
    return judge


class MotionObjective:
    """All losses of one batch; `loss` is their weighted sum."""

    def __init__(
        self,
        vae: MotionVae,
        scale: tuple[np.ndarray, np.ndarray],
        weights: MotionLossWeights,
        judge: SyncNet | None,
        device: str,
    ):
        """`scale`: mean and deviation, (204,) metres each."""
        self.vae = vae
        self.weights = weights
        self.mean, self.deviation = (torch.from_numpy(x)[:, None].to(device) for x in scale)
        self.regions = motion_losses.region_weights(weights.mouth).to(device)
        self.judge = None if judge is None else judge.network.to(device)
        if judge is not None:
            self.judged_mean, self.judged_deviation = (
                torch.from_numpy(np.asarray(x, np.float32))[:, None].to(device) for x in (judge.mean, judge.deviation)
            )

    def __call__(self, batch: MotionBatch, generator: torch.Generator) -> dict[str, torch.Tensor]:
        count, _, frames = batch.motion.shape
        config, w = self.vae.config, self.weights
        drawn = torch.randn((2, count, config.latent, frames // config.stride), generator=generator)
        noise, other_noise = drawn.to(batch.motion.device)
        truth = (batch.motion - self.mean) / self.deviation
        found = self.vae(truth, batch.features, noise)
        predicted = found.decoded.motion.float()
        metres = self.metres(predicted)
        terms = {
            "mse": (1.0, motion_losses.reconstruction(predicted, truth, self.regions)),
            "kl": (w.kl, self._divergence(found.mean, found.log_variance, noise, found.plain)),
            "velocity": (w.velocity, motion_losses.velocity(predicted, truth, self.regions)),
            "gap": (w.gap, motion_losses.lip_gap(metres + batch.rest, batch.motion + batch.rest, w.closed)),
        }
        if found.decoded.contacts is not None:
            terms["contact"] = (w.contact, motion_losses.contact(found.decoded.contacts, batch.contacts))
        if self.judge is not None:
            terms["sync"] = (w.sync, self._sync(self.judge, batch.features, metres))
        if w.spoken > 0.0:
            latents = self.vae.decoder.draw(other_noise * _SPOKEN_TEMPERATURE, found.condition)
            terms["spoken"] = (w.spoken, self._spoken(self.vae.decoder.motion(latents, found.condition), truth, batch))
        used = {name: (weight, value) for name, (weight, value) in terms.items() if weight > 0.0}
        total = torch.stack([weight * value for weight, value in used.values()]).sum()
        return {"loss": total, **{name: value for name, (_, value) in used.items()}}

    def metres(self, motion: torch.Tensor) -> torch.Tensor:
        """Normalised (B, 204, T) motion as ways from rest."""
        return motion * self.deviation + self.mean

    def _spoken(self, motion: torch.Tensor, truth: torch.Tensor, batch: MotionBatch) -> torch.Tensor:
        """Error of motion and gap where the latent knows nothing of the truth."""
        found = motion.float()
        gap = motion_losses.lip_gap(self.metres(found) + batch.rest, batch.motion + batch.rest, self.weights.closed)
        return motion_losses.reconstruction(found, truth, self.regions) + self.weights.gap * gap

    @staticmethod
    def _divergence(
        mean: torch.Tensor, log_variance: torch.Tensor, noise: torch.Tensor, plain: torch.Tensor | None
    ) -> torch.Tensor:
        if plain is None:
            return motion_losses.kl_divergence(mean, log_variance)
        return motion_losses.sampled_divergence(log_variance, noise, plain.float())

    def _sync(self, judge: SyncNetwork, features: torch.Tensor, metres: torch.Tensor) -> torch.Tensor:
        """Third term of equation 1: does the frozen SyncNet take the found mouth for that of the sound?"""
        mouth = (metres[:, MOUTH_ROWS] - self.judged_mean) / self.judged_deviation
        return match_loss(judge.hear(features), judge.see(mouth), 1.0)


def _validation(clips: HeardCorpus, objective: MotionObjective, device: str) -> ValidateFunction:
    """The validation clips as a user gets them: the latent of temperature 0, no true motion."""
    batch = validation_batch(clips.validation).to(device)
    config = objective.vae.config
    still = torch.zeros(len(batch.motion), config.latent, batch.motion.shape[2] // config.stride, device=device)

    def validate() -> dict[str, torch.Tensor]:
        decoded = objective.vae.decoder.speak(still, batch.features)
        metres = objective.metres(decoded.motion.float())
        ways = (metres - batch.motion)[:, MOUTH_ROWS].unflatten(1, (-1, 3))
        losses = {
            "mse": motion_losses.reconstruction(
                decoded.motion.float(), (batch.motion - objective.mean) / objective.deviation, objective.regions
            ),
            "mouth_mm": ways.norm(dim=2).mean() * 1000.0,
            "gap": motion_losses.lip_gap(metres + batch.rest, batch.motion + batch.rest, objective.weights.closed),
        }
        if decoded.contacts is not None:
            losses["contact"] = motion_losses.contact(decoded.contacts, batch.contacts)
        return losses

    return validate
