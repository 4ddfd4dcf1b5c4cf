"""Training of the landmark deformation model (paper, equation 4), on takes aligned frame by frame."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from emogene.corpus.landmark_corpus import LandmarkClip, read_clips, read_index
from emogene.emotion.ldm import LandmarkDeformation, LdmConfig, LdmNetwork, save_ldm
from emogene.training.loop import TrainingConfig, TrainingRun, cosine
from emogene.training.motion_losses import region_weights
from emogene.training.run_inputs import corpus_digest, inputs_digest
from emogene_proto.errors import CorpusError
from emogene_proto.names import EMOTIONS

_LEARNING_RATE = 2e-3
_FRAMES = 768
_LEAST_DEVIATION = 5e-5
"""Metres; coordinates that hardly move are not blown up to full size."""
_MOUTH_WEIGHT = 2.0
"""Of a mouth landmark against another."""
_LEAST_FELT = 0.01
_INPUT_NOISE = 0.05
"""In deviations: neutral landmarks come from a model later, not from the corpus."""

MIRRORED = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46),
    *(39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
    *(64, 63, 62, 61, 60, 67, 66, 65),
)
"""The landmark that a mirror puts in each one's place."""
_RIGHT_CORNER, _LEFT_CORNER = 48, 54


@dataclass(frozen=True)
class LdmData:
    """All frames of a split, as ways from each identity's rest face, metres."""

    neutral: np.ndarray
    """(N, 204) float32"""
    emotional: np.ndarray
    """(N, 204) float32"""
    weights: np.ndarray
    """(N, 8) float32"""


def read_ldm_data(corpus: Path, split: str) -> LdmData:
    """Every frame of a split, of all clips, not only the first; all sneer with the left side.

    Half of the people sneer with the right side. The mean of both would be a smile, so they are mirrored.

    Raises:
        CorpusError: there is no corpus, or the split is empty.
    """
    clips = list(read_clips(corpus, split))
    if not clips:
        raise CorpusError(f"The landmark corpus in {corpus} has no {split} clips.", "Make it with more clips.")

    neutral, emotional = [], []
    for clip in clips:
        flip = sneers_right(clip)
        rest = mirrored(clip.rest) if flip else clip.rest
        for takes, landmarks in ((neutral, clip.neutral), (emotional, clip.emotional)):
            way = (mirrored(landmarks) if flip else landmarks) - rest
            takes.append(way.reshape(len(landmarks), -1))
    parts = (neutral, emotional, [clip.weights for clip in clips])
    return LdmData(*(np.concatenate(part).astype(np.float32) for part in parts))


def sneers_right(clip: LandmarkClip) -> bool:
    """Is contempt shown by the right corner of the mouth?"""
    contempt = clip.weights[:, EMOTIONS.index("contempt")]
    lift = (clip.emotional - clip.neutral)[:, :, 1]
    return float((contempt * (lift[:, _RIGHT_CORNER] - lift[:, _LEFT_CORNER])).sum()) > 0.0


def mirrored(landmarks: np.ndarray) -> np.ndarray:
    """(..., 68, 3) landmarks of the same face in a mirror."""
    return landmarks[..., MIRRORED, :] * np.array([-1, 1, 1], landmarks.dtype)


def train_ldm(
    corpus: Path,
    config: TrainingConfig,
    size: LdmConfig = LdmConfig(),  # noqa: B008 - frozen
) -> LandmarkDeformation:
    """Train on the training clips of a landmark corpus and write `ldm.safetensors` into `config.out`.

    Equation 4, but for two weights: the displacement is compared with each coordinate over its own deviation in the
    training clips, so that brows count as much as lips, and then the mouth `_MOUTH_WEIGHT` times as much as the rest.
    On frames that feel something: where nothing is felt the answer is exactly zero whatever the weights. What keeps
    lips together is not learned but done afterwards, see `emotion/lips.py`.

    Raises:
        CorpusError: there is no corpus, or it has no training clips, or none with an emotion.
    """
    data = read_ldm_data(corpus, "train")
    mean = data.neutral.mean(0)
    deviation = np.maximum(data.neutral.std(0), _LEAST_DEVIATION)
    scale = np.maximum((data.emotional - data.neutral).std(0), _LEAST_DEVIATION)
    torch.manual_seed(config.seed)
    network = LdmNetwork(size)
    optimiser = torch.optim.AdamW(network.parameters(), lr=_LEARNING_RATE, weight_decay=1e-4)
    regions = region_weights(_MOUTH_WEIGHT)[:, 0]
    felt = np.flatnonzero(data.weights[:, 0] < 1.0 - _LEAST_FELT)
    if not len(felt):
        raise CorpusError(f"Nobody feels anything in the landmark corpus in {corpus}.", "Use one with emotions.")

    def step(number: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        rows = felt[torch.randint(len(felt), (_FRAMES,), generator=generator).numpy()]
        neutral = torch.from_numpy((data.neutral[rows] - mean) / deviation)
        wanted = torch.from_numpy((data.emotional[rows] - data.neutral[rows]) / scale)
        noisy = neutral + _INPUT_NOISE * torch.randn(neutral.shape, generator=generator)
        found = network(noisy, torch.from_numpy(data.weights[rows]))
        return {"loss": (regions * (found - wanted) ** 2).mean()}

    clips = corpus_digest(corpus, (entry.file for entry in read_index(corpus).clips if entry.split == "train"))
    learned_from, schedule = inputs_digest(corpus=clips, size=size), cosine(config.steps, warmup=50)
    TrainingRun(config, network, optimiser, step, schedule, "landmark deformation", inputs=learned_from).run()
    model = LandmarkDeformation(network, mean, deviation, scale)
    save_ldm(model, config.out / "ldm.safetensors")
    return model
