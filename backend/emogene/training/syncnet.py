"""Training of SyncNet: sound and mouth of the same moment against those of others."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from emogene.audio.speech_features import FeatureKind
from emogene.motion.syncnet import (
    MOUTH_ROWS,
    SyncConfig,
    SyncNet,
    SyncNetwork,
    match_loss,
    save_syncnet,
)
from emogene.training.heard_clips import FeatureSource, HeardCorpus, MotionClip, hear_corpus
from emogene.training.loop import TrainingConfig, TrainingRun, cosine
from emogene.training.motion_data import crop, less_sure, statistics, validation_batch
from emogene.training.prefetch import Prefetch
from emogene.training.run_inputs import inputs_digest
from emogene_proto.errors import CorpusError, EmoGeneError

_LEARNING_RATE = 1e-3
_CROPS = 24
_CROP_FRAMES = 64
_NEAR = (2, 5)
"""Frames by which a near miss is shifted; a shift by one cannot be told from none."""
_FAR = 20
LARGEST_WINDOW = _CROP_FRAMES - _FAR - 1
"""Frames; a crop that is shifted by `_FAR` still has room for it."""
_AMPLITUDE = (0.7, 1.3)
"""People open their mouths more or less; the moment is the same."""


@dataclass(frozen=True)
class SyncBatches:
    """Random crops of sound and mouth; a batch depends on seed and step only."""

    clips: list[MotionClip]
    kind: FeatureKind
    seed: int

    def __call__(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(24, F, 64) features and (24, 60, 64) metres."""
        rng = np.random.default_rng((self.seed, 7, step))
        # Different clips, so that the others of a batch are never the same moment.
        chosen = rng.permutation(len(self.clips))[:_CROPS]
        features, mouths = [], []
        for place in chosen:
            clip = self.clips[int(place)]
            variant = int(rng.integers(len(clip.features)))
            first = int(rng.integers(max(1, len(clip.features[variant]) - _CROP_FRAMES)))
            cut = crop(clip, variant, first, _CROP_FRAMES)
            features.append(less_sure(cut.features, self.kind, rng).T)
            mouths.append(cut.motion[:, MOUTH_ROWS].T * rng.uniform(*_AMPLITUDE))
        return _tensor(features), _tensor(mouths)


def _tensor(parts: list[np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(np.stack(parts).astype(np.float32))


def sync_losses(
    network: SyncNetwork, features: torch.Tensor, mouths: torch.Tensor, generator: torch.Generator
) -> dict[str, torch.Tensor]:
    """Losses of (B, F, T) features and (B, 60, T) normalised mouths that belong together, half of them set apart.

    What is set apart is, in equal parts, a near miss, another moment of the same clip, and, where there is one,
    another clip.
    """
    heard, seen = network.hear(features), network.see(mouths)
    together = match_loss(heard, seen, 1.0)
    near = int(torch.randint(_NEAR[0], _NEAR[1] + 1, (1,), generator=generator))
    far = int(torch.randint(_NEAR[1] + 1, _FAR + 1, (1,), generator=generator))
    apart = {"near": _shifted(heard, seen, near), "far": _shifted(heard, seen, far)}
    if len(heard) > 1:
        apart["other"] = match_loss(heard, seen.roll(1, 0), 0.0)
    negative = torch.stack(list(apart.values())).mean()
    return {"loss": 0.5 * (together + negative), "together": together, **apart}


def _shifted(heard: torch.Tensor, seen: torch.Tensor, frames: int) -> torch.Tensor:
    """The mouth late and the mouth early."""
    late = match_loss(heard[:, :, :-frames], seen[:, :, frames:], 0.0)
    early = match_loss(heard[:, :, frames:], seen[:, :, :-frames], 0.0)
    return 0.5 * (late + early)


def train_syncnet(
    corpus: Path,
    sound: FeatureSource,
    config: TrainingConfig,
    size: SyncConfig | None = None,
    heard: Path | None = None,
) -> SyncNet:
    """Train on the training clips of a landmark corpus and write `syncnet.safetensors` into `config.out`.

    Args:
        size: of the networks; None is the usual one for these features.
        heard: folder that keeps the heard clips; None is `config.out`.

    Raises:
        CorpusError: there is no corpus, or it has too few clips.
        ActorError: the features' model is missing or damaged.
        EmoGeneError: the window is even or too long.
    """
    needed = sound.load().needed
    size = size or SyncConfig(needed.size)
    _check(size)
    clips = _enough(hear_corpus(corpus, sound, heard or config.out, config.seed, config.quiet))
    mean, deviation = (values[MOUTH_ROWS] for values in statistics(clips.train))
    torch.manual_seed(config.seed)
    network = SyncNetwork(size)
    batches = Prefetch(SyncBatches(clips.train, needed.kind, config.seed), config.steps)
    objective = SyncObjective(network, (mean, deviation), config.device)

    def step(number: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        return objective(*batches(number), generator)

    validate = partial(objective.validation, clips.validation)
    optimiser = torch.optim.AdamW(network.parameters(), lr=_LEARNING_RATE, weight_decay=1e-2)
    schedule, learned_from = cosine(config.steps, warmup=50), inputs_digest(corpus=clips.key, size=size)
    run = TrainingRun(config, network, optimiser, step, schedule, "SyncNet", validate, learned_from)
    try:
        run.run()
    finally:
        batches.close()
    with torch.no_grad():
        checked = SyncObjective(network, (mean, deviation), "cpu").validation(clips.validation)
    model = SyncNet(network, mean, deviation, needed, float(checked["loss"]))
    save_syncnet(model, config.out / "syncnet.safetensors")
    return model


def _enough(clips: HeardCorpus) -> HeardCorpus:
    if len(clips.train) < 2 or not clips.validation:
        raise CorpusError("SyncNet needs two training clips and one to check with.", "Record or make more clips.")
    return clips


def _check(size: SyncConfig) -> None:
    if size.window % 2 == 0 or not 3 <= size.window <= LARGEST_WINDOW:
        raise EmoGeneError(
            f"SyncNet cannot look at {size.window} frames together.",
            f"--window is an odd number from 3 to {LARGEST_WINDOW}.",
            code="training",
        )


class SyncObjective:
    """The losses of mouths in metres."""

    def __init__(self, network: SyncNetwork, scale: tuple[np.ndarray, np.ndarray], device: str):
        """`scale`: mean and deviation, (60,) metres each."""
        self.network = network
        self.device = device
        self.mean, self.deviation = (torch.from_numpy(x)[:, None].to(device) for x in scale)

    def __call__(
        self, features: torch.Tensor, mouths: torch.Tensor, generator: torch.Generator
    ) -> dict[str, torch.Tensor]:
        """Losses of (B, F, T) features and (B, 60, T) metres."""
        seen = (mouths.to(self.device) - self.mean) / self.deviation
        return sync_losses(self.network, features.to(self.device), seen, generator)

    def validation(self, clips: list[MotionClip]) -> dict[str, torch.Tensor]:
        """Mean loss of the clips' beginnings, always with the same shifts."""
        batch = validation_batch(clips)
        generator = torch.Generator().manual_seed(0)
        rounds = [self(batch.features, batch.motion[:, MOUTH_ROWS], generator)["loss"] for _ in range(8)]
        return {"loss": torch.stack(rounds).mean()}
