"""Losses on patches that see structure rather than single pixels, for the last part of a field's training.

By default a classical multi-scale structure loss, which needs no weights: one minus SSIM (Wang et al., 2003) at three
scales. Who has VGG-16's weights can have the distance of its features beside it (`load_vgg`).
"""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from emogene_proto.errors import EmoGeneError

PatchLoss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(1, 3, H, W) made and true patch, values in [0, 1], to a loss."""

SCALES = 3
WINDOW, DEVIATION = 7, 1.5
C1, C2 = 0.01**2, 0.03**2
"""SSIM's constants for values in [0, 1]."""

VGG_LAYERS = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512)
"""Channels of VGG-16's convolutions up to the fourth stage; 0 halves the size."""
VGG_TAPS = (3, 8, 15, 22)
"""After these places of torchvision's `features` the features are compared."""
VGG_MEAN, VGG_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def structure_loss(made: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Mean of 1 - SSIM over SCALES scales, each half the size of the one before; (B, 3, H, W), H and W from 28 on."""
    window = _gaussian(made)
    total = made.new_zeros(())
    for scale in range(SCALES):
        if scale:
            made, truth = functional.avg_pool2d(made, 2), functional.avg_pool2d(truth, 2)
        total = total + 1.0 - _ssim(made, truth, window)
    return total / SCALES


def _gaussian(like: torch.Tensor) -> torch.Tensor:
    """(3, 1, WINDOW, WINDOW), one window for each channel."""
    at = torch.arange(WINDOW, device=like.device, dtype=like.dtype) - (WINDOW - 1) / 2
    line = torch.exp(-0.5 * (at / DEVIATION) ** 2)
    line = line / line.sum()
    return (line[:, None] * line).expand(3, 1, WINDOW, WINDOW)


def _ssim(a: torch.Tensor, b: torch.Tensor, window: torch.Tensor) -> torch.Tensor:
    def blurred(values: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(values, window, groups=3)

    mean_a, mean_b = blurred(a), blurred(b)
    var_a, var_b = blurred(a * a) - mean_a**2, blurred(b * b) - mean_b**2
    covariance = blurred(a * b) - mean_a * mean_b
    likeness = (2 * mean_a * mean_b + C1) * (2 * covariance + C2)
    return (likeness / ((mean_a**2 + mean_b**2 + C1) * (var_a + var_b + C2))).mean()


def load_vgg(path: Path) -> PatchLoss:
    """The mean squared distance of VGG-16's normalised features, from a file of torchvision's weights (its state dict).

    Raises:
        EmoGeneError: there is no such file, or it does not hold VGG-16.
    """
    layers: list[nn.Module] = []
    channels = 3
    for width in VGG_LAYERS:
        if width == 0:
            layers.append(nn.MaxPool2d(2))
            continue
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
        channels = width
    network = nn.Sequential(*layers)
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
        wanted = {name: state[f"features.{name}"] for name in network.state_dict()}
        network.load_state_dict(wanted)
    except (OSError, KeyError, RuntimeError, TypeError, AttributeError, ValueError, EOFError) as error:
        raise EmoGeneError(
            f"{path} does not hold VGG-16's weights.",
            "Give the file that torchvision downloads for vgg16, or leave --vgg out.",
            code="training",
        ) from error
    except Exception as error:
        # Unpickling a file that is no checkpoint raises errors of many modules.
        raise EmoGeneError(f"{path} cannot be read as weights.", "Leave --vgg out.", code="training") from error
    network.eval().requires_grad_(False)

    def loss(made: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        total = made.new_zeros(())
        network.to(made.device)
        for a, b in zip(_tapped(network, made), _tapped(network, truth), strict=True):
            total = total + ((functional.normalize(a, dim=1) - functional.normalize(b, dim=1)) ** 2).sum(1).mean()
        return total / len(VGG_TAPS)

    return loss


def _tapped(network: nn.Sequential, image: torch.Tensor) -> list[torch.Tensor]:
    """Features of a (B, 3, H, W) image after each of VGG_TAPS."""
    mean, deviation = (image.new_tensor(v)[None, :, None, None] for v in (VGG_MEAN, VGG_DEVIATION))
    values, found = (image - mean) / deviation, []
    for place, layer in enumerate(network):
        values = layer(values)
        if place in VGG_TAPS:
            found.append(values)
    return found
