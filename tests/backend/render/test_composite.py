"""Head and torso in one picture: the two-layer rule in both engines, and training that composites as engines do."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from emogene.render.composite import compose, spread_of
from emogene.render.field import DENSITY_SHIFT, RadianceField
from emogene.render.fields import ActorFields
from emogene.render.kernels import create_engine
from emogene.render.rays import camera_rays
from emogene.render.torso_trainer import TorsoTrainer, torso_training_config
from emogene.render.training_samples import FrameBatch, RayBatch, SampleMaker, frame_batch
from emogene.values import Camera, FaceState, Frame

from .conftest import assert_alike, evenly, front_camera, occupy, pictures_of, resting

CAMERA = front_camera(24, 24)
CLOSE = replace(CAMERA, focal_mm=200.0)
HALF, OPAQUE = 0.0, 30.0
"""Raw densities: after some 20 samples of the head about half is seen of it; or nothing else."""


def block(field: RadianceField, low: list[float], high: list[float], raw: float) -> np.ndarray:
    """(G^3,) bool cells between two canonical points, which the field then shows evenly."""
    config = field.config
    edges = np.round((np.array([low, high]) - np.array(config.box_low)) * config.occupancy / config.box_side).astype(
        int
    )
    cells = np.zeros((config.occupancy,) * 3, bool)
    cells[tuple(slice(a, b) for a, b in edges.T)] = True
    occupy(evenly(field, raw), cells.reshape(-1))
    return cells.reshape(-1)


def without_the_heads_colour(fields: ActorFields) -> None:
    """A torso that does not look at what it is told of the head."""
    fields.torso.density_in[:, -8:-4] = 0.0
    fields.torso.colour_in[:, -4:] = 0.0


@pytest.fixture(params=["cpu", "torch"])
def layers(request, fields, face):
    """Renders, with this engine, the head and some blocks of torso before and behind it: head, torso, both."""
    without_the_heads_colour(fields)
    head = block(fields.head, [-0.06, -0.06, -0.03], [0.06, 0.06, 0.03], HALF)
    before = block(fields.torso, [-0.2, -0.04, 0.06], [0.2, 0.08, 0.11], 1.2)
    behind = block(fields.torso, [-0.2, -0.04, -0.13], [0.2, 0.08, -0.08], 1.2)

    def rendered(in_front: bool, beyond: bool, opaque: bool = False) -> tuple[Frame, Frame, Frame]:
        evenly(fields.head, OPAQUE if opaque else HALF)
        frames = []
        for with_head, with_torso in ((True, False), (False, True), (True, True)):
            occupy(fields.head, head & with_head)
            occupy(fields.torso, ((before & in_front) | (behind & beyond)) & with_torso)
            frames.append(create_engine(request.param, fields).render(resting(face), CLOSE))
        return frames[0], frames[1], frames[2]

    return rendered


def shared(*frames: Frame) -> np.ndarray:
    """(H, W) pixels in which all of these show something."""
    return np.all([frame.rgba[..., 3] > 0.3 for frame in frames], 0)


def test_a_torso_behind_shows_through_what_the_head_leaves(layers):
    head, torso, both = layers(False, True)
    left = 1.0 - head.rgba[..., 3:]
    assert shared(head, torso).sum() > 50 and 0.2 < left[shared(head, torso)].mean() < 0.8
    assert np.abs(both.rgba - (head.rgba + left * torso.rgba)).max() < 2e-5


def test_a_torso_before_the_head_lies_over_it(layers):
    head, torso, both = layers(True, False)
    left = 1.0 - torso.rgba[..., 3:]
    assert shared(head, torso).sum() > 50 and 0.2 < left[shared(head, torso)].mean() < 0.8
    assert np.abs(both.rgba - (torso.rgba + left * head.rgba)).max() < 2e-5


def test_a_torso_on_both_sides_hides_and_is_hidden(layers):
    """What lets light through is the product of all layers, in whatever order."""
    head, before, _ = layers(True, False)
    _, behind, _ = layers(False, True)
    _, _, both = layers(True, True)
    left = np.prod([1.0 - frame.rgba[..., 3] for frame in (head, before, behind)], 0)
    seen = shared(head, before, behind)
    assert seen.sum() > 50
    assert np.abs(1.0 - both.rgba[..., 3] - left)[seen].max() < 2e-5


def test_nothing_behind_an_opaque_head_counts(layers):
    head, _, both = layers(False, True, opaque=True)
    solid = head.rgba[..., 3] == 1.0
    assert solid.sum() > 50
    assert both.rgba[solid].tobytes() == head.rgba[solid].tobytes()
    assert both.depth[solid].tobytes() == head.depth[solid].tobytes()


@pytest.mark.parametrize(("in_front", "beyond"), [(True, False), (False, True)])
def test_depth_is_the_mean_distance_of_what_is_seen(layers, in_front, beyond):
    head, torso, both = layers(in_front, beyond)
    seen = shared(head, torso)
    near, far = (Frame(frame.rgba[seen], frame.depth[seen]) for frame in ((torso, head) if in_front else (head, torso)))
    weights = near.rgba[:, 3], (1.0 - near.rgba[:, 3]) * far.rgba[:, 3]
    wanted = (weights[0] * near.depth + weights[1] * far.depth) / both.rgba[seen][:, 3]
    assert np.abs(both.depth[seen] - wanted).max() < 1e-5
    assert (near.depth < both.depth[seen]).all() and (both.depth[seen] < far.depth).all()


def ray_batch(camera: Camera) -> RayBatch:
    """All of a picture's rays, with samples where engines have them."""
    origin, directions, _ = camera_rays(camera)
    rays = np.ascontiguousarray(directions.reshape(-1, 3))
    count = len(rays)
    half = np.full(count, 0.5, np.float32)
    return RayBatch(np.zeros(count, np.int32), np.tile(origin, (count, 1)), rays, half)


