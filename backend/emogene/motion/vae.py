"""The audio-to-motion VAE (paper, section III-A, figure 2): convolutional encoder and decoder of WaveNet blocks.

Motion is the displacement of the 68 landmarks from the speaker's own rest face, each coordinate relative to its mean
and deviation over the corpus, so that it belongs to no identity. Nothing here is causal: a frame sees past and future.
"""

from dataclasses import dataclass

import torch
from torch import nn

from emogene_proto.names import LANDMARK_COUNT

MOTION_SIZE = 3 * LANDMARK_COUNT


@dataclass(frozen=True)
class VaeConfig:
    """Size of the networks."""

    feature_count: int
    """F: columns of the audio features."""
    hidden: int = 128
    audio_width: int = 96
    latent: int = 16
    stride: int = 4
    """Motion frames to one latent."""
    kernel: int = 5
    encoder_layers: int = 6
    decoder_layers: int = 4


class AudioStem(nn.Module):
    """(B, F, T) audio features to the (B, audio_width, T) condition."""

    def __init__(self, config: VaeConfig):
        super().__init__()
        width = config.audio_width
        self.layers = nn.Sequential(
            nn.Conv1d(config.feature_count, width, 3, padding=1),
            nn.BatchNorm1d(width),
            nn.GELU(),
            nn.Conv1d(width, width, 3, padding=1),
            nn.BatchNorm1d(width),
            nn.GELU(),
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.layers(features)


class WaveNet(nn.Module):
    """Gated convolutions with residual and skip ways; the condition enters every layer. (B, C, T) to (B, C, T)."""

    def __init__(self, config: VaeConfig, layers: int):
        super().__init__()
        hidden, kernel = config.hidden, config.kernel
        self.hidden = hidden
        self.gates = nn.ModuleList(nn.Conv1d(hidden, 2 * hidden, kernel, padding=kernel // 2) for _ in range(layers))
        self.conditions = nn.ModuleList(nn.Conv1d(config.audio_width, 2 * hidden, 1) for _ in range(layers))
        self.ways = nn.ModuleList(nn.Conv1d(hidden, 2 * hidden, 1) for _ in range(layers))

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        skips = torch.zeros_like(x)
        for gate, conditioned, way in zip(self.gates, self.conditions, self.ways, strict=True):
            signal, opening = (gate(x) + conditioned(condition)).chunk(2, 1)
            residual, skip = way(torch.tanh(signal) * torch.sigmoid(opening)).chunk(2, 1)
            x = (x + residual) * 0.5**0.5
            skips = skips + skip
        return skips * len(self.gates) ** -0.5


class MotionEncoder(nn.Module):
    """Encoder(l, a): (B, 204, T) motion, (B, F, T) features to mean and log variance, (B, latent, T / stride) each."""

    def __init__(self, config: VaeConfig):
        super().__init__()
        self.stem = AudioStem(config)
        self.enter = nn.Conv1d(MOTION_SIZE, config.hidden, 1)
        self.body = WaveNet(config, config.encoder_layers)
        self.leave = nn.Conv1d(config.hidden, 2 * config.latent, config.stride, stride=config.stride)

    def forward(self, motion: torch.Tensor, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, log_variance = self.leave(self.body(self.enter(motion), self.stem(features))).chunk(2, 1)
        return mean, log_variance.clamp(-8.0, 4.0)


class MotionDecoder(nn.Module):
    """Decoder(z, a): (B, latent, T / stride) latents and (B, F, T) features to (B, 204, T) motion."""

    def __init__(self, config: VaeConfig):
        super().__init__()
        self.config = config
        self.stem = AudioStem(config)
        self.enter = nn.ConvTranspose1d(config.latent, config.hidden, config.stride, stride=config.stride)
        self.audio = nn.Conv1d(config.audio_width, config.hidden, 1)
        self.body = WaveNet(config, config.decoder_layers)
        self.leave = nn.Sequential(nn.ReLU(), nn.Conv1d(config.hidden, MOTION_SIZE, 1))

    def forward(self, latents: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        condition = self.stem(features)
        return self.leave(self.body(self.enter(latents) + self.audio(condition), condition))


class MotionVae(nn.Module):
    """Both halves, for training; only the decoder is kept for use."""

    def __init__(self, config: VaeConfig):
        super().__init__()
        self.config = config
        self.encoder = MotionEncoder(config)
        self.decoder = MotionDecoder(config)

    def forward(
        self, motion: torch.Tensor, features: torch.Tensor, noise: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Reconstruct (B, 204, T) motion through a sampled latent; T is a multiple of `stride`.

        Args:
            noise: (B, latent, T / stride) standard normal.

        Returns:
            Reconstructed motion, mean and log variance of the latent.
        """
        mean, log_variance = self.encoder(motion, features)
        latents = mean + noise * torch.exp(0.5 * log_variance)
        return self.decoder(latents, features), mean, log_variance
