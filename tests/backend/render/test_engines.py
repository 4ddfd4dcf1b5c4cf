"""The fused engine against the torch reference: the same to 2e-5 in colour and alpha and 1e-5 m in depth."""

from dataclasses import replace

import numba
import numpy as np
import pytest
import torch

from emogene.render.field import FARTHEST_AIM
from emogene.render.fields import ActorFields
from emogene.render.kernels import create_engine
from emogene.render.neck import TORSO_POSE
from emogene.render.rays import camera_rays
from emogene.render.torso_field import no_torso
from emogene.values import Camera, FaceState, Frame
from emogene_proto.errors import RenderError

from .conftest import assert_alike, evenly, front_camera, occupy, opened, resting, turned

FRONT = front_camera(48, 44)
SIDE = np.array([[0, 0, 1, 1.0], [1, 0, 0, 0], [0, 1, 0, -0.05], [0, 0, 0, 1]], np.float64)
CAMERAS = {
    "front": FRONT,
    "odd": front_camera(41, 33),
    "narrow": FRONT.cropped(23, 3, 1, 35),
    "shifted, with high pixels": replace(FRONT, shift_px=(7.25, -5.5), pixel_aspect=1.25),
    "side": replace(FRONT, camera_to_world=SIDE),
    "close-up": replace(FRONT, focal_mm=300.0),
}
POSES = {
    "at rest": TORSO_POSE,
    "turned by 15 degrees": turned(15.0, 0.0, (0.0, 0.0, 0.0)),
    "turned and shifted": turned(15.0, -5.0, (0.02, 0.01, 0.01)),
}
NAN = np.float32(np.nan)


@pytest.mark.parametrize(
    ("camera", "pose"),
    [*((name, "turned and shifted") for name in CAMERAS), ("front", "at rest"), ("front", "turned by 15 degrees")],
)
def test_the_cpu_engine_agrees_with_the_torch_engine(fields, face, camera, pose):
    camera, state = CAMERAS[camera], replace(face, pose=POSES[pose])
    cpu, reference = (create_engine(name, fields).render(state, camera) for name in ("cpu", "torch"))
    assert cpu.rgba.shape == (camera.height, camera.width, 4) and cpu.depth.shape == (camera.height, camera.width)
    assert np.isfinite(cpu.depth).mean() > 0.1
    assert_alike(cpu, reference)
    assert (cpu.rgba[..., 3] <= 1.0).all() and (cpu.rgba[..., :3] <= cpu.rgba[..., 3:] + 1e-6).all()
    assert (np.isinf(cpu.depth) == (cpu.rgba[..., 3] == 0)).all()


def test_warps_of_their_own_are_honoured(fields, face, rest):
    """A torso whose reference face is another one is warped onto that."""
    moved = fields.torso.landmark_warp().grid(face.landmarks).values
    fields.torso.reference.copy_(torch.from_numpy(opened(rest, 0.025)))
    assert not np.array_equal(moved, fields.torso.landmark_warp().grid(face.landmarks).values)
    cpu, reference = (create_engine(name, fields).render(face, FRONT) for name in ("cpu", "torch"))
    assert_alike(cpu, reference)


def test_engines_aim_alike(fields, face):
    plain = create_engine("cpu", fields).render(face, FRONT)
    for field in (fields.head, fields.torso):
        field.config = replace(field.config, aims=True)
    cpu, reference = (create_engine(name, fields).render(face, FRONT) for name in ("cpu", "torch"))
    assert_alike(cpu, reference)
    assert np.abs(cpu.rgba - plain.rgba).max() > 1e-3


@pytest.mark.parametrize("name", ["cpu", "torch"])
@pytest.mark.parametrize("part", ["head", "torso"])
def test_what_is_seen_lies_where_the_first_feature_says(fields, face, part, name):
    """So many steps beyond the samples along the ray, and no more than FARTHEST_AIM of them."""
    field = evenly(getattr(fields, part), 9.0)
    other = fields.torso if part == "head" else fields.head
    other.occupied.zero_()
    cosines = camera_rays(FRONT)[2].reshape(FRONT.height, FRONT.width)
    before = create_engine(name, fields).render(face, FRONT)
    seen = before.rgba[..., 3] > 0.99
    assert seen.sum() > 100
    field.config = replace(field.config, aims=True)
    for steps, moved in ((0.7, 0.7), (-1.5, -1.5), (8.0, FARTHEST_AIM)):
        field.density_out[1] = 0.0
        field.density_out[1, 0] = steps
        after = create_engine(name, fields).render(face, FRONT)
        farther = (after.depth[seen] - before.depth[seen]) / cosines[seen]
        assert farther == pytest.approx(moved * field.config.step, abs=2e-4)


