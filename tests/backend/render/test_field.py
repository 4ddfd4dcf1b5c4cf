"""Fields as files and as sizes: what is whole survives, what is damaged or would be read outside of is refused."""

from collections.abc import Callable
from dataclasses import asdict, replace
from dataclasses import fields as fields_of
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from emogene.render import field as field_module
from emogene.render.field import FieldConfig, RadianceField, rotation_vector
from emogene.render.fields import ActorFields
from emogene.render.head_field import HeadField, tiny_config
from emogene.render.kernels import create_engine
from emogene.render.neck import TORSO_POSE
from emogene.render.torso_field import TorsoField, no_torso
from emogene.render.warp import WarpConfig
from emogene.values import FaceState
from emogene.weights import load_weights, save_weights
from emogene_proto.errors import ActorError

from .conftest import face_landmarks, front_camera

NAN = np.float32(np.nan)


@pytest.fixture
def path(field: RadianceField, tmp_path: Path) -> Path:
    """The file of a whole field."""
    path = tmp_path / f"{field.KIND}.safetensors"
    field.save(path)
    return path


def test_a_field_survives_its_file(field, path):
    loaded = type(field).load(path)
    assert loaded.config == field.config
    for (name, before), after in zip(field.state_dict().items(), loaded.state_dict().values(), strict=True):
        assert torch.equal(after, before.half().float() if before.dtype == torch.float32 else before), name
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_a_file_written_again_is_the_same(field, path, tmp_path):
    again = tmp_path / "again.safetensors"
    type(field).load(path).save(again)
    assert again.read_bytes() == path.read_bytes()


def test_actors_in_files_look_the_same(fields, face, tmp_path):
    kept = []
    for field in (fields.head, fields.torso):
        # So that rounding to half floats is a matter of the last digits.
        field.table.mul_(0.1)
        field.save(tmp_path / field.KIND)
        kept.append(type(field).load(tmp_path / field.KIND))
    camera = front_camera(32, 32)
    before, after = (
        create_engine("cpu", each).render(face, camera).rgba
        for each in (fields, replace(fields, head=kept[0], torso=kept[1]))
    )
    assert before[..., 3].max() > 0.5
    assert np.abs(before - after).max() < 0.01


def test_a_missing_field_is_refused(tmp_path):
    for kind in (HeadField, TorsoField):
        with pytest.raises(ActorError):
            kind.load(tmp_path / "none.safetensors")


def test_a_head_is_no_torso(fields, tmp_path):
    fields.head.save(tmp_path / "field")
    with pytest.raises(ActorError, match="holds 'head_field', not 'torso_field'"):
        TorsoField.load(tmp_path / "field")


DAMAGE: dict[str, Callable[[dict, dict], object]] = {
    "no grid": lambda tensors, config: config.pop("grid"),
    "grid of text": lambda tensors, config: config.update(grid="none"),
    "another key": lambda tensors, config: config.update(colour="red"),
    "a tensor less": lambda tensors, config: tensors.pop("colour_out"),
    "a tensor more": lambda tensors, config: tensors.update(colour_more=tensors["colour_out"]),
    "another shape": lambda tensors, config: tensors.update(colour_out=tensors["colour_out"].T.copy()),
    "few cells": lambda tensors, config: tensors.update(occupied=tensors["occupied"][:9]),
    "cells of the old kind": lambda tensors, config: tensors.pop("surface"),
    "few cells of the surface": lambda tensors, config: tensors.update(surface=tensors["surface"][:9]),
    "cells that are no bits": lambda tensors, config: tensors.update(occupied=tensors["occupied"].astype(np.float32)),
    "rest far away": lambda tensors, config: tensors.update(rest=tensors["rest"] + 100.0),
    "rest not finite": lambda tensors, config: tensors.update(rest=tensors["rest"] * NAN),
    "half a face": lambda tensors, config: tensors.update(
        {name: tensors[name][:40] for name in ("rest", "reference")} | {"landmark_mean": np.zeros(120, np.float32)}
    ),
    "a flat face": lambda tensors, config: tensors.update(reference=tensors["reference"][:, :2]),
    "two features a level": lambda tensors, config: tensors.update(table=tensors["table"].reshape(-1, 2)),
    "no step": lambda tensors, config: config.update(step=0.0),
    "step not a number": lambda tensors, config: config.update(step=float("nan")),
    "no samples": lambda tensors, config: config.update(max_samples=0),
    "half a sample": lambda tensors, config: config.update(max_samples=1.5),
    "a flat box": lambda tensors, config: config.update(box_low=[0.0, 0.0]),
    "an odd width": lambda tensors, config: config.update(width=24),
    "odd levels": lambda tensors, config: config["grid"].update(levels=5),
    "base below 0": lambda tensors, config: config["grid"].update(base=-8),
    "a table of terabytes": lambda tensors, config: config["grid"].update(levels=32, finest=16384, log2_table=24),
    "no cell": lambda tensors, config: config["warp"].update(cell=0.0),
    "a warp of gigabytes": lambda tensors, config: (
        config["warp"].update(cell=0.001), tensors.update(reference=np.sign(tensors["reference"]) * np.float32(0.9))
    ),
    "no smoothing": lambda tensors, config: config["warp"].update(smoothing=0.0),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_field_is_refused_in_words(field, path, damage):
    tensors, config = load_weights(path, field.KIND)
    damage(tensors, config)
    save_weights(path, tensors, field.KIND, config)
    with pytest.raises(ActorError, match=f"damaged|not a {field.KIND.replace('_', ' ')}"):
        type(field).load(path)


def test_sizes_beyond_memory_are_refused_before_anything_is_made(field, path, monkeypatch):
    tensors, config = load_weights(path, field.KIND)
    DAMAGE["a table of terabytes"](tensors, config)
    save_weights(path, tensors, field.KIND, config)
    monkeypatch.setattr(field_module.nn, "Parameter", lambda values: pytest.fail("a table was made"))
    with pytest.raises(ActorError):
        type(field).load(path)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_bits_that_flip_never_crash(data, tmp_path_factory):
    """A field with damaged bytes is refused by its error, or renders something: nothing is read out of bounds."""
    whole = _tiny_bytes(tmp_path_factory)
    damaged = bytearray(whole)
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1) | st.integers(0, 1200), min_size=1, max_size=8)):
        damaged[at] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "flipped.safetensors"
    path.write_bytes(damaged[: data.draw(st.integers(0, len(whole)) | st.just(len(whole)))])
    try:
        field = HeadField.load(path)
    except ActorError:
        return
    face = FaceState(face_landmarks(), np.zeros(2, np.float32), TORSO_POSE)
    frame = create_engine("cpu", ActorFields(field, no_torso(field))).render(face, front_camera(9, 9))
    assert np.isfinite(frame.rgba).all()


