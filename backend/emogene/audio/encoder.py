"""The built-in speech encoder: log-mel spectra to phone posteriors, and with pitch to the features that drive motion.

A small dilated convolutional network of about a million weights. It looks 0.6 s to each side at 50 Hz; with the
normalisation of the spectra a feature depends on 5 s of sound to each side and on nothing else, so long recordings
are encoded in blocks with the same result.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from emogene.audio.features import FRAME_SAMPLES, MEL_BANDS, MELS_PER_FRAME, frame_count, log_mel, normalised
from emogene.audio.pitch import pitch
from emogene.inference import one_thread
from emogene.weights import load_weights, save_weights

KIND = "speech_encoder"
POSTERIORS_PER_FRAME = 2
"""The network answers at 50 Hz; a 25 Hz frame holds two answers side by side."""
PROSODY = 3
"""Columns after the posteriors: voicing, log2 of f0 over 200 Hz where voiced, loudness relative to speech nearby."""
_BLOCK_FRAMES = 60 * 25
_MARGIN_FRAMES = 5 * 25


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

    def __init__(self, network: PhoneNetwork):
        self.network = network.eval()
        self.phones = network.config.phones

    @property
    def feature_count(self) -> int:
        """F: columns of `encode`'s result."""
        return POSTERIORS_PER_FRAME * len(self.phones) + PROSODY

    def posteriors(self, audio: np.ndarray) -> np.ndarray:
        """(2 T, P) float32 phone probabilities at 50 Hz of (N,) audio; row k is centred at (k + 0.5) / 50 s."""
        return self._posteriors_and_loudness(audio, 1.0)[0]

    def encode(self, audio: np.ndarray, warp: float = 1.0) -> np.ndarray:
        """(T, F) float32 features at 25 Hz of (N,) audio at 16 kHz, T = ceil(N / 640).

        Columns: the phone posteriors of the frame's first 20 ms, those of its second, then `PROSODY`.

        Args:
            warp: hears the voice as if its throat were longer by this factor; for training what follows.
        """
        frames = frame_count(len(audio))
        posteriors, loudness = self._posteriors_and_loudness(audio, warp)
        return np.concatenate(
            [posteriors.reshape(frames, POSTERIORS_PER_FRAME * len(self.phones)), prosody(audio, loudness)], 1
        )

    def _posteriors_and_loudness(self, audio: np.ndarray, warp: float) -> tuple[np.ndarray, np.ndarray]:
        frames = frame_count(len(audio))
        posteriors, loudness = [], []
        with one_thread():
            for first in range(0, frames, _BLOCK_FRAMES):
                last = min(frames, first + _BLOCK_FRAMES)
                begin, end = max(0, first - _MARGIN_FRAMES), min(frames, last + _MARGIN_FRAMES)
                spectra = normalised(log_mel(audio[begin * FRAME_SAMPLES : end * FRAME_SAMPLES], warp))
                logits = self.network(spectra.T[None])[0].T
                inside = slice((first - begin) * POSTERIORS_PER_FRAME, (last - begin) * POSTERIORS_PER_FRAME)
                posteriors.append(logits[inside].softmax(1).numpy())
                kept = spectra[(first - begin) * MELS_PER_FRAME : (last - begin) * MELS_PER_FRAME, -1]
                loudness.append(kept.reshape(-1, MELS_PER_FRAME).mean(1).numpy())
        if not posteriors:
            return np.zeros((0, len(self.phones)), np.float32), np.zeros(0, np.float32)
        return np.concatenate(posteriors), np.concatenate(loudness)


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
    network = PhoneNetwork(
        EncoderConfig(tuple(config["phones"]), config["width"], tuple(config["dilations"]), config["dropout"])
    )
    network.load_state_dict({name: torch.from_numpy(value) for name, value in tensors.items()})
    return SpeechEncoder(network)


def untrained(config: EncoderConfig, seed: int = 0) -> SpeechEncoder:
    """An encoder with random weights, for trying out what comes around it."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return SpeechEncoder(PhoneNetwork(config))
