"""The built-in speech encoder: log-mel spectra to phone posteriors, and with pitch to the features that drive motion.

A small dilated convolutional network of about a million weights. It looks 0.6 s to each side at 50 Hz; with the
normalisation of the spectra a feature depends on 5 s of sound to each side and on nothing else, so recordings of any
length are encoded in blocks that overlap by that much.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import nn

from emogene.audio.blocks import AudioBlock, overlapping_blocks
from emogene.audio.features import MEL_BANDS, frame_loudness, log_mel, normalised
from emogene.audio.pitch import pitch
from emogene.audio.speech_features import FeatureKind, FeaturesNeeded
from emogene.inference import one_thread
from emogene.module_loading import load_module, require_modest
from emogene.weights import load_weights, rebuilding, save_weights

KIND = "speech_encoder"
POSTERIORS_PER_FRAME = 2
"""The network answers at 50 Hz; a 25 Hz frame holds two answers side by side."""
PROSODY = 3
"""Columns after the posteriors: voicing, log2 of f0 over 200 Hz where voiced, loudness relative to speech nearby."""
_LARGEST_DILATION = 64


@dataclass(frozen=True)
class EncoderConfig:
    """Size of the network."""

    phones: tuple[str, ...]
    """What each posterior stands for."""
    width: int = 192
    dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2, 4, 8)
    dropout: float = 0.1


class _Block(nn.Module):
    def __init__(self, width: int, dilation: int, dropout: float):
        super().__init__()
        self.wide = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.norm = nn.BatchNorm1d(width)
        self.mix = nn.Conv1d(width, width, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.mix(self.dropout(torch.relu(self.norm(self.wide(x)))))


class PhoneNetwork(nn.Module):
    """(B, 65, 2 K) normalised spectra at 100 Hz to (B, P, K) phone logits at 50 Hz."""

    def __init__(self, config: EncoderConfig):
        super().__init__()
        self.config = config
        self.stem = nn.Conv1d(MEL_BANDS + 1, config.width, 6, stride=2, padding=2)
        self.blocks = nn.ModuleList(_Block(config.width, d, config.dropout) for d in config.dilations)
        self.norm = nn.BatchNorm1d(config.width)
        self.head = nn.Conv1d(config.width, len(config.phones), 1)

    def forward(self, spectra: torch.Tensor) -> torch.Tensor:
        x = self.stem(spectra)
        for block in self.blocks:
            x = block(x)
        return self.head(torch.relu(self.norm(x)))


class SpeechEncoder:
    """The trained network with the fixed steps around it."""

    kind: FeatureKind = "built-in"

    def __init__(self, network: PhoneNetwork):
        self.network = network.eval()
        self.phones = network.config.phones

    @property
    def feature_count(self) -> int:
        """F: columns of `encode`'s result."""
        return POSTERIORS_PER_FRAME * len(self.phones) + PROSODY

    @property
    def needed(self) -> FeaturesNeeded:
        """What a motion model trained on these features has to ask for."""
        return FeaturesNeeded(self.kind, size=self.feature_count, weights=self._digest)

    @cached_property
    def _digest(self) -> str:
        return _digest(self.network)

    def posteriors(self, audio: np.ndarray) -> np.ndarray:
        """(2 T, P) float32 phone probabilities at 50 Hz of (N,) audio; row k is centred at (k + 0.5) / 50 s."""
        blocks = [self._posteriors(self._spectra(block, 1.0), block) for block in overlapping_blocks([audio])]
        return np.concatenate([np.zeros((0, len(self.phones)), np.float32), *blocks])

    def encode(self, audio: np.ndarray, warp: float = 1.0) -> np.ndarray:
        """(T, F) float32 features at 25 Hz of (N,) audio at 16 kHz, T = ceil(N / 640).

        Columns: the phone posteriors of the frame's first 20 ms, those of its second, then `PROSODY`.

        Args:
            warp: hears the voice as if its throat were longer by this factor; for training what follows.
        """
        empty = np.zeros((0, self.feature_count), np.float32)
        return np.concatenate([empty, *self._stream([audio], warp)])

    def stream(self, pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The features of consecutive (n,) pieces in consecutive (n, F) blocks of a minute, while the pieces come.

        Together they are `encode` of the joined pieces, to the byte. About 70 s of sound are held at a time.
        """
        yield from self._stream(pieces, 1.0)

    def _stream(self, pieces: Iterable[np.ndarray], warp: float) -> Iterator[np.ndarray]:
        for block in overlapping_blocks(pieces):
            spectra = self._spectra(block, warp)
            posteriors = self._posteriors(spectra, block)
            by_frame = posteriors.reshape(block.frames, POSTERIORS_PER_FRAME * len(self.phones))
            heard = prosody(block.audio, frame_loudness(spectra))
            yield np.concatenate([by_frame, heard[block.inside]], 1)

    def _spectra(self, block: AudioBlock, warp: float) -> torch.Tensor:
        """(4 n, 65) normalised spectra of a block with its margins."""
        with one_thread():
            return normalised(log_mel(block.audio, warp))

    def _posteriors(self, spectra: torch.Tensor, block: AudioBlock) -> np.ndarray:
        """(2 n, P) of the block without its margins."""
        first, last = block.inside.start * POSTERIORS_PER_FRAME, block.inside.stop * POSTERIORS_PER_FRAME
        with one_thread():
            return self.network(spectra.T[None])[0].T[first:last].softmax(1).numpy()


def _digest(network: PhoneNetwork) -> str:
    """Of what a file of this network holds: half floats, so that it is the same before saving and after loading."""
    digest = hashlib.sha256(json.dumps(asdict(network.config), sort_keys=True).encode())
    for name, value in sorted(network.state_dict().items()):
        stored = value.half() if value.is_floating_point() else value
        digest.update(name.encode() + stored.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def prosody(audio: np.ndarray, loudness: np.ndarray) -> np.ndarray:
    """(T, 3) float32: voicing, relative log pitch, and the given (T,) loudness brought to about -1..1."""
    frames = len(loudness)
    hz, voicing = (np.pad(values, (0, 2 * frames - len(values))).reshape(frames, 2) for values in pitch(audio))
    voiced = hz > 0
    log_pitch = np.where(voiced, np.log2(np.maximum(hz, 1.0) / 200.0), 0.0).sum(1) / np.maximum(voiced.sum(1), 1)
    return np.stack([voicing.mean(1), log_pitch, np.clip(loudness, -4.0, 1.0) / 4.0], 1).astype(np.float32)


def save_speech_encoder(encoder: SpeechEncoder, path: Path) -> None:
    """Write the encoder as one half-precision safetensors file."""
    tensors = {name: value.numpy() for name, value in encoder.network.state_dict().items()}
    save_weights(path, tensors, KIND, asdict(encoder.network.config), half=True)


def load_speech_encoder(path: Path) -> SpeechEncoder:
    """Read an encoder.

    Raises:
        ActorError: the file is missing, damaged or holds another model.
    """
    tensors, config = load_weights(path, KIND)
    with rebuilding(path, "a speech encoder"):
        require_modest(config)
        sizes = EncoderConfig(tuple(config["phones"]), config["width"], tuple(config["dilations"]), config["dropout"])
        # No tensor shows the dilations.
        if not all(isinstance(d, int) and 1 <= d <= _LARGEST_DILATION for d in sizes.dilations):
            raise ValueError("a dilation is out of range")
        network = load_module(lambda: PhoneNetwork(sizes), tensors)
    return SpeechEncoder(network)


def untrained(config: EncoderConfig, seed: int = 0) -> SpeechEncoder:
    """An encoder with random weights, for trying out what comes around it."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return SpeechEncoder(PhoneNetwork(config))
