"""SyncNet: do this sound and this mouth belong to the same moment? (paper, equation 1, L_Sync)

Two small convolutional networks take 0.2 s of speech features and of the 20 mouth points to unit vectors without
negative parts; their product is the probability that the two belong together. It is trained before the VAE, judges the
VAE's mouths in its loss, and measures finished motion: by how many frames is a mouth late?
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from emogene.audio.speech_features import FeaturesNeeded, needed_from
from emogene.inference import one_thread
from emogene.module_loading import load_module, require_modest
from emogene.weights import load_weights, rebuilding, save_weights
from emogene_proto.names import MOUTH

KIND = "syncnet"
MOUTH_SIZE = 3 * len(MOUTH)
MOUTH_ROWS = [3 * point + axis for point in MOUTH for axis in range(3)]
"""Rows of the mouth among the 204 coordinates of a face."""
USABLE_LOSS = 0.5
"""Validation loss from which on a SyncNet knows too little to judge anybody; answering 0.5 to everything gives 0.69."""
LARGEST_OFFSET = 15
_LEAST = 1e-6


@dataclass(frozen=True)
class SyncConfig:
    """Size of the networks."""

    feature_count: int
    """F: columns of the audio features."""
    window: int = 5
    """Frames at 25 Hz that are looked at together; odd."""
    width: int = 160
    vector: int = 256
    """Length of the unit vectors."""


def _tower(entering: int, config: SyncConfig) -> nn.Sequential:
    """(B, C, T) to (B, vector, T - window + 1)."""
    first = config.window // 2 + 1
    return nn.Sequential(
        nn.BatchNorm1d(entering),
        nn.Conv1d(entering, config.width, first),
        nn.BatchNorm1d(config.width),
        nn.ReLU(),
        nn.Conv1d(config.width, config.vector, config.window + 1 - first),
        nn.BatchNorm1d(config.vector),
        nn.ReLU(),
        nn.Conv1d(config.vector, config.vector, 1),
        nn.ReLU(),
    )


class SyncNetwork(nn.Module):
    """Both towers. Column k of what they give is about frames k to k + window."""

    def __init__(self, config: SyncConfig):
        super().__init__()
        self.config = config
        self.sound = _tower(config.feature_count, config)
        self.mouth = _tower(MOUTH_SIZE, config)

    def hear(self, features: torch.Tensor) -> torch.Tensor:
        """(B, F, T) features to (B, vector, K = T - window + 1) unit vectors."""
        return functional.normalize(self.sound(features).float() + _LEAST, dim=1)

    def see(self, motion: torch.Tensor) -> torch.Tensor:
        """(B, 60, T) normalised mouth motion to (B, vector, K) unit vectors."""
        return functional.normalize(self.mouth(motion).float() + _LEAST, dim=1)


def match_loss(heard: torch.Tensor, seen: torch.Tensor, together: float) -> torch.Tensor:
    """Binary cross entropy of (B, vector, K) unit vectors that belong together (1) or do not (0)."""
    probability = (heard * seen).sum(1).clamp(1e-4, 1.0 - 1e-4)
    return -(together * probability.log() + (1.0 - together) * (1.0 - probability).log()).mean()


class SyncNet:
    """The trained network with the mean and deviation of the mouth's motion."""

    def __init__(
        self,
        network: SyncNetwork,
        mean: np.ndarray,
        deviation: np.ndarray,
        features: FeaturesNeeded | None = None,
        validation_loss: float = float("inf"),
    ):
        """`mean`, `deviation`: (60,) float32 metres. `features`: None are those of the built-in encoder."""
        self.network = network.eval()
        self.mean = mean
        self.deviation = deviation
        self.features = features or FeaturesNeeded("built-in", size=network.config.feature_count)
        self.validation_loss = validation_loss
        """At the end of the training, on voices that were not in it."""

    @property
    def usable(self) -> bool:
        """Does it know enough to be trained against?"""
        return self.validation_loss < USABLE_LOSS

    def score(self, features: np.ndarray, motion: np.ndarray, largest: int = LARGEST_OFFSET) -> np.ndarray:
        """(2 largest + 1,) probabilities that sound and mouth belong together, by the mouth's delay in frames.

        Every delay is judged by the same moments of the sound.

        Args:
            features: (T, F) float32 at 25 Hz.
            motion: (T, 60) float32 metres, the mouth points' way from the rest face, in the order of MOUTH.
            largest: delays from -largest to largest.

        Raises:
            ValueError: there are too few frames for that.
        """
        length = min(len(features), len(motion))
        moments = length - self.network.config.window + 1 - 2 * largest
        if moments < 1:
            raise ValueError(f"{length} frames are too few to try delays of {largest}")
        with one_thread():
            wanted = (motion[:length] - self.mean) / self.deviation
            heard = self.network.hear(_batch(features[:length]))[0].T.numpy()
            seen = self.network.see(_batch(wanted))[0].T.numpy()
        heard = heard[largest : largest + moments]
        delays = range(-largest, largest + 1)
        return np.array([(heard * seen[largest + d : largest + d + moments]).sum(1).mean() for d in delays])

    def offset_of(self, features: np.ndarray, motion: np.ndarray, largest: int = LARGEST_OFFSET) -> int:
        """Frames by which the mouth is late: the delay with the best score. Arguments as of `score`."""
        return int(np.argmax(self.score(features, motion, largest))) - largest


def _batch(rows: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(rows.T[None], dtype=np.float32))


def mouth_motion(landmarks: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """(T, 60) float32 metres: what SyncNet sees of (T, 68, 3) landmarks of a person with (68, 3) rest face."""
    points = list(MOUTH)
    return (landmarks[:, points] - rest[points]).reshape(len(landmarks), -1).astype(np.float32)


def save_syncnet(model: SyncNet, path: Path) -> None:
    """Write it as one half-precision safetensors file."""
    tensors = {f"network.{name}": value.cpu().numpy() for name, value in model.network.state_dict().items()}
    tensors |= {
        "mean_mm": np.asarray(model.mean * 1000.0, np.float32),
        "deviation_mm": np.asarray(model.deviation * 1000.0, np.float32),
    }
    config = asdict(model.network.config) | {
        "features": msgspec.to_builtins(model.features),
        "validation_loss": model.validation_loss,
    }
    save_weights(path, tensors, KIND, config, half=True)


def load_syncnet(path: Path) -> SyncNet:
    """Read a SyncNet.

    Raises:
        ActorError: the file is missing, damaged or holds another model.
    """
    tensors, config = load_weights(path, KIND)
    features = needed_from(config)
    with rebuilding(path, "a SyncNet"):
        sizes = {name: config[name] for name in ("feature_count", "window", "width", "vector")}
        require_modest(sizes)
        network = load_module(lambda: SyncNetwork(SyncConfig(**sizes)), tensors, "network.")
        mean, deviation = tensors["mean_mm"] / 1000.0, tensors["deviation_mm"] / 1000.0
        if not mean.shape == deviation.shape == (MOUTH_SIZE,) or not (deviation > 0).all():
            raise ValueError("mean or deviation have another size, or nothing varies")
        return SyncNet(network, mean, deviation, features, float(config["validation_loss"]))