@pytest.mark.parametrize("name", ["cpu", "torch"])
@pytest.mark.parametrize("empty", ["head", "torso", "both"])
def test_an_empty_field_shows_nothing(fields, face, empty, name):
    whole = create_engine(name, fields).render(face, FRONT).rgba[..., 3]
    for part in ("head", "torso") if empty == "both" else (empty,):
        getattr(fields, part).occupied.zero_()
    frame = create_engine(name, fields).render(face, FRONT)
    gone = (whole > 0) & (frame.rgba[..., 3] == 0)
    assert 0.02 < gone.mean() < 1.0 and np.isfinite(frame.rgba).all()
    assert (frame.rgba[np.isinf(frame.depth)] == 0).all()
    assert np.isfinite(frame.depth).any() != (empty == "both")


def test_no_torso_is_a_head_alone(fields, face):
    alone = ActorFields(fields.head, no_torso(fields.head))
    fields.torso.surface.zero_()
    cpu = create_engine("cpu", alone)
    assert cpu.render(face, FRONT).rgba.tobytes() == create_engine("cpu", fields).render(face, FRONT).rgba.tobytes()
    assert cpu.effort.torso_rays == 0 and cpu.effort.head_rays > 0


def test_a_frame_does_not_depend_on_threads(fields, face, monkeypatch):
    """The kernel hands tiles to as many workers as it is told, on however few cores."""
    engine = create_engine("cpu", fields)
    frames = []
    for workers in (1, 2, 5):
        monkeypatch.setattr(numba, "get_num_threads", lambda workers=workers: workers)
        frames.append(engine.render(face, front_camera(70, 37)))
    for frame in frames[1:]:
        assert frame.rgba.tobytes() == frames[0].rgba.tobytes()
        assert frame.depth.tobytes() == frames[0].depth.tobytes()


def test_a_still_face_gives_the_same_bytes_whatever_came_between(fields, face, rest):
    camera = front_camera(48, 48)
    engine = create_engine("cpu", fields)
    alone = engine.render(face, camera)
    for drop in (0.02, 0.0, 0.013):
        other = FaceState(opened(rest, drop), np.zeros(2, np.float32), turned(drop * 500, 3.0, (0, 0, 0)))
        assert engine.render(other, camera).rgba.tobytes() != alone.rgba.tobytes()
        again = engine.render(face, camera)
        assert again.rgba.tobytes() == alone.rgba.tobytes() and again.depth.tobytes() == alone.depth.tobytes()
    fresh = create_engine("cpu", fields).render(face, camera)
    assert fresh.rgba.tobytes() == alone.rgba.tobytes()


@pytest.mark.parametrize("engine", ["cpu", "torch"])
def test_a_pixel_does_not_depend_on_the_window_that_it_is_seen_in(fields, face, engine):
    """A moving crop must not make samples swim: they lie on a lattice of each ray's own."""
    whole = create_engine(engine, fields).render(face, FRONT)
    for left, top in ((3, 1), (15, 4)):
        window = create_engine(engine, fields).render(face, FRONT.cropped(left, top, 33, 40))
        part = (slice(top, top + 40), slice(left, left + 33))
        assert_alike(Frame(whole.rgba[part], whole.depth[part]), window)


@pytest.mark.parametrize("engine", ["cpu", "torch"])
@pytest.mark.parametrize("wrong", [NAN, np.float32(np.inf), np.float32(1e30)])
@pytest.mark.parametrize("name", ["landmarks", "gaze", "pose"])
def test_numbers_that_are_no_positions_are_refused(fields, face, name, wrong, engine):
    values = getattr(face, name).copy()
    values.flat[1] = wrong
    with pytest.raises(RenderError, match="numbers that are not positions"):
        create_engine(engine, fields).render(replace(face, **{name: values}), front_camera(16, 16))


