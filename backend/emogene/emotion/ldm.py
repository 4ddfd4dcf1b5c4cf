"""The landmark deformation model: neutral landmarks and an emotion to a displacement (paper, equations 2 to 4)."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import linear

from emogene.inference import one_thread
from emogene.module_loading import load_module, require_modest
from emogene.weights import load_weights, rebuilding, save_weights
from emogene_proto.names import EMOTIONS, LANDMARK_COUNT

KIND = "ldm"
_SIZE = 3 * LANDMARK_COUNT
_BLOCK_FRAMES = 256
"""Rows that the network always sees at once, padded where there are fewer: a matrix product of another size may sum in
another order, and a frame must not depend on how many are felt with it."""
_SIZE_SPANS = ((36, 45), (27, 8), (1, 15))
"""Landmarks between which a face is measured: the eyes' outer corners, bridge of the nose and chin, ear to ear."""
_USUAL_SIZE = 0.1135
"""Metres, the mean of these spans' geometric mean over the landmark corpus' people."""
_PEOPLE = (0.9, 1.1)
"""Within which the people of the corpus lie."""


@dataclass(frozen=True)
class LdmConfig:
    """Size of the network."""

    hidden: int = 256
    embedding: int = 16


class LdmNetwork(nn.Module):
    """Equation 2, three fully connected layers, on normalised neutral landmarks beside an emotion embedding.

    The embedding is linear in the emotion weights, so intensity and mixtures are continuous. The answer for all weight
    on neutral is taken off, so that neutral is displaced by exactly nothing.
    """

    def __init__(self, config: LdmConfig):
        super().__init__()
        self.config = config
        self.emotions = nn.Parameter(torch.randn(len(EMOTIONS), config.embedding))
        self.layers = nn.Sequential(
            nn.Linear(_SIZE + config.embedding, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, _SIZE),
        )

    def forward(self, landmarks: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """(B, 204) normalised neutral landmarks and (B, 8) weights to a (B, 204) normalised displacement."""
        first, second, last = (layer for layer in self.layers if isinstance(layer, nn.Linear))
        # What both answers have in common is computed once: the landmarks' part of the first layer, and the last
        # layer of their difference, in which its bias cancels.
        seen = linear(landmarks, first.weight[:, :_SIZE], first.bias)
        meant = self.emotions @ first.weight[:, _SIZE:].T
        felt, neutral = seen + weights @ meant, seen + meant[0]
        felt, neutral = second(torch.cat([felt, neutral]).relu()).relu().chunk(2)
        return linear(felt - neutral, last.weight)


class LandmarkDeformation:
    """The trained network with the normalisation of its inputs and outputs."""

    def __init__(self, network: LdmNetwork, mean: np.ndarray, deviation: np.ndarray, scale: np.ndarray):
        """(204,) float32 metres each: mean and deviation of the landmarks' way from rest, scale of the displacement."""
        self.network = network.eval()
        self.mean = mean
        self.deviation = deviation
        self.scale = scale

    def deform(
        self, landmarks: np.ndarray, rest: np.ndarray, weights: np.ndarray, gains: np.ndarray | None = None
    ) -> np.ndarray:
        """Give neutral landmarks an emotion (equation 3); frames do not depend on one another.

        The network sees how far landmarks are from the actor's own rest face, so proportions stay the actor's; a face
        larger or smaller than any of the training is moved further or less, see `scale_of`.

        Args:
            landmarks: (T, 68, 3) float32 metres, neutral speech.
            rest: (68, 3) float32 metres, the actor's rest face.
            weights: (T, 8) float32 emotion weights in the order of EMOTIONS; column 0 is the neutral rest.
            gains: (68,) float32 factors of the displacement of each landmark; None is 1 everywhere.

        Returns:
            (T, 68, 3) float32; rows with all weight on neutral come back unchanged.
        """
        result = landmarks.astype(np.float32, copy=True)
        felt = np.flatnonzero((weights[:, 1:] > 0).any(1))
        size = scale_of(rest)
        reach = (self.scale * size).reshape(LANDMARK_COUNT, 3)
        if gains is not None:
            reach = reach * gains[:, None]
        with one_thread():
            for first in range(0, len(felt), _BLOCK_FRAMES):
                rows = felt[first : first + _BLOCK_FRAMES]
                way = (landmarks[rows] - rest).reshape(len(rows), -1) / size
                full = _block(weights[rows])
                # What the emotions leave is neutral's, whatever column 0 says, so that rows always sum to one.
                full[:, 0] = 1.0 - full[:, 1:].sum(1)
                normalised = _block((way - self.mean) / self.deviation)
                found = self.network(torch.from_numpy(normalised), torch.from_numpy(full)).numpy()[: len(rows)]
                result[rows] += found.reshape(-1, LANDMARK_COUNT, 3) * reach.astype(np.float32)
        return result


def _block(rows: np.ndarray) -> np.ndarray:
    """(_BLOCK_FRAMES, N) float32, of which the first are (K, N) rows."""
    block = np.zeros((_BLOCK_FRAMES, rows.shape[1]), np.float32)
    block[: len(rows)] = rows
    return block


def scale_of(rest: np.ndarray) -> float:
    """How much larger a face is than those of the training: exactly 1 for the size of a grown person's.

    Among people an expression goes about as far on a large face as on a small one (docs/emotion.md); a giant's or a
    child's goes as much further or less as the face is beyond them.

    Args:
        rest: (68, 3) metres.
    """
    spans = [float(np.linalg.norm(rest[a] - rest[b])) for a, b in _SIZE_SPANS]
    size = float(np.prod(spans)) ** (1.0 / len(spans)) / _USUAL_SIZE
    return size / min(max(size, _PEOPLE[0]), _PEOPLE[1])


def save_ldm(model: LandmarkDeformation, path: Path) -> None:
    """Write the model as one half-precision safetensors file."""
    tensors = {f"network.{name}": value.detach().numpy() for name, value in model.network.state_dict().items()}
    # In millimetres, where half precision is fine enough.
    for name, metres in (("mean_mm", model.mean), ("deviation_mm", model.deviation), ("scale_mm", model.scale)):
        tensors[name] = (metres * 1000.0).astype(np.float32)
    save_weights(path, tensors, KIND, asdict(model.network.config), half=True)


def load_ldm(path: Path) -> LandmarkDeformation:
    """Read a model.

    Raises:
        ActorError: the file is missing, damaged or holds another model.
    """
    tensors, config = load_weights(path, KIND)
    with rebuilding(path, "a landmark deformation"):
        require_modest(config)
        sizes = LdmConfig(**config)
        network = load_module(lambda: LdmNetwork(sizes), tensors, "network.")
        mean, deviation, scale = (tensors[name] / 1000.0 for name in ("mean_mm", "deviation_mm", "scale_mm"))
        if not all(values.shape == (_SIZE,) for values in (mean, deviation, scale)) or not (deviation > 0).all():
            raise ValueError("mean, deviation or scale have another size, or nothing varies")
    return LandmarkDeformation(network, mean, deviation, scale)


def untrained(config: LdmConfig = LdmConfig(), seed: int = 0) -> LandmarkDeformation:  # noqa: B008 - frozen
    """A model with random weights and millimetre-sized displacements, for trying out what comes around it."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = LdmNetwork(config)
    millimetre = np.full(_SIZE, 1e-3, np.float32)
    return LandmarkDeformation(network, np.zeros(_SIZE, np.float32), millimetre, millimetre)
