"""The losses of the audio-to-motion VAE, one function each, so that one more is one line in their sum."""

from dataclasses import dataclass

import torch

from emogene_proto.names import MOUTH

INNER_LIPS = ((61, 67), (62, 66), (63, 65))
"""Upper and lower inner lip landmarks that face each other."""
_MILLIMETRES = 1000.0


@dataclass(frozen=True)
class MotionLossWeights:
    """How much each loss counts."""

    velocity: float = 2.0
    kl: float = 0.4
    gap: float = 1.0
    mouth: float = 3.0
    """Of a mouth landmark against another."""


def region_weights(mouth: float) -> torch.Tensor:
    """(204, 1) weights with mean 1."""
    weights = torch.ones(68, 3)
    weights[list(MOUTH)] = mouth
    return (weights / weights.mean()).reshape(-1, 1)


def reconstruction(predicted: torch.Tensor, truth: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """First term of equation 1 on (B, 204, T) normalised motion."""
    return (weights * (predicted - truth) ** 2).mean()


def velocity(predicted: torch.Tensor, truth: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """The same of the differences from frame to frame: motion neither shakes nor smears."""
    return (weights * (predicted.diff(dim=2) - truth.diff(dim=2)) ** 2).mean()


def kl_divergence(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """Second term of equation 1, against N(0, 1), as a mean over all latents."""
    return 0.5 * (mean**2 + log_variance.exp() - 1.0 - log_variance).mean()


def inner_lip_gaps(landmarks: torch.Tensor) -> torch.Tensor:
    """(B, 204, T) landmarks in metres to the (B, 3, 3, T) ways from lower to upper inner lip, in millimetres."""
    points = landmarks.unflatten(1, (68, 3))
    upper, lower = [u for u, _ in INNER_LIPS], [w for _, w in INNER_LIPS]
    return (points[:, upper] - points[:, lower]) * _MILLIMETRES


def lip_gap(predicted: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Error of the inner lip gap on (B, 204, T) landmarks in metres; twenty times as heavy where lips truly meet."""
    wanted = inner_lip_gaps(truth)
    # Pressed lips overlap, so their height is negative.
    closed = torch.sigmoid((0.4 - wanted[:, :, 1:2]) / 0.3)
    return ((1.0 + 19.0 * closed) * ((inner_lip_gaps(predicted) - wanted) / 3.0) ** 2).mean()
