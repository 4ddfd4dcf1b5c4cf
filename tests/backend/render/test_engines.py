"""The fused engine against the torch reference: the same to 1e-4 in colour and alpha and 1e-5 m in depth."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pytest
import torch

from emogene.render.head_field import HeadField, load_head_field, save_head_field
from emogene.render.kernels import cache, create_engine
from emogene.render.kernels.cache import cache_folder, usable_folder
from emogene.values import Camera, FaceState
from emogene.weights import load_weights, save_weights
from emogene_proto.errors import ActorError, RenderError

from .conftest import front_camera, opened


def test_the_cpu_engine_agrees_with_the_torch_engine(field, face):
    camera = front_camera(72, 64)
    cpu, reference = (create_engine(name, field).render(face, camera) for name in ("cpu", "torch"))
    assert np.abs(cpu.rgba - reference.rgba).max() < 1e-4
    assert (np.isinf(cpu.depth) == np.isinf(reference.depth)).all()
    seen = np.isfinite(cpu.depth)
    assert 0.1 < seen.mean() < 0.9
    assert np.abs(cpu.depth[seen] - reference.depth[seen]).max() < 1e-5


def test_a_frame_does_not_depend_on_threads(field, face, monkeypatch):
    """The kernel hands tiles to as many workers as it is told, on however few cores."""
    engine = create_engine("cpu", field)
    frames = []
    for workers in (1, 3):
        monkeypatch.setattr(numba, "get_num_threads", lambda workers=workers: workers)
        frames.append(engine.render(face, front_camera(70, 37)))
    assert frames[0].rgba.tobytes() == frames[1].rgba.tobytes()
    assert frames[0].depth.tobytes() == frames[1].depth.tobytes()


NAN = np.float32(np.nan)


@pytest.mark.parametrize("engine", ["cpu", "torch"])
@pytest.mark.parametrize("wrong", [NAN, np.float32(np.inf), np.float32(1e30)])
@pytest.mark.parametrize("name", ["landmarks", "gaze", "pose"])
def test_numbers_that_are_no_positions_are_refused(field, face, name, wrong, engine):
    values = getattr(face, name).copy()
    values.flat[1] = wrong
    with pytest.raises(RenderError, match="numbers that are not positions"):
        create_engine(engine, field).render(replace(face, **{name: values}), front_camera(16, 16))


def test_a_camera_that_is_nowhere_is_refused(field, face):
    camera = front_camera(16, 16)
    nowhere = replace(camera, camera_to_world=camera.camera_to_world * np.nan)
    with pytest.raises(RenderError, match="camera"):
        create_engine("cpu", field).render(face, nowhere)


def test_a_frame_does_not_depend_on_frames_before(field, face, rest):
    camera = front_camera(32, 32)
    engine = create_engine("cpu", field)
    alone = engine.render(face, camera)
    engine.render(FaceState(opened(rest, 0.02), np.zeros(2, np.float32), face.pose), camera)
    assert engine.render(face, camera).rgba.tobytes() == alone.rgba.tobytes()


def solid(field: HeadField) -> HeadField:
    """The same field, opaque wherever it is occupied."""
    field.table.fill_(0.0)
    field.density_in.fill_(0.0)
    field.density_condition.fill_(0.0)
    field.density_out.fill_(0.0)
    field.condition_in.fill_(0.0)
    field.condition_out.fill_(0.0)
    field.condition_out_bias.fill_(1.0)
    field.density_condition[:, 0] = 1.0
    field.density_out[0] = 1.0
    return field


@pytest.mark.parametrize("name", ["cpu", "torch"])
def test_depth_and_alpha_of_a_solid_block(field, face, name):
    config = field.config
    cell = config.box_side / config.occupancy
    field.occupied.zero_()
    field.occupied[10:20, 12:22, 18:22] = 1
    still = FaceState(
        face.landmarks, face.gaze, np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], np.float32)
    )
    frame = create_engine(name, solid(field)).render(still, front_camera(96, 96))
    # World -Y is canonical +z: the block's front face, seen from a camera one metre before the head's origin.
    front = 1.0 - (config.box_low[2] + 22 * cell)
    centre = front_camera(96, 96)
    low = np.array(config.box_low)
    middle = low + np.array([15, 17, 22]) * cell
    column = int(48 + middle[0] / front * centre.focal_px)
    row = int(48 - (middle[1] + 0.04) / front * centre.focal_px)
    assert frame.rgba[row, column, 3] == pytest.approx(1.0, abs=1e-5)
    assert frame.depth[row, column] == pytest.approx(front, abs=1.5 * config.step)
    assert frame.rgba[0, 0].tolist() == [0.0, 0.0, 0.0, 0.0]
    assert np.isinf(frame.depth[0, 0])


def test_occupancy_skips_nothing_that_is_visible(field, face):
    """Skipping by clearance must show the same as looking at every step."""
    camera = front_camera(40, 40)
    full = HeadField(field.config, field.rest.numpy(), field.reference.numpy(), seed=3).requires_grad_(False)
    full.load_state_dict(field.state_dict())
    full = solid(full)
    culled = create_engine("cpu", full).render(face, camera)
    reference = create_engine("torch", full)
    reference.clearance = torch.zeros_like(reference.clearance)
    assert np.abs(culled.rgba - reference.render(face, camera).rgba).max() < 1e-5


def test_gaze_turns_only_the_eyes(field, face):
    camera = front_camera(64, 64)
    field.condition_in[:, field.config.components :] = 0.0
    engine = create_engine("cpu", field)
    one = engine.render(FaceState(face.landmarks, np.array([-0.3, 0.0], np.float32), face.pose), camera).rgba
    two = engine.render(FaceState(face.landmarks, np.array([0.3, 0.0], np.float32), face.pose), camera).rgba
    changed = np.abs(one - two).max(2) > 1e-4
    assert 0 < changed.mean() < 0.1


def test_a_wider_picture_shows_the_same_middle(field, face):
    narrow, wide = front_camera(48, 48), front_camera(48, 48).resized(96, 48)
    engine = create_engine("cpu", field)
    middle = engine.render(face, wide).rgba[:, 24:72]
    assert np.abs(engine.render(face, narrow).rgba - middle).max() < 1e-3


def test_a_field_survives_its_file(field, face, tmp_path):
    path = tmp_path / "head_field.safetensors"
    save_head_field(path, field)
    loaded = load_head_field(path)
    assert loaded.config == field.config
    assert torch.equal(loaded.occupied, field.occupied)
    camera = front_camera(32, 32)
    before, after = (create_engine("cpu", each).render(face, camera).rgba for each in (field, loaded))
    assert np.abs(before - after).mean() < 5e-3


def test_a_missing_field_is_refused(tmp_path):
    with pytest.raises(ActorError):
        load_head_field(tmp_path / "none.safetensors")


DAMAGE: dict[str, Callable[[dict, dict], object]] = {
    "no grid": lambda tensors, config: config.pop("grid"),
    "grid of text": lambda tensors, config: config.update(grid="none"),
    "another key": lambda tensors, config: config.update(colour="red"),
    "a tensor less": lambda tensors, config: tensors.pop("colour_out"),
    "another shape": lambda tensors, config: tensors.update(colour_out=tensors["colour_out"].T.copy()),
    "few cells": lambda tensors, config: tensors.update(occupied=tensors["occupied"][:9]),
    "rest far away": lambda tensors, config: tensors.update(rest=tensors["rest"] + 100.0),
    "rest not finite": lambda tensors, config: tensors.update(rest=tensors["rest"] * NAN),
    "no step": lambda tensors, config: config.update(step=0.0),
    "step not a number": lambda tensors, config: config.update(step=float("nan")),
    "no samples": lambda tensors, config: config.update(max_samples=0),
    "a flat box": lambda tensors, config: config.update(box_low=[0.0, 0.0]),
    "an odd width": lambda tensors, config: config.update(width=24),
    "odd levels": lambda tensors, config: config["grid"].update(levels=5),
    "base below 0": lambda tensors, config: config["grid"].update(base=-8),
    "no cell": lambda tensors, config: config["warp"].update(cell=0.0),
    "no smoothing": lambda tensors, config: config["warp"].update(smoothing=0.0),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_field_is_refused_in_words(field, tmp_path, damage):
    path = tmp_path / "head_field.safetensors"
    save_head_field(path, field)
    tensors, config = load_weights(path, "head_field")
    damage(tensors, config)
    save_weights(path, tensors, "head_field", config)
    with pytest.raises(ActorError, match="damaged|not a head field"):
        load_head_field(path)


def test_an_unknown_engine_is_refused(field):
    with pytest.raises(RenderError):
        create_engine("cuda9", field)


def test_compiled_kernels_follow_numba_cache_dir(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert cache_folder().parent == tmp_path
    assert usable_folder() == cache_folder()


def test_kernels_that_cannot_be_kept_are_compiled_elsewhere(monkeypatch, tmp_path, caplog):
    (tmp_path / "file").write_text("no folder can be made here")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    folder = usable_folder()
    assert folder.is_dir() and tmp_path not in folder.parents
    assert "NUMBA_CACHE_DIR" in caplog.text


def test_kernels_are_kept_apart_by_all_that_is_compiled_into_them():
    """A number of a module that kernels import, and that is not hashed, would go on in kernels of before."""
    render = Path(cache.__file__).parents[1]
    sources = "\n".join(path.read_text() for path in (render / "kernels").glob("cpu_*.py"))
    imported = re.findall(r"^from emogene\.render\.(\w+) import .*[A-Z]{3}", sources, re.MULTILINE)
    assert {f"{module}.py" for module in imported} <= set(cache.CONSTANTS)
    assert "occupancy.py" in cache.CONSTANTS


def test_camera_has_blender_axes():
    from emogene.render.rays import camera_rays

    camera = Camera(np.eye(4), 50.0, 36.0, 3, 3)
    origin, directions, cosines = camera_rays(camera)
    assert origin.tolist() == [0, 0, 0]
    assert directions[1, 1].tolist() == [0, 0, -1]
    assert directions[0, 2, 0] > 0 and directions[0, 2, 1] > 0
    assert cosines[1, 1] == 1.0
