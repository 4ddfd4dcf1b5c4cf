"""Speeds: both engines on the same faces, and which faces those are."""

import numpy as np
import pytest
from tiny_actor import tiny_camera

from emogene.actors.pack import load_actor
from emogene.corpus.pictures import PictureCorpus
from emogene.evaluation.render_speed import SpeedMaterial, corpus_faces, measure, timed
from emogene.render.neck import TORSO_POSE
from emogene.values import FaceState


@pytest.fixture
def corpus(tmp_path) -> PictureCorpus:
    """Eighty frames of eight emotions, the second half held out; a face's height tells its number."""
    count = 80
    landmarks = np.zeros((count, 68, 3), np.float32)
    landmarks[:, 0, 1] = np.arange(count)
    weights = np.eye(8, dtype=np.float32)[np.arange(count) % 8]
    return PictureCorpus(
        tmp_path, 25, 64, 36.0, landmarks, landmarks[0], landmarks[0], np.zeros((count, 2)),
        np.tile(TORSO_POSE, (count, 1, 1)), np.tile(tiny_camera().camera_to_world, (count, 1, 1)), np.full(count, 60.0),
        weights, np.zeros(count), np.zeros((count, 60), np.float32), np.arange(count) >= 40,
    )  # fmt: skip


@pytest.mark.parametrize("count", [3, 8, 16])
def test_faces_are_held_out_ones_of_many_emotions(corpus, count):
    numbers = [int(face.landmarks[0, 1]) for face in corpus_faces(corpus, count)]
    assert len(set(numbers)) == count and min(numbers) >= 40
    assert len({number % 8 for number in numbers}) == min(count, 8)


def test_both_engines_are_timed_on_the_same_faces(tiny_actor):
    actor = load_actor(tiny_actor)
    face = FaceState(actor.rest, np.zeros(2, np.float32), TORSO_POSE)
    values = measure(SpeedMaterial(actor, (face,) * 3, "three times one face", 2), (24,))
    assert values["fps_24"] == pytest.approx(1e3 / values["cpu_ms_24"])
    assert values["torch_ms_24"] > 0.0 and values["speedup_24"] > 0.0 and values["first_frame_seconds"] > 0.0


def test_the_first_picture_is_not_counted():
    seen: list[FaceState] = []
    faces = [FaceState(np.zeros((68, 3)), np.zeros(2), TORSO_POSE) for _ in range(3)]
    assert len(timed(seen.append, faces)) == 3
    assert seen == [faces[0], *faces]
