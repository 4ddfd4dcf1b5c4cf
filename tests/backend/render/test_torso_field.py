"""The torso (equation 8): told of the head's colour, pose and landmarks, hidden by the head, never the other way."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from emogene.render.carving import cell_centres
from emogene.render.kernels import create_engine
from emogene.render.neck import TORSO_POSE
from emogene.render.torso_field import TorsoField, no_torso

from .conftest import evenly, front_camera, occupy, opened, resting, turned

CAMERA = front_camera(40, 40)


def rendered(fields, face, engine="cpu"):
    return create_engine(engine, fields).render(face, CAMERA)


@pytest.mark.parametrize("engine", ["cpu", "torch"])
def test_an_opaque_head_in_front_is_not_changed_by_any_torso(fields, face, engine):
    """Bit for bit: what the head's own training made is what is seen."""
    evenly(fields.head, 30.0)
    points = cell_centres(fields.torso.config)
    occupy(fields.torso, np.abs(points - [0.0, -0.05, -0.12]).max(1) < 0.08)
    alone = rendered(replace(fields, torso=no_torso(fields.head)), resting(face), engine)
    both = rendered(fields, resting(face), engine)
    solid = alone.rgba[..., 3] == 1.0
    assert solid.sum() > 100 and (both.rgba[~solid] != alone.rgba[~solid]).any()
    assert both.rgba[solid].tobytes() == alone.rgba[solid].tobytes()
    assert both.depth[solid].tobytes() == alone.depth[solid].tobytes()


def own_colour(fields, face) -> np.ndarray:
    """(N, 3) colours of the torso alone where it lies before a half-transparent head."""
    head = rendered(replace(fields, torso=no_torso(fields.head)), face).rgba
    both = rendered(fields, face).rgba
    alpha = (both[..., 3:] - head[..., 3:]) / (1.0 - head[..., 3:])
    seen = (head[..., 3] > 0.2) & (alpha[..., 0] > 0.2)
    assert seen.sum() > 50
    return (both - (1.0 - alpha) * head)[seen][:, :3] / alpha[seen]


@pytest.mark.parametrize("told", [True, False])
def test_the_torsos_colour_depends_on_the_heads(fields, face, told):
    """And on nothing else of the head: weights that ignore C_head ignore a head of any colour."""
    face = resting(face)
    evenly(fields.head, -1.0)
    evenly(fields.torso, 1.0)
    points = cell_centres(fields.torso.config)
    occupy(fields.torso, np.abs(points - [0.0, 0.0, 0.17]).max(1) < 0.05)
    if not told:
        fields.torso.density_in[:, -8:-4] = 0.0
        fields.torso.colour_in[:, -4:] = 0.0
    before = own_colour(fields, face)
    fields.head.colour_out.neg_()
    changed = np.abs(own_colour(fields, face) - before).max()
    assert changed > 0.02 if told else changed < 1e-4


def test_the_torsos_density_depends_on_the_heads_colour_too(fields, face):
    """Equation 8 has C_head before density and colour: behind other heads there is another torso."""
    fields.torso.colour_in[:, -4:] = 0.0
    fields.torso.density_in[:, -8:-4] *= 20.0
    before = rendered(fields, face).rgba[..., 3]
    fields.head.colour_out.neg_()
    assert np.abs(rendered(fields, face).rgba[..., 3] - before).max() > 0.01


def biases(torso: TorsoField, landmarks: np.ndarray, gaze: tuple[float, float], pose: np.ndarray) -> torch.Tensor:
    inputs = torso.frame_inputs(landmarks[None], np.array([gaze]), pose[None])
    assert inputs.shape == (1, torso.config.components + 6)
    return torch.cat(torso.biases(inputs), 1)


def test_pose_and_landmarks_change_the_torso_and_gaze_does_not(fields, rest):
    torso = fields.torso
    still = biases(torso, rest, (0.0, 0.0), TORSO_POSE)
    assert torch.equal(biases(torso, rest, (0.4, -0.3), TORSO_POSE), still)
    for changed in (
        biases(torso, opened(rest, 0.002), (0.0, 0.0), TORSO_POSE),
        biases(torso, rest, (0.0, 0.0), turned(3.0, 0.0, (0.0, 0.0, 0.0))),
        biases(torso, rest, (0.0, 0.0), turned(0.0, 0.0, (0.0, 0.0, 0.004))),
    ):
        assert float((changed - still).abs().max()) > 1e-3


def test_a_head_at_rest_has_no_pose_terms(fields):
    assert not fields.torso.frame_terms(np.zeros((1, 2)), TORSO_POSE[None]).any()
    assert not fields.head.frame_terms(np.zeros((1, 2)), TORSO_POSE[None]).any()


def test_gaze_moves_nothing_where_there_is_no_head(fields, face):
    fields.head.occupied.zero_()
    before = rendered(fields, face)
    after = rendered(fields, replace(face, gaze=np.array([-0.4, 0.3], np.float32)))
    assert before.rgba[..., 3].max() > 0.5
    assert after.rgba.tobytes() == before.rgba.tobytes()


def test_shoulders_stay_where_they_are_when_the_head_turns(fields, face):
    """Their places do not follow the head; only their look may, through the condition."""
    fields.head.occupied.zero_()
    evenly(fields.torso, 2.0)
    low = slice(34, 40)
    turns = [rendered(fields, replace(face, pose=turned(yaw, 0.0, (0.0, 0.01, 0.0)))).rgba[low] for yaw in (-15, 15)]
    assert (turns[0][..., 3] > 0.5).mean() > 0.3
    assert np.abs(turns[0][..., 3] - turns[1][..., 3]).max() < 1e-5


def test_no_torso_shares_the_heads_warp(fields):
    empty = no_torso(fields.head)
    assert empty.config.warp == fields.head.config.warp and torch.equal(empty.reference, fields.head.reference)
    assert not empty.occupied.any()
