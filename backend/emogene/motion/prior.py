"""The prior of the latents: a small normalising flow conditioned on the audio (paper, equation 1: KL(z | z^)).

The flow takes a latent that fits the audio to one from N(0, 1) by shifting half of its channels by what the other
half and the audio say, and then the other way round. Shifts alone keep volumes, so its log determinant is zero.
"""

import torch
from torch import nn
from torch.nn import functional

_COUPLINGS = 4
_WIDTH = 64


class _Shift(nn.Module):
    """(B, C, K) channels that stay and (B, A, K) audio to the (B, C, K) shift of the others."""

    def __init__(self, channels: int, condition: int):
        super().__init__()
        self.enter = nn.Conv1d(channels, _WIDTH, 3, padding=1)
        self.audio = nn.Conv1d(condition, _WIDTH, 1)
        self.leave = nn.Conv1d(_WIDTH, channels, 1)
        # A new flow changes nothing: the prior begins as N(0, 1).
        for parameter in self.leave.parameters():
            nn.init.zeros_(parameter)

    def forward(self, stays: torch.Tensor, audio: torch.Tensor) -> torch.Tensor:
        return self.leave(functional.gelu(self.enter(stays) + self.audio(audio)))


class FlowPrior(nn.Module):
    """Latents (B, latent, K) at 1 / stride of the frame rate, conditioned on the stem's (B, A, T = K stride)."""

    def __init__(self, latent: int, condition: int, stride: int):
        super().__init__()
        if latent % 2:
            raise ValueError("the flow needs an even number of latent channels")
        self.stride = stride
        self.shifts = nn.ModuleList(_Shift(latent // 2, condition) for _ in range(_COUPLINGS))

    @property
    def reach(self) -> int:
        """Latents to each side that a latent depends on."""
        return len(self.shifts)

    def plain(self, latents: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """The latents that `draw` would have made these of."""
        audio = functional.avg_pool1d(condition, self.stride)
        first, second = latents.chunk(2, 1)
        for shift in self.shifts:
            first, second = second - shift(first, audio), first
        return torch.cat([first, second], 1)

    def draw(self, noise: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """Latents that fit the audio, from noise of N(0, 1) or less."""
        audio = functional.avg_pool1d(condition, self.stride)
        first, second = noise.chunk(2, 1)
        for shift in reversed(self.shifts):
            first, second = second, first + shift(second, audio)
        return torch.cat([first, second], 1)