def thin(field: RadianceField) -> None:
    """So that rays end nowhere and no sample is clear: densities vary by little about those of fog."""
    varying, surface = 0.02 * field.density_out[0], field.surface.clone()
    evenly(field, -1.0)
    field.density_out[0, 1:] = varying[1:]
    field.surface.copy_(surface)


def frames_of(maker: SampleMaker, face: FaceState) -> FrameBatch:
    return frame_batch(face.pose[None], face.gaze[None], maker.warp.grid(face.landmarks).values[None])


def training_picture(fields: ActorFields, face: FaceState, rest: np.ndarray, camera: Camera) -> Frame:
    """What a torso in training is compared with: head and torso over no background."""
    occupied = fields.torso.occupied.clone()
    pictures = pictures_of([face], rest, front_camera(48, 48))
    trainer = TorsoTrainer(fields.torso, fields.head, pictures, torso_training_config(), 10)
    fields.torso.occupied.copy_(occupied)
    rays, rows = ray_batch(camera), np.zeros(1, int)
    biases = fields.torso.face_biases(face)
    # The first of this generator's numbers is over a half: the frame is not one of those without the head's colour.
    chance, unknown = np.random.default_rng(0), torch.zeros(len(rays.frame))
    composed, samples = trainer.seen(
        rays, rows, frames_of(trainer.maker, face), (biases[0][None], biases[1][None]), unknown, chance
    )
    assert len(samples.ray) > 100
    rgba = torch.cat([composed.colour, composed.alpha[:, None]], 1).numpy()
    return Frame(rgba.reshape(camera.height, camera.width, 4), composed.distance.numpy())


def test_training_sees_what_engines_render(fields, face, rest):
    for field in (fields.head, fields.torso):
        thin(field)
    trained = training_picture(fields, face, rest, CAMERA)
    rendered = create_engine("cpu", fields).render(face, CAMERA)
    assert 0.5 < rendered.rgba[..., 3].max() < 0.99
    assert_alike(replace(trained, depth=rendered.depth), rendered)


def test_the_head_in_training_is_the_rendered_head_with_its_depth(fields, face):
    thin(fields.head)
    fields.torso.occupied.zero_()
    rendered = create_engine("cpu", fields).render(face, CAMERA)
    maker = SampleMaker(fields.head, fields.head.config.max_samples)
    rays, biases = ray_batch(CAMERA), fields.head.face_biases(face)
    samples = maker.samples(rays, frames_of(maker, face), biases[0][None])
    composed = compose(fields.head, samples, rays, frames_of(maker, face), (biases[0][None], biases[1][None]))
    rgba = torch.cat([composed.colour, composed.alpha[:, None]], 1).numpy().reshape(rendered.rgba.shape)
    depth = composed.distance.numpy().reshape(rendered.depth.shape) * camera_rays(CAMERA)[2]
    assert_alike(Frame(rgba, depth), rendered)
    assert torch.equal(composed.front, torch.ones(len(rays.frame)))


def test_fog_is_the_mean_doubt_of_samples(fields, face):
    evenly(fields.head, HALF)
    maker, rays = SampleMaker(fields.head, 96), ray_batch(CAMERA)
    biases = tuple(bias[None] for bias in fields.head.face_biases(face))
    composed = compose(
        fields.head, maker.samples(rays, frames_of(maker, face), biases[0]), rays, frames_of(maker, face), biases
    )
    alpha = 1.0 / (1.0 + np.exp(-DENSITY_SHIFT - HALF))
    assert float(composed.fog) == pytest.approx(alpha * (1.0 - alpha), rel=1e-4)