_kept: dict[str, bytes] = {}


def _tiny_bytes(tmp_path_factory) -> bytes:
    if not _kept:
        path = tmp_path_factory.mktemp("flips") / "head"
        HeadField(tiny_config(), face_landmarks()).save(path)
        _kept["head"] = path.read_bytes()
    return _kept["head"]


SIZES = [value.name for value in fields_of(FieldConfig) if value.type in (int, "int")]
ODD = st.sampled_from([True, False, None, "16", float("nan"), float("inf"), 16.0, 0.5, [16], -16])


@given(name=st.sampled_from(SIZES), value=ODD | st.integers(-(2**40), 2**40))
def test_sizes_that_kernels_could_read_outside_of_are_refused(name, value):
    """What is accepted is an integer, and a multiple of what kernels take at a time."""
    try:
        config = replace(tiny_config(), **{name: value})
    except (ValueError, TypeError):
        return
    kept = getattr(config, name)
    assert type(kept) is int and 0 < kept <= 4096
    for multiple, names in ((16, ("width", "colour_width")), (4, ("geometry", "occupancy", "surface"))):
        assert name not in names or kept % multiple == 0
    assert config.inputs % 4 == 0


@pytest.mark.parametrize("name", ["box_side", "step"])
@given(value=ODD | st.floats())
def test_lengths_are_positive_and_finite(name, value):
    try:
        config = replace(tiny_config(), **{name: value})
    except (ValueError, TypeError):
        return
    assert 1e-4 <= config.step <= config.box_side <= 10.0


@given(low=st.lists(st.floats() | st.none() | st.text(max_size=2), max_size=4))
def test_the_box_lies_somewhere(low):
    try:
        config = replace(tiny_config(), box_low=tuple(low))
    except (ValueError, TypeError):
        return
    assert len(config.box_low) == 3 and np.abs(config.box_low).max() <= 10.0


@given(cell=ODD | st.floats(), reach=st.floats(), smoothing=st.floats())
def test_a_warp_is_never_without_end(cell, reach, smoothing):
    try:
        config = WarpConfig(cell, reach, smoothing)
    except (ValueError, TypeError):
        return
    assert config.cell >= 1e-3 and 0 < config.reach <= 1 and 0 < config.smoothing <= 1


def test_a_configuration_can_be_written_as_it_is(field):
    values = asdict(field.config)
    assert all(isinstance(value, (int, float, dict, tuple)) for value in values.values())


def test_landmarks_that_nobody_ever_saw_count_as_the_farthest_seen(field, rest):
    """Components are clamped, so that no landmarks drive the networks where they have never been."""
    field.landmark_limit.fill_(0.5)
    wild = field.frame_inputs(rest[None] + np.float32(0.5), np.zeros((1, 2)), TORSO_POSE[None])
    wilder = field.frame_inputs(rest[None] + np.float32(5.0), np.zeros((1, 2)), TORSO_POSE[None])
    assert torch.equal(wild, wilder)
    assert wild[0, : field.config.components].abs().max() == 0.5


@pytest.mark.parametrize("degrees", [0.0, 1e-7, 15.0, 90.0, 179.0])
def test_rotation_vectors_are_those_of_the_turn(degrees):
    axis = np.array([2.0, -3.0, 6.0]) / 7.0
    wanted = axis * np.radians(degrees)
    pose = TORSO_POSE.astype(np.float64).copy()
    pose[:3, :3] = pose[:3, :3] @ Rotation.from_rotvec(wanted).as_matrix()
    assert rotation_vector(pose, TORSO_POSE) == pytest.approx(wanted, abs=1e-6)


def test_aimed_places_stay_in_the_cube_and_aims_are_yes_or_no(fields):
    head = fields.head
    head.config = replace(head.config, aims=True)
    place = torch.tensor([[0.0, 0.5, 1.0], [0.001, 0.5, 0.999]])
    moved = head.aimed(place, torch.tensor([0.02, 0.02]), torch.tensor([[-3.0, 0.0, 3.0], [-3.0, 0.3, 3.0]]))
    assert moved.min() == 0.0 and moved.max() == 1.0 and float(moved[1, 1]) > 0.5
    with pytest.raises(ValueError, match="aims"):
        replace(head.config, aims=2)  # pyright: ignore[reportArgumentType]
