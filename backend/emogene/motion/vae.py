"""The audio-to-motion VAE (paper, section III-A, figure 2): convolutional encoder and decoder of WaveNet blocks.

Motion is the displacement of the 68 landmarks from the speaker's own rest face, each coordinate relative to its mean
and deviation over the corpus, so that it belongs to no identity. Nothing here is causal: a frame sees past and future.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from emogene.motion.audio_stem import AudioStem, PitchForm
from emogene.motion.lip_contacts import CONTACT_COUNT
from emogene.motion.prior import FlowPrior
from emogene_proto.names import LANDMARK_COUNT

MOTION_SIZE = 3 * LANDMARK_COUNT

PriorForm = Literal["flow", "normal"]
"""What the latent of unknown motion is drawn from: a flow conditioned on the audio, or N(0, 1)."""


@dataclass(frozen=True)
class VaeConfig:
    """Size and parts of the networks."""

    feature_count: int
    """F: columns of the audio features."""
    hidden: int = 160
    audio_width: int = 112
    latent: int = 16
    stride: int = 4
    """Motion frames to one latent."""
    kernel: int = 5
    encoder_layers: int = 6
    decoder_layers: int = 4
    pitch: PitchForm = "embedded"
    prior: PriorForm = "flow"
    contacts: bool = True
    """Does the decoder tell contacts of the lips beside the landmarks?"""
    contact_width: int = 64
    contact_layers: int = 3


class WaveNet(nn.Module):
    """Gated convolutions with residual and skip ways; the condition enters every layer. (B, C, T) to (B, C, T)."""

    def __init__(self, hidden: int, condition: int, kernel: int, layers: int):
        super().__init__()
        self.gates = nn.ModuleList(nn.Conv1d(hidden, 2 * hidden, kernel, padding=kernel // 2) for _ in range(layers))
        self.conditions = nn.ModuleList(nn.Conv1d(condition, 2 * hidden, 1) for _ in range(layers))
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
        self.stem = AudioStem(config.feature_count, config.audio_width, config.pitch)
        self.enter = nn.Conv1d(MOTION_SIZE, config.hidden, 1)
        self.body = WaveNet(config.hidden, config.audio_width, config.kernel, config.encoder_layers)
        self.leave = nn.Conv1d(config.hidden, 2 * config.latent, config.stride, stride=config.stride)

    def forward(self, motion: torch.Tensor, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, log_variance = self.leave(self.body(self.enter(motion), self.stem(features))).float().chunk(2, 1)
        return mean, log_variance.clamp(-8.0, 4.0)


class ContactHead(nn.Module):
    """(B, audio_width, T) condition to (B, 2, T) logits: the lips meet, the lower lip is at the upper teeth.

    It hears the sound alone. The latent is no help: in training it comes from the true motion, and would teach the
    head to look the answer up where at inference there is only noise.
    """

    def __init__(self, config: VaeConfig):
        super().__init__()
        self.enter = nn.Conv1d(config.audio_width, config.contact_width, 1)
        self.body = WaveNet(config.contact_width, config.audio_width, config.kernel, config.contact_layers)
        self.leave = nn.Sequential(nn.ReLU(), nn.Conv1d(config.contact_width, CONTACT_COUNT, 1))

    def forward(self, condition: torch.Tensor) -> torch.Tensor:
        return self.leave(self.body(self.enter(condition), condition))


@dataclass(frozen=True)
class DecodedMotion:
    """What the decoder answers."""

    motion: torch.Tensor
    """(B, 204, T), relative to mean and deviation."""
    contacts: torch.Tensor | None
    """(B, 2, T) logits; None of a decoder that does not tell them."""


class MotionDecoder(nn.Module):
    """Decoder(z, a), and with it all that is needed to draw z: this is what a model file holds."""

    def __init__(self, config: VaeConfig):
        super().__init__()
        self.config = config
        self.stem = AudioStem(config.feature_count, config.audio_width, config.pitch)
        self.enter = nn.ConvTranspose1d(config.latent, config.hidden, config.stride, stride=config.stride)
        self.audio = nn.Conv1d(config.audio_width, config.hidden, 1)
        self.body = WaveNet(config.hidden, config.audio_width, config.kernel, config.decoder_layers)
        self.leave = nn.Sequential(nn.ReLU(), nn.Conv1d(config.hidden, MOTION_SIZE, 1))
        self.contacts = ContactHead(config) if config.contacts else None
        self.prior = FlowPrior(config.latent, config.audio_width, config.stride) if config.prior == "flow" else None

    @property
    def reach(self) -> int:
        """Frames to each side that a frame may depend on."""
        prior = 0 if self.prior is None else (self.prior.reach + 1) * self.config.stride
        layers = max(self.config.decoder_layers, self.config.contact_layers)
        return AudioStem.REACH + layers * (self.config.kernel // 2) + prior + self.config.stride

    def forward(self, latents: torch.Tensor, condition: torch.Tensor) -> DecodedMotion:
        """(B, latent, T / stride) latents and the stem's (B, audio_width, T) condition to motion and contacts."""
        return DecodedMotion(
            self.motion(latents, condition), None if self.contacts is None else self.contacts(condition)
        )

    def motion(self, latents: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """The motion alone, (B, 204, T)."""
        return self.leave(self.body(self.enter(latents) + self.audio(condition), condition))

    def draw(self, noise: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """Latents that fit the sound, from (B, latent, T / stride) noise of N(0, temperature)."""
        return noise if self.prior is None else self.prior.draw(noise, condition)

    def speak(self, noise: torch.Tensor, features: torch.Tensor) -> DecodedMotion:
        """Motion for (B, F, T) features from (B, latent, T / stride) noise of N(0, temperature), as at inference."""
        condition = self.stem(features)
        return self(self.draw(noise, condition), condition)


@dataclass(frozen=True)
class Reconstruction:
    """Motion through a sampled latent, and what the losses need of the way."""

    decoded: DecodedMotion
    mean: torch.Tensor
    """(B, latent, T / stride), of the latent's posterior."""
    log_variance: torch.Tensor
    condition: torch.Tensor
    """(B, audio_width, T), what the decoder heard."""
    plain: torch.Tensor | None
    """The latents taken back through the prior's flow, N(0, 1) if they fit the audio; None without a flow."""


class MotionVae(nn.Module):
    """Both halves, for training; only the decoder is kept for use."""

    def __init__(self, config: VaeConfig):
        super().__init__()
        self.config = config
        self.encoder = MotionEncoder(config)
        self.decoder = MotionDecoder(config)

    def forward(self, motion: torch.Tensor, features: torch.Tensor, noise: torch.Tensor) -> Reconstruction:
        """Reconstruct (B, 204, T) motion through a sampled latent; T is a multiple of `stride`.

        Args:
            noise: (B, latent, T / stride) standard normal.
        """
        mean, log_variance = self.encoder(motion, features)
        latents = mean + noise * torch.exp(0.5 * log_variance)
        condition = self.decoder.stem(features)
        prior = self.decoder.prior
        plain = None if prior is None else prior.plain(latents, condition)
        return Reconstruction(self.decoder(latents, condition), mean, log_variance, condition, plain)