def test_every_weight_learns_from_what_is_seen(fields, face):
    head = fields.head.requires_grad_(True)
    thin_rows = torch.ones(head.config.geometry, 1)
    thin_rows[0] = 0.02
    with torch.no_grad():
        head.density_out.mul_(thin_rows)
    maker, rays = SampleMaker(head, 96), ray_batch(CAMERA)
    inputs = head.frame_inputs(face.landmarks[None], face.gaze[None], face.pose[None])
    biases = head.biases(inputs)
    composed = compose(
        head, maker.samples(rays, frames_of(maker, face), biases[0]), rays, frames_of(maker, face), biases
    )
    (composed.colour.sum() + composed.alpha.square().sum()).backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None and torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.any(), name


def test_rays_that_meet_nothing_are_clear(fields, face):
    fields.head.occupied.zero_()
    maker, rays = SampleMaker(fields.head, 96), ray_batch(CAMERA)
    biases = tuple(bias[None] for bias in fields.head.face_biases(face))
    composed = compose(
        fields.head, maker.samples(rays, frames_of(maker, face), biases[0]), rays, frames_of(maker, face), biases
    )
    assert not composed.colour.any() and not composed.alpha.any() and torch.isinf(composed.distance).all()
    assert torch.isfinite(composed.fog)


def test_light_that_comes_from_elsewhere_than_it_should_is_astray(fields, face):
    """By how far, in steps, and only where the truth is known; moving density towards the truth lessens it."""
    evenly(fields.head, 9.0)
    head, maker, rays = fields.head.requires_grad_(True), SampleMaker(fields.head, 96), ray_batch(CAMERA)
    biases = tuple(bias.detach()[None] for bias in head.face_biases(face))
    samples = maker.samples(rays, frames_of(maker, face), biases[0])

    def astray(beyond: float) -> torch.Tensor:
        seen = compose(head, samples, rays, frames_of(maker, face), biases)
        truth = torch.where(seen.alpha > 0.5, seen.distance + beyond * head.config.step, torch.zeros(()))
        truth[::3] = 0.0
        return compose(head, samples, rays, frames_of(maker, face), biases, true_distance=truth).astray

    assert astray(0.0).item() < 0.2
    assert astray(3.0).item() == pytest.approx(6.0, rel=0.1)
    assert compose(head, samples, rays, frames_of(maker, face), biases).astray.item() == 0.0
    astray(3.0).backward()
    gradient = head.density_out.grad
    assert gradient is not None and gradient[0].abs().sum() > 0 and gradient[1].abs().sum() == 0
    head.density_out.grad = None
    head.config = replace(head.config, aims=True)
    astray(0.5).backward()
    gradient = head.density_out.grad
    assert gradient is not None and gradient[1].abs().sum() > 0


def test_spread_is_the_mean_distance_between_what_a_ray_sees():
    chance = torch.Generator().manual_seed(3)
    weights, steps = torch.rand(5, 7, generator=chance), torch.rand(5, 7, generator=chance).cumsum(1) + 300.0
    weights[2, 4:], steps[2, 4:] = 0.0, 0.0
    pairs = weights[:, :, None] * weights[:, None, :] * (steps[:, :, None] - steps[:, None, :]).abs()
    expected = (pairs.sum((1, 2)) + (weights**2).sum(1) / 3.0).mean()
    assert float(spread_of(weights, steps)) == pytest.approx(float(expected), rel=1e-4)
    one = torch.tensor([[0.0, 1.0, 0.0]])
    assert float(spread_of(one, torch.tensor([[1.0, 2.0, 3.0]]))) == pytest.approx(1.0 / 3.0)


def test_a_surface_is_hollow_by_what_lies_behind_it(fields, face):
    """The first sample that no light reaches is there, and its clearness is what counts."""
    evenly(fields.head, 9.0)
    maker, rays = SampleMaker(fields.head, 96), ray_batch(CAMERA)
    biases = tuple(bias[None] for bias in fields.head.face_biases(face))
    samples = maker.samples(rays, frames_of(maker, face), biases[0])
    assert (np.bincount(samples.ray)[np.unique(samples.ray)] <= 2).all() and samples.order.max() == 1
    composed = compose(fields.head, samples, rays, frames_of(maker, face), biases)
    clear = 1.0 - 1.0 / (1.0 + np.exp(-DENSITY_SHIFT - 9.0))
    assert float(composed.hollow) == pytest.approx(clear, rel=1e-2)
