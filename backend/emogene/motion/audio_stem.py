"""Audio features on their way into the motion networks: what is said, how loud, and pitch as the paper has it."""

import math
from typing import Literal

import torch
from torch import nn

from emogene.audio.encoder import PROSODY

PITCH_BINS = 256
"""Bin 0 is unvoiced; the others are evenly spaced in mel from LOWEST_HZ to HIGHEST_HZ."""
LOWEST_HZ, HIGHEST_HZ = 50.0, 1100.0
_PITCH_WIDTH = 16
_VOICED = 0.5

PitchForm = Literal["embedded", "none"]
"""How pitch enters: embedded bins as published, or not at all, voicing neither."""


def mel(hz: float) -> float:
    """The mel scale."""
    return 1127.0 * math.log1p(hz / 700.0)


def pitch_bins(prosody: torch.Tensor) -> torch.Tensor:
    """(B, T) bin numbers of the features' last three columns, (B, 3, T)."""
    hz = 200.0 * torch.exp2(prosody[:, 1].float())
    height = (1127.0 * torch.log1p(hz / 700.0) - mel(LOWEST_HZ)) / (mel(HIGHEST_HZ) - mel(LOWEST_HZ))
    bins = 1 + (height * (PITCH_BINS - 2)).round().long().clamp(0, PITCH_BINS - 2)
    return torch.where(prosody[:, 0] >= _VOICED, bins, 0)


def _smooth_bins() -> torch.Tensor:
    """(256, 16) where the embedding begins: waves over the bins, so that neighbours are alike, and 0 for unvoiced."""
    waves = torch.arange(_PITCH_WIDTH) + 0.5
    bins = torch.arange(PITCH_BINS)[:, None] / PITCH_BINS
    return torch.cos(torch.pi * bins * waves) * (bins > 0)


class AudioStem(nn.Module):
    """(B, F, T) audio features to the (B, width, T) condition."""

    REACH = 2
    """Frames to each side that a frame depends on."""

    def __init__(self, feature_count: int, width: int, pitch: PitchForm):
        super().__init__()
        self.pitch = nn.Embedding.from_pretrained(_smooth_bins(), freeze=False) if pitch == "embedded" else None
        entering = {"embedded": feature_count - 1 + _PITCH_WIDTH, "none": feature_count - 2}
        self.layers = nn.Sequential(
            nn.Conv1d(entering[pitch], width, 3, padding=1),
            nn.BatchNorm1d(width),
            nn.GELU(),
            nn.Conv1d(width, width, 3, padding=1),
            nn.BatchNorm1d(width),
            nn.GELU(),
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        said, prosody = features[:, :-PROSODY], features[:, -PROSODY:]
        loudness = prosody[:, 2:]
        if self.pitch is None:
            return self.layers(torch.cat([said, loudness], 1))
        sung = self.pitch(pitch_bins(prosody)).transpose(1, 2)
        return self.layers(torch.cat([said, prosody[:, :1], loudness, sung], 1))
