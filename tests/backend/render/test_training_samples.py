"""Training samples: the places that engines look at, for many frames at once, and none that light does not reach."""

import numpy as np
import pytest
import torch

from emogene.render import occupancy, torch_march
from emogene.render.field import DENSITY_SHIFT, RadianceField
from emogene.render.kernels.cpu_encode import BLOCK
from emogene.render.neck import TORSO_POSE
from emogene.render.rays import camera_rays
from emogene.render.torch_march import FrameRays, batch_samples
from emogene.render.training_kernels import CLEAR, DARK
from emogene.render.training_samples import FrameBatch, RayBatch, SampleMaker, Samples, frame_batch
from emogene.values import FaceState

from .conftest import evenly, front_camera, opened, resting, turned

CAMERA = front_camera(20, 20)


@pytest.fixture
def faces(rest, face) -> list[FaceState]:
    return [face, FaceState(opened(rest, 0.015), np.zeros(2, np.float32), turned(-10.0, 0.0, (0.0, 0.0, 0.01)))]


def frames_of(maker: SampleMaker, faces: list[FaceState]) -> FrameBatch:
    warps = np.stack([maker.warp.grid(face.landmarks).values for face in faces])
    return frame_batch(np.stack([face.pose for face in faces]), np.stack([face.gaze for face in faces]), warps)


def rays_of(frames: int, seed: int = 0) -> RayBatch:
    """All rays of a picture in each frame, looked at anywhere in a step."""
    origin, directions, _ = camera_rays(CAMERA)
    rays = np.tile(directions.reshape(-1, 3), (frames, 1))
    frame = np.repeat(np.arange(frames), CAMERA.width * CAMERA.height).astype(np.int32)
    shift = np.random.default_rng(seed).random(len(rays), np.float32)
    return RayBatch(frame, np.tile(origin, (len(rays), 1)), np.ascontiguousarray(rays), shift)


def sampled(field: RadianceField, faces: list[FaceState], rays: RayBatch) -> Samples:
    maker = SampleMaker(field, field.config.max_samples)
    bias = torch.stack([field.face_biases(face)[0] for face in faces])
    return maker.samples(rays, frames_of(maker, faces), bias)


def marched(field: RadianceField, faces: list[FaceState], rays: RayBatch) -> torch_march.Found:
    """The same by torch."""
    warp = field.landmark_warp()
    frames = frames_of(SampleMaker(field, 1), faces)
    given = FrameRays(
        torch.from_numpy(rays.frame).long(), torch.from_numpy(rays.origins), torch.from_numpy(rays.directions),
        torch.from_numpy(rays.shift), torch.from_numpy(frames.poses), torch.from_numpy(TORSO_POSE),
        torch.from_numpy(frames.warps), torch.from_numpy(warp.origin), warp.config.cell,
    )  # fmt: skip
    clearance = torch.from_numpy(occupancy.clearance(field.occupied.numpy(), field.config.box_side))
    return batch_samples(field, clearance, given, field.config.max_samples)


def test_kernels_and_torch_look_at_the_same_places(field, faces):
    surface = field.surface.clone()
    evenly(field, -1.0)
    field.surface.copy_(surface)
    rays = rays_of(2)
    samples, found = sampled(field, faces, rays), marched(field, faces, rays)
    counts = [np.bincount(np.asarray(ray), minlength=len(rays.frame)) for ray in (samples.ray, found.ray)]
    alike = counts[0] == counts[1]
    # A sample on the very border of two cells may fall to either.
    assert counts[0].max() > 8 and (~alike).sum() <= 3
    mine, theirs = alike[samples.ray], alike[found.ray.numpy()]
    unit = samples.unit[:, samples.column][:, mine].T
    assert np.abs(unit - found.unit.numpy()[theirs]).max() < 2e-5
    distance = (found.step.numpy() + rays.shift[found.ray.numpy()]) * field.config.step
    assert np.abs(samples.distance[mine] - distance[theirs]).max() < 1e-5


def test_samples_that_light_does_not_reach_are_left_out(fields, faces):
    evenly(fields.head, 3.0)
    rays = rays_of(1)
    everything = marched(fields.head, faces[:1], rays)
    samples = sampled(fields.head, faces[:1], rays)
    alpha = 1.0 / (1.0 + np.exp(-3.0 - DENSITY_SHIFT))
    most = int(np.ceil(np.log(DARK) / np.log(1.0 - alpha)))
    counts = np.bincount(samples.ray, minlength=len(rays.frame))
    # One more is the first that no light reaches.
    assert np.bincount(everything.ray.numpy()).max() > most == counts.max() - 1
    assert np.array_equal(np.unique(samples.ray), np.unique(everything.ray.numpy()))


@pytest.mark.parametrize(("opacity", "kept"), [(1.2 * CLEAR, True), (0.8 * CLEAR, False)])
def test_clear_samples_are_left_out(fields, faces, opacity, kept):
    evenly(fields.head, float(np.log(opacity / (1.0 - opacity))) - DENSITY_SHIFT)
    assert (len(sampled(fields.head, faces, rays_of(2)).ray) > 0) == kept


def test_samples_come_by_ray_then_order_and_every_block_is_of_one_frame(field, faces):
    rays = rays_of(2)
    samples = sampled(field, faces, rays)
    assert len(samples.ray) > 200 and len(np.unique(rays.frame[samples.ray])) == 2
    assert (np.diff(samples.ray) >= 0).all()
    same = np.diff(samples.ray) == 0
    assert (np.diff(samples.order)[same] == 1).all() and (samples.order[1:][~same] == 0).all()
    assert (np.diff(samples.distance)[same] > 0).all()
    assert len(np.unique(samples.column)) == len(samples.column)
    assert np.array_equal(samples.block_frame[samples.column // BLOCK], rays.frame[samples.ray])
    assert samples.unit.shape[1] == BLOCK * len(samples.block_frame)
    assert (samples.unit >= 0).all() and (samples.unit <= 1).all()


def test_no_ray_meets_an_empty_field(field, faces):
    field.occupied.zero_()
    samples = sampled(field, faces, rays_of(2))
    assert len(samples.ray) == 0 and samples.unit.shape[1] == BLOCK


def test_samples_lie_on_a_lattice_that_no_expression_moves(fields, face, rest):
    """What flickers in clouds of samples does so because they move: here they stay while a still head speaks."""
    head, pose = fields.head, torch.from_numpy(TORSO_POSE)
    head.surface.fill_(1)
    origin, directions, _ = camera_rays(CAMERA)
    ways = torch.from_numpy(directions.reshape(-1, 3))
    clearance = torch.from_numpy(occupancy.clearance(head.occupied.numpy(), head.config.box_side))
    said = []
    for drop in (0.0, 0.004, 0.02):
        grid = head.landmark_warp().grid(opened(rest, drop))
        said.append(torch_march.head_samples(head, clearance, grid, pose, torch.from_numpy(origin), ways))
    for found in said[1:]:
        assert torch.equal(found.points, said[0].points) and torch.equal(found.step, said[0].step)
        assert not torch.equal(found.unit, said[0].unit)
    half = RayBatch(
        np.zeros(len(ways), np.int32), np.tile(origin, (len(ways), 1)), ways.numpy(),
        np.full(len(ways), 0.5, np.float32),
    )  # fmt: skip
    samples = sampled(evenly(head, 0.0), [resting(face)], half)
    assert np.abs(samples.distance / head.config.step % 1.0 - 0.5).max() < 1e-2
