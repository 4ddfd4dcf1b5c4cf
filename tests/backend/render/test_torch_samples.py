"""Training on any device, tried on the CPU: the torch maker's samples and gradients are those of numba's kernels."""

import numpy as np
import pytest
import torch

from emogene.render.composite import compose
from emogene.render.field import RadianceField
from emogene.render.field_autograd import geometry_at
from emogene.render.hash_grid import BLOCK
from emogene.render.torch_samples import TorchSampleMaker
from emogene.render.training_samples import FrameBatch, RayBatch, SampleMaker, Samples

from .conftest import face_landmarks, opened, turned
from .gpu_scene import bust_camera, random_fields

FRAMES = 3


@pytest.fixture(params=["head", "torso"])
def field(request) -> RadianceField:
    return getattr(random_fields(), request.param)


def rays_of_frames(count: int) -> RayBatch:
    """Random rays through pictures of each frame."""
    from emogene.render.rays import camera_rays

    chance = np.random.default_rng(5)
    origin, directions, _ = camera_rays(bust_camera(64, 64))
    pixels = chance.integers(8, 56, (count, 2))
    frame = np.sort(chance.integers(0, FRAMES, count)).astype(np.int32)
    along = np.ascontiguousarray(directions[pixels[:, 0], pixels[:, 1]])
    return RayBatch(frame, np.tile(origin, (count, 1)), along, chance.random(count, np.float32))


def faces(maker: SampleMaker | TorchSampleMaker) -> FrameBatch:
    rest = face_landmarks()
    poses = np.stack([turned(10.0 * i, 5.0 * i, (0.004 * i, 0.0, 0.002)) for i in range(FRAMES)])
    gaze = np.array([[0.0, 0.0], [0.2, -0.1], [-0.3, 0.1]], np.float32)
    return maker.frames(poses, gaze, [maker.warp_values(opened(rest, 0.006 * i)) for i in range(FRAMES)])  # type: ignore


def biases(field: RadianceField) -> tuple[torch.Tensor, torch.Tensor]:
    chance = torch.Generator().manual_seed(2)
    inputs = torch.randn(FRAMES, field.config.components + field.FRAME_TERMS, generator=chance)
    return field.biases(inputs)


def made_by(maker: SampleMaker | TorchSampleMaker, rays: RayBatch) -> Samples:
    colour = torch.rand(len(rays.frame), 4, generator=torch.Generator().manual_seed(1))
    return maker.samples(rays, faces(maker), biases(maker.field)[0], colour)


def test_warp_grids_are_the_same(field):
    fast, plain = SampleMaker(field, 40), TorchSampleMaker(field, 40)
    assert np.abs(faces(fast).warps - faces(plain).warps.numpy()).max() < 1e-6


def test_samples_are_the_same(field):
    rays = rays_of_frames(300)
    fast, plain = (made_by(kind(field, 12), rays) for kind in (SampleMaker, TorchSampleMaker))
    assert len(fast.ray) > 300
    assert (fast.block_frame == plain.block_frame.numpy()).all()
    for name in ("ray", "order", "column"):
        assert (getattr(fast, name) == getattr(plain, name).numpy()).all(), name
    for name in ("distance", "unit", "direct"):
        assert np.abs(getattr(fast, name) - getattr(plain, name).numpy()).max() < 2e-5, name


def test_points_and_opacities_are_the_same(field):
    chance = np.random.default_rng(3)
    points = (chance.random((2 * BLOCK, 3), np.float32) - np.float32(0.5)) * np.float32(0.2)
    block_frame = np.array([2, 0], np.int32)
    colours = chance.random((2, 4), np.float32)
    seen = []
    for maker in (SampleMaker(field, 8), TorchSampleMaker(field, 8)):
        unit, direct = maker.at_points(points, faces(maker), block_frame, colours)
        alpha = maker.opacity(unit, direct, block_frame, biases(field)[0])  # type: ignore[arg-type]
        seen.append([torch.as_tensor(values).numpy() for values in (unit, direct, alpha)])
    for mine, theirs in zip(*seen, strict=True):
        assert np.abs(mine - theirs).max() < 5e-5


def test_geometry_and_gradients_are_the_same(field):
    field.requires_grad_(True)
    chance = np.random.default_rng(0)
    unit, direct = chance.random((3, 2 * BLOCK), np.float32), chance.standard_normal((8, 2 * BLOCK), np.float32)
    block_frame = np.array([1, 0], np.int32)
    weights = torch.from_numpy(chance.standard_normal((field.config.geometry, 2 * BLOCK), np.float32))
    results = []
    for fused in (True, False):
        field.zero_grad()
        given = (unit, direct, block_frame)
        given = given if fused else tuple(torch.from_numpy(values) for values in given)
        geometry = geometry_at(field, *given, biases(field)[0])
        (geometry * weights).sum().backward()
        names = ("table", "density_in", "density_condition", "density_out")
        results.append([geometry.detach(), *(getattr(field, name).grad.clone() for name in names)])
    for mine, theirs in zip(*results, strict=True):
        assert float((mine - theirs).abs().max()) <= 1e-4 * max(1.0, float(theirs.abs().max()))


def test_what_rays_see_is_the_same(field):
    rays = rays_of_frames(200)
    told = torch.rand(200, field.RAY_TERMS, generator=torch.Generator().manual_seed(1))
    makers = [kind(field, 12) for kind in (SampleMaker, TorchSampleMaker)]
    seen = [compose(field, made_by(maker, rays), rays, faces(maker), biases(field), told=told) for maker in makers]
    for name in ("colour", "alpha", "front"):
        assert float((getattr(seen[0], name) - getattr(seen[1], name)).abs().max()) < 1e-4


def test_rays_that_meet_nothing_have_no_samples(field):
    rays = rays_of_frames(4)
    away = RayBatch(rays.frame, rays.origins, -rays.directions, rays.shift)
    maker = TorchSampleMaker(field, 8)
    samples = made_by(maker, away)
    assert len(samples.ray) == 0
    assert samples.unit.shape == (3, BLOCK)
    seen = compose(field, samples, away, faces(maker), biases(field), told=torch.zeros(4, field.RAY_TERMS))
    assert float(seen.alpha.abs().max()) == 0.0
