"""Speech features to neutral landmarks: the decoder of the VAE at work (paper, section III-A)."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import numpy as np
import torch

from emogene.audio.speech_features import FeaturesNeeded, needed_from
from emogene.inference import one_thread
from emogene.module_loading import load_module, require_modest
from emogene.motion.latent_noise import latent_noise
from emogene.motion.lip_contacts import CONTACT_COUNT, lip_contacts
from emogene.motion.vae import MOTION_SIZE, MotionDecoder, VaeConfig
from emogene.weights import load_weights, rebuilding, save_weights
from emogene_proto.names import LANDMARK_COUNT

KIND = "audio2motion"
_BLOCK_FRAMES = 60 * 25


@dataclass(frozen=True)
class NeutralMotion:
    """Speech without emotion, blinks and head motion; T frames at 25 fps."""

    landmarks: np.ndarray
    """(T, 68, 3) float32 metres, canonical head frame."""
    contacts: np.ndarray
    """(T, 2) float32 in 0..1: probability that the lips meet (p b m, and a closed mouth), and that the lower lip is at
    the upper teeth (f v)."""

    def __len__(self) -> int:
        return len(self.landmarks)


def join_motion(pieces: Iterable[NeutralMotion]) -> NeutralMotion:
    """Consecutive pieces as one."""
    parts = list(pieces)
    landmarks = [np.zeros((0, LANDMARK_COUNT, 3), np.float32), *(p.landmarks for p in parts)]
    contacts = [np.zeros((0, CONTACT_COUNT), np.float32), *(p.contacts for p in parts)]
    return NeutralMotion(np.concatenate(landmarks), np.concatenate(contacts))


class Audio2Motion:
    """The trained decoder with the mean and deviation of every coordinate's displacement."""

    def __init__(
        self,
        decoder: MotionDecoder,
        mean: np.ndarray,
        deviation: np.ndarray,
        features: FeaturesNeeded | None = None,
    ):
        """`mean`, `deviation`: (204,) float32 metres. `features`: None are those of the built-in encoder."""
        self.decoder = decoder.eval()
        self.mean = mean
        self.deviation = deviation
        self.features = features or FeaturesNeeded("built-in", size=decoder.config.feature_count)

    @property
    def feature_count(self) -> int:
        """F: columns of the features that `generate` wants."""
        return self.decoder.config.feature_count

    @property
    def stride(self) -> int:
        """Frames to one latent."""
        return self.decoder.config.stride

    def generate(
        self, features: np.ndarray, rest: np.ndarray, seed: int = 0, temperature: float = 0.2, start_latent: int = 0
    ) -> NeutralMotion:
        """Motion that speaks the given features; blinks and head motion are not in it.

        Args:
            features: (T, F) float32 at 25 Hz.
            rest: (68, 3) float32 metres, the actor's own rest face.
            seed: chooses the latent z ~ N(0, temperature).
            temperature: 0 is the most likely motion, 1 varies as people did.
            start_latent: how many latents (frames / stride) of the recording lie before these features, so that a
                piece cut out of it draws the same ones.
        """
        return join_motion(self.generate_stream([features], rest, seed, temperature, start_latent))

    def generate_stream(
        self,
        feature_blocks: Iterable[np.ndarray],
        rest: np.ndarray,
        seed: int = 0,
        temperature: float = 0.2,
        start_latent: int = 0,
    ) -> Iterator[NeutralMotion]:
        """The same bytes as `generate` of the joined (n, F) blocks, in pieces of about a minute, while they come."""
        stride = self.stride
        margin = -(-self.decoder.reach // stride) * stride
        first = -margin
        for held in _windows(feature_blocks, _BLOCK_FRAMES // stride * stride, margin):
            frames = len(held) - 2 * margin
            held = np.pad(held, ((0, -len(held) % stride), (0, 0)), mode="edge")
            latents = latent_noise(
                seed, start_latent + first // stride, len(held) // stride, self.decoder.config.latent
            )
            motion, contacts = self._decode(latents * np.float32(temperature), held)
            yield self._on(rest, motion[margin : margin + frames], contacts, margin)
            first += frames

    def _decode(self, latents: np.ndarray, features: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        with one_thread():
            noise, heard = (torch.from_numpy(x.T[None].copy()) for x in (latents, features))
            decoded = self.decoder.speak(noise, heard)
            contacts = None if decoded.contacts is None else decoded.contacts[0].T.sigmoid().numpy()
            return decoded.motion[0].T.numpy(), contacts

    def _on(self, rest: np.ndarray, motion: np.ndarray, contacts: np.ndarray | None, margin: int) -> NeutralMotion:
        displacement = (motion * self.deviation + self.mean).reshape(-1, LANDMARK_COUNT, 3)
        landmarks = (rest[None] + displacement).astype(np.float32)
        # A decoder that tells no contacts leaves them to the shape of its lips.
        told = lip_contacts(landmarks, rest) if contacts is None else contacts[margin : margin + len(motion)]
        return NeutralMotion(landmarks, told)


def _windows(blocks: Iterable[np.ndarray], length: int, margin: int) -> Iterator[np.ndarray]:
    """Windows of (margin + length + margin, F) whose middles follow each other; the last one is what is left.

    They do not depend on how the features are cut into blocks. The first and the last frame are held outside, so that
    a sound that begins at once does not meet a wall.
    """
    waiting: np.ndarray | None = None
    for block in blocks:
        if len(block) == 0:
            continue
        block = block.astype(np.float32)
        waiting = (
            np.pad(block, ((margin, 0), (0, 0)), mode="edge") if waiting is None else np.concatenate([waiting, block])
        )
        while len(waiting) > length + 2 * margin:
            yield waiting[: length + 2 * margin]
            waiting = waiting[length:]
    if waiting is not None:
        yield np.pad(waiting, ((0, margin), (0, 0)), mode="edge")


def save_audio2motion(model: Audio2Motion, path: Path) -> None:
    """Write the decoder as one half-precision safetensors file."""
    tensors = {f"decoder.{name}": value.cpu().numpy() for name, value in model.decoder.state_dict().items()}
    # In millimetres, where half precision is fine enough.
    tensors |= {"mean_mm": model.mean * 1000.0, "deviation_mm": model.deviation * 1000.0}
    tensors = {name: np.asarray(a, np.float32) if a.dtype == np.float64 else a for name, a in tensors.items()}
    config = asdict(model.decoder.config) | {"features": msgspec.to_builtins(model.features)}
    save_weights(path, tensors, KIND, config, half=True)


def load_audio2motion(path: Path) -> Audio2Motion:
    """Read a decoder.

    Raises:
        ActorError: the file is missing, damaged or holds another model.
    """
    tensors, config = load_weights(path, KIND)
    features = needed_from(config)
    with rebuilding(path, "a motion model"):
        sizes = {name: value for name, value in config.items() if name != "features"}
        require_modest(sizes)
        model = Audio2Motion(
            _decoder(VaeConfig(**sizes), tensors),
            tensors["mean_mm"] / 1000.0,
            tensors["deviation_mm"] / 1000.0,
            features,
        )
        if not model.mean.shape == model.deviation.shape == (MOTION_SIZE,) or features.size != model.feature_count:
            raise ValueError("mean, deviation or features have another size")
        # Sizes that no tensor shows are known to fit only when it has spoken once.
        model.generate(np.zeros((1, model.feature_count), np.float32), np.zeros((LANDMARK_COUNT, 3), np.float32))
    return model


def _decoder(config: VaeConfig, tensors: dict[str, np.ndarray]) -> MotionDecoder:
    return load_module(lambda: MotionDecoder(config), tensors, "decoder.")


def untrained(config: VaeConfig, seed: int = 0) -> Audio2Motion:
    """A model with random weights and millimetre-sized motion, for trying out what comes around it."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        decoder = MotionDecoder(config)
    return Audio2Motion(decoder, np.zeros(MOTION_SIZE, np.float32), np.full(MOTION_SIZE, 1e-3, np.float32))