@pytest.mark.parametrize("engine", ["cpu", "torch"])
@pytest.mark.parametrize(
    "wrong",
    [
        {"camera_to_world": np.full((4, 4), np.nan)}, {"focal_mm": np.nan}, {"focal_mm": 0.0}, {"focal_mm": -50.0},
        {"shift_px": (np.nan, 0.0)}, {"shift_px": (0.0, np.inf)}, {"pixel_aspect": np.nan}, {"pixel_aspect": 0.0},
        {"pixel_aspect": -1.0},
    ],
    ids=str,
)  # fmt: skip
def test_a_camera_that_sees_nothing_is_refused(fields, face, wrong, engine):
    with pytest.raises(RenderError, match="camera"):
        create_engine(engine, fields).render(face, replace(front_camera(16, 16), **wrong))


@pytest.mark.parametrize("name", ["cpu", "torch"])
@pytest.mark.parametrize("part", ["head", "torso"])
def test_depth_and_alpha_of_a_solid_block(fields, face, part, name):
    field, camera = getattr(fields, part), front_camera(96, 96)
    config = field.config
    cell, cells = config.box_side / config.occupancy, np.zeros((config.occupancy,) * 3, bool)
    for other in (fields.head, fields.torso):
        other.occupied.zero_()
    corner = np.floor((np.array([-0.03, -0.05, 0.02]) - np.array(config.box_low)) / cell).astype(int)
    cells[tuple(slice(at, at + 5) for at in corner)] = True
    occupy(evenly(field, 30.0), cells)
    frame = create_engine(name, fields).render(resting(face), camera)
    # World -Y is canonical +z: the block's front face, seen from a camera one metre before the head's origin.
    low, high = (np.array(config.box_low) + at * cell for at in (corner, corner + 5))
    front = 1.0 - high[2]
    middle = 0.5 * (low + high)
    column = int(48 + middle[0] / front * camera.focal_px)
    row = int(48 - (middle[1] + 0.04) / front * camera.focal_px)
    assert frame.rgba[row, column, 3] == pytest.approx(1.0, abs=1e-5)
    assert front <= frame.depth[row, column] <= front + 1.01 * config.step
    assert frame.rgba[0, 0].tolist() == [0.0, 0.0, 0.0, 0.0]
    assert np.isinf(frame.depth[0, 0])


def test_occupancy_skips_nothing_that_is_visible(fields, face):
    """Skipping by clearance must show the same as looking at every step."""
    for field in (fields.head, fields.torso):
        evenly(field, 2.0)
    culled = create_engine("cpu", fields).render(face, FRONT)
    reference = create_engine("torch", fields)
    assert_alike(reference.render(face, FRONT), culled)
    reference.clearances = tuple(torch.zeros_like(clearance) for clearance in reference.clearances)
    assert_alike(reference.render(face, FRONT), culled)


def test_gaze_turns_only_the_eyes(fields, face):
    camera = front_camera(48, 48)
    components = fields.head.config.components
    fields.head.condition_in[:, components : components + 2] = 0.0
    engine = create_engine("cpu", fields)
    left, right = (
        engine.render(replace(face, gaze=np.array([yaw, 0.0], np.float32)), camera).rgba for yaw in (-0.3, 0.3)
    )
    changed = np.abs(left - right).max(2) > 1e-4
    assert 0 < changed.mean() < 0.1


def test_a_wider_picture_shows_the_same_middle(fields, face):
    narrow, wide = front_camera(48, 48), front_camera(48, 48).resized(96, 48)
    engine = create_engine("cpu", fields)
    middle = engine.render(face, wide)
    part = (slice(None), slice(24, 72))
    assert_alike(engine.render(face, narrow), Frame(middle.rgba[part], middle.depth[part]))


def test_an_unknown_engine_is_refused(fields):
    with pytest.raises(RenderError):
        create_engine("cuda9", fields)


def test_camera_has_blender_axes():
    camera = Camera(np.eye(4), 50.0, 36.0, 3, 3)
    origin, directions, cosines = camera_rays(camera)
    assert origin.tolist() == [0, 0, 0]
    assert directions[1, 1].tolist() == [0, 0, -1]
    assert directions[0, 2, 0] > 0 and directions[0, 2, 1] > 0
    assert cosines[1, 1] == 1.0
