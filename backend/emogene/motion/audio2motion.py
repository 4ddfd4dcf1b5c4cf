"""Speech features to neutral landmarks: the decoder of the VAE at work (paper, section III-A)."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from emogene.inference import one_thread
from emogene.motion.vae import MOTION_SIZE, MotionDecoder, VaeConfig
from emogene.weights import load_weights, save_weights
from emogene_proto.names import LANDMARK_COUNT

KIND = "audio2motion"
_BLOCK_FRAMES = 60 * 25
_MARGIN_FRAMES = 24
"""More than the decoder sees to each side, and a multiple of its stride."""


class Audio2Motion:
    """The trained decoder with the mean and deviation of every coordinate's displacement."""

    def __init__(self, decoder: MotionDecoder, mean: np.ndarray, deviation: np.ndarray):
        """`mean`, `deviation`: (204,) float32 metres."""
        self.decoder = decoder.eval()
        self.mean = mean
        self.deviation = deviation

    @property
    def feature_count(self) -> int:
        """F: columns of the features that `generate` wants."""
        return self.decoder.config.feature_count

    def generate(self, features: np.ndarray, rest: np.ndarray, seed: int = 0, temperature: float = 0.2) -> np.ndarray:
        """Neutral landmarks that speak the given features; blinks and head motion are not in them.

        The latent is drawn once for the whole length, and blocks overlap by more than the network sees, so a frame
        does not depend on how the work is cut.

        Args:
            features: (T, F) float32 at 25 Hz.
            rest: (68, 3) float32 metres, the actor's own rest face.
            seed: chooses the latent z ~ N(0, temperature).
            temperature: 0 is the most likely motion, 1 varies as people did.

        Returns:
            (T, 68, 3) float32 metres, canonical head frame.
        """
        frames, stride = len(features), self.decoder.config.stride
        if frames == 0:
            return np.zeros((0, LANDMARK_COUNT, 3), np.float32)
        # The first and last frame are held outside, so that a sound that begins at once does not meet a wall.
        after = _MARGIN_FRAMES + -frames % stride
        held = np.pad(features.astype(np.float32), ((_MARGIN_FRAMES, after), (0, 0)), mode="edge")
        latents = np.random.default_rng(seed).standard_normal((len(held) // stride, self.decoder.config.latent))
        latents = (latents * temperature).astype(np.float32)
        parts = []
        with one_thread():
            for first in range(_MARGIN_FRAMES, len(held) - _MARGIN_FRAMES, _BLOCK_FRAMES):
                last = min(first + _BLOCK_FRAMES, len(held) - _MARGIN_FRAMES)
                begin, end = first - _MARGIN_FRAMES, last + _MARGIN_FRAMES
                z = torch.from_numpy(latents[begin // stride : end // stride].T[None].copy())
                a = torch.from_numpy(held[begin:end].T[None].copy())
                parts.append(self.decoder(z, a)[0].T[_MARGIN_FRAMES:-_MARGIN_FRAMES].numpy())
        motion = np.concatenate(parts)[:frames] * self.deviation + self.mean
        return (rest[None] + motion.reshape(frames, LANDMARK_COUNT, 3)).astype(np.float32)


def save_audio2motion(model: Audio2Motion, path: Path) -> None:
    """Write the decoder as one half-precision safetensors file."""
    tensors = {f"decoder.{name}": value.numpy() for name, value in model.decoder.state_dict().items()}
    # In millimetres, where half precision is fine enough.
    tensors |= {"mean_mm": model.mean * 1000.0, "deviation_mm": model.deviation * 1000.0}
    tensors = {name: np.asarray(a, np.float32) if a.dtype == np.float64 else a for name, a in tensors.items()}
    save_weights(path, tensors, KIND, asdict(model.decoder.config), half=True)


def load_audio2motion(path: Path) -> Audio2Motion:
    """Read a decoder.

    Raises:
        ActorError: the file is missing, damaged or holds another model.
    """
    tensors, config = load_weights(path, KIND)
    decoder = MotionDecoder(VaeConfig(**config))
    prefix = "decoder."
    decoder.load_state_dict(
        {name.removeprefix(prefix): torch.from_numpy(a) for name, a in tensors.items() if name.startswith(prefix)}
    )
    return Audio2Motion(decoder, tensors["mean_mm"] / 1000.0, tensors["deviation_mm"] / 1000.0)


def untrained(config: VaeConfig, seed: int = 0) -> Audio2Motion:
    """A model with random weights and millimetre-sized motion, for trying out what comes around it."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        decoder = MotionDecoder(config)
    return Audio2Motion(decoder, np.zeros(MOTION_SIZE, np.float32), np.full(MOTION_SIZE, 1e-3, np.float32))
