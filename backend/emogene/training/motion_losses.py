"""The losses of the audio-to-motion VAE, one function each; their sum is in `audio2motion.py`."""

from dataclasses import dataclass

import torch
from torch.nn import functional

from emogene_proto.names import MOUTH

INNER_LIPS = ((61, 67), (62, 66), (63, 65))
"""Upper and lower inner lip landmarks that face each other."""
_MILLIMETRES = 1000.0
_CONTACT_WEIGHTS = (1.5, 2.0)


@dataclass(frozen=True)
class MotionLossWeights:
    """How much each loss counts; 0 leaves it out."""

    kl: float = 0.4
    sync: float = 0.01
    velocity: float = 2.0
    gap: float = 1.0
    contact: float = 0.5
    spoken: float = 0.5
    """Of motion and gap with a latent from the prior, as users get them."""
    mouth: float = 3.0
    """Of a mouth landmark against another."""
    closed: float = 12.0
    """Of the gap of lips that truly meet against one that is open."""


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
    """Second term of equation 1, KL(z | z^) against N(0, 1), as a mean over all latents."""
    return 0.5 * (mean**2 + log_variance.exp() - 1.0 - log_variance).mean()


def sampled_divergence(log_variance: torch.Tensor, noise: torch.Tensor, plain: torch.Tensor) -> torch.Tensor:
    """The same by Monte Carlo against a flow prior: log q(z | l, a) - log p(z | a) of the latent that was drawn.

    Args:
        log_variance: of q.
        noise: which the latent was drawn with, (z - mean) / deviation.
        plain: the latent taken through the flow, whose determinant is 1, so that log p(z | a) = log N(plain; 0, 1).
    """
    return 0.5 * (plain**2 - noise**2 - log_variance).mean()


def contact(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Cross entropy of (B, 2, T) contacts: lips meet, lower lip at the teeth.

    What is there counts a little more than what is not: it is rarer, and missing it is seen first.
    """
    heavier = torch.tensor(_CONTACT_WEIGHTS, device=logits.device)[:, None]
    return functional.binary_cross_entropy_with_logits(logits.float(), truth, pos_weight=heavier)


def inner_lip_gaps(landmarks: torch.Tensor) -> torch.Tensor:
    """(B, 204, T) landmarks in metres to the (B, 3, 3, T) ways from lower to upper inner lip, in millimetres."""
    points = landmarks.unflatten(1, (68, 3))
    upper, lower = [u for u, _ in INNER_LIPS], [w for _, w in INNER_LIPS]
    return (points[:, upper] - points[:, lower]) * _MILLIMETRES


def lip_gap(predicted: torch.Tensor, truth: torch.Tensor, closed: float) -> torch.Tensor:
    """Error of the inner lip gap on (B, 204, T) landmarks in metres; `closed` times as heavy where lips truly meet."""
    wanted = inner_lip_gaps(truth)
    # Pressed lips overlap, so their height is negative.
    meets = torch.sigmoid((0.4 - wanted[:, :, 1:2]) / 0.3)
    return ((1.0 + (closed - 1.0) * meets) * ((inner_lip_gaps(predicted) - wanted) / 3.0) ** 2).mean()
