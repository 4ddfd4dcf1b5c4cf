"""Losses on patches: nothing for the same, more for the less alike, and gradients that training can follow."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage

from emogene.render.perceptual import VGG_LAYERS, load_vgg, structure_loss
from emogene_proto.errors import EmoGeneError


def patch(seed: int = 0, side: int = 32) -> np.ndarray:
    """(3, side, side) blobs of colour with crisp borders."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((3, side, side)), (0, 3, 3))
    return (noise > 0).astype(np.float32) * 0.7 + 0.15


def image(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))[None]


def vgg_file(folder: Path) -> Path:
    """Random weights under the names of torchvision's state dict, some more of which nobody asks."""
    chance, state, place, channels = torch.Generator().manual_seed(0), {}, 0, 3
    for width in VGG_LAYERS:
        if width:
            scale = (2.0 / (9 * channels)) ** 0.5
            state[f"features.{place}.weight"] = torch.randn(width, channels, 3, 3, generator=chance) * scale
            state[f"features.{place}.bias"] = torch.zeros(width)
            channels = width
        place += 2 if width else 1
    state["classifier.0.weight"] = torch.zeros(8, 8)
    torch.save(state, folder / "vgg16.pth")
    return folder / "vgg16.pth"


@pytest.fixture(params=["structure", "vgg"])
def loss(request, tmp_path):
    return structure_loss if request.param == "structure" else load_vgg(vgg_file(tmp_path))


def test_the_same_patch_is_no_loss(loss):
    assert float(loss(image(patch()), image(patch()))) == pytest.approx(0.0, abs=1e-6)
    flat = torch.full((1, 3, 32, 32), 0.5)
    assert float(loss(flat, flat.clone())) == pytest.approx(0.0, abs=1e-6)


def test_the_more_it_is_blurred_the_more_it_costs(loss):
    truth = patch()
    costs = [float(loss(image(ndimage.gaussian_filter(truth, (0, s, s))), image(truth))) for s in (0.4, 0.8, 1.6, 3.2)]
    assert costs[0] > 1e-4
    assert all(less < more for less, more in zip(costs, costs[1:], strict=False))


def test_the_farther_it_is_shifted_the_more_it_costs(loss):
    truth = patch(1)
    costs = [float(loss(image(ndimage.shift(truth, (0, 0, x), mode="nearest")), image(truth))) for x in (0.5, 1, 2, 4)]
    assert all(less < more for less, more in zip(costs, costs[1:], strict=False))


def test_structure_counts_where_mean_squares_see_little():
    """A blurred patch may be nearer in squares than one that is a little brighter, but it looks worse."""
    truth = patch(2)
    blurred, brighter = ndimage.gaussian_filter(truth, (0, 1.0, 1.0)), truth + 0.15
    assert ((blurred - truth) ** 2).mean() < ((brighter - truth) ** 2).mean()
    costs = [float(structure_loss(image(values), image(truth))) for values in (blurred, brighter)]
    assert costs[0] > costs[1]


@pytest.mark.parametrize("made", ["noise", "flat", "same"])
def test_gradients_are_finite_and_lead_downhill(loss, made):
    truth = image(patch(3))
    start = {
        "noise": torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1)),
        "flat": 0 * truth,
        "same": truth,
    }
    values = start[made].clone().requires_grad_(True)
    cost = loss(values, truth)
    (gradient,) = torch.autograd.grad(cost, values)
    assert torch.isfinite(gradient).all()
    if made == "noise":
        nearer = values.detach() - 0.02 * gradient / gradient.abs().max()
        assert float(loss(nearer, truth)) < float(cost.detach())


def test_the_vgg_sees_less_difference_in_a_little_noise_than_in_another_patch(tmp_path):
    loss, truth = load_vgg(vgg_file(tmp_path)), image(patch())
    noisy = truth + 0.01 * torch.randn(truth.shape, generator=torch.Generator().manual_seed(2))
    assert 0 < float(loss(noisy, truth)) < float(loss(image(patch(7)), truth))


def damaged(path: Path, how: str) -> None:
    state = torch.load(path, weights_only=True)
    if how == "cut short":
        path.write_bytes(path.read_bytes()[:5000])
    elif how == "text":
        path.write_text("these are no weights")
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "a list":
        torch.save([1, 2, 3], path)
    elif how == "a layer less":
        torch.save({name: value for name, value in state.items() if name != "features.7.weight"}, path)
    elif how == "another shape":
        torch.save({**state, "features.7.weight": torch.zeros(3, 3)}, path)
    elif how == "words for numbers":
        torch.save({**state, "features.7.weight": "zero"}, path)
    else:
        path.unlink()


@pytest.mark.parametrize(
    "how", ["cut short", "text", "empty", "a list", "a layer less", "another shape", "words for numbers", "missing"]
)
def test_a_file_that_is_no_vgg_is_refused_in_words(tmp_path, how):
    path = vgg_file(tmp_path)
    damaged(path, how)
    with pytest.raises(EmoGeneError, match="VGG-16|cannot be read") as refused:
        load_vgg(path)
    assert refused.value.code == "training" and "--vgg" in refused.value.hint
