"""What training fixes from landmarks: a reference face with room between the lips, components that are white."""

import numpy as np
import torch

from emogene.render.landmark_basis import LIMIT, fit_landmarks, reference_face
from emogene.render.neck import TORSO_POSE

from .conftest import opened


def test_the_reference_face_has_its_mouth_open(rest):
    faces = np.stack([opened(rest, drop) for drop in np.linspace(0, 0.02, 21)])
    reference = reference_face(faces, np.zeros(21))
    assert reference[62, 1] - reference[66, 1] > 0.015


def test_blinking_frames_shape_no_reference(rest):
    faces = np.stack([opened(rest, drop) for drop in np.linspace(0, 0.02, 21)])
    blink = np.where(np.arange(21) > 10, 1.0, 0.0)
    reference = reference_face(faces, blink)
    assert reference[62, 1] - reference[66, 1] < 0.012


def test_components_of_the_corpus_are_within_their_limits_and_of_one_size(field, rest):
    chance = np.random.default_rng(0)
    faces = rest + chance.standard_normal((60, 68, 3)).astype(np.float32) * 0.01
    fit_landmarks(field, faces)
    count = field.config.components
    found = field.frame_inputs(faces, np.zeros((60, 2)), np.stack([TORSO_POSE] * 60))[:, :count]
    assert torch.allclose(found.mean(0), torch.zeros(count), atol=1e-3)
    deviation = found.std(0)
    assert (deviation > 0.7).all() and (deviation < 1.1).all()
    assert (found.abs() < field.landmark_limit / LIMIT + 1e-3).all()


def test_a_corpus_of_few_frames_has_few_components(field, rest):
    fit_landmarks(field, np.stack([rest, opened(rest, 0.01)]))
    assert (field.landmark_basis.abs().sum(0) > 0).sum() <= 2
    assert torch.isfinite(field.landmark_basis).all()
