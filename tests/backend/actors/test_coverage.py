"""Emotion coverage: an actor knows which emotions its pictures hold, and whoever asks for others is warned."""

import shutil

import numpy as np
import pytest
from tiny_actor import tiny_coverage
from typer.testing import CliRunner

from emogene import cli_actor
from emogene.actors.archive import write_archive
from emogene.actors.coverage import COVERED, EmotionCoverage
from emogene.actors.measured_coverage import measure_coverage, nearest
from emogene.actors.pack import load_actor, pack_manifest
from emogene.service.actors import covered_to
from emogene_proto.coverage import coverage_warnings, share_moved
from emogene_proto.errors import ActorError
from emogene_proto.names import EMOTIONS
from emogene_proto.shot import AudioRef, EmotionKey, Shot

FRAMES = 1200


@pytest.fixture(scope="module")
def bundled():
    return load_actor("bundled")


@pytest.fixture(scope="module")
def pictured(bundled):
    """(N, 68, 3) faces and (N, 8) weights: mouths that open and close in every emotion at every intensity."""
    random = np.random.default_rng(5)
    ways = random.normal(0.0, 0.002, (4, 68, 3)) * (np.arange(68) >= 48)[:, None]
    neutral = (bundled.rest + np.einsum("nk,kpc->npc", random.normal(size=(FRAMES, 4)), ways)).astype(np.float32)
    weights = np.zeros((FRAMES, len(EMOTIONS)), np.float32)
    weights[np.arange(FRAMES), np.arange(FRAMES) % len(EMOTIONS)] = random.uniform(0.1, 1.0, FRAMES)
    weights[:, 0] = 1.0 - weights[:, 1:].sum(1)
    return bundled.ldm.deform(neutral, bundled.rest, weights), weights


def measured(actor, landmarks, weights, taken=None, blink=None) -> EmotionCoverage:
    """The coverage by some of the pictures, every eleventh of them held out."""
    taken = np.ones(len(weights), bool) if taken is None else taken
    blink = np.zeros(taken.sum(), np.float32) if blink is None else blink
    return measure_coverage(actor, landmarks[taken], weights[taken], blink, np.arange(taken.sum()) % 11 == 0)


def felt(emotion: str, intensity: float = 1.0) -> Shot:
    return Shot(AudioRef(), emotions=(EmotionKey(0.0, emotion, intensity),))


def test_emotions_that_were_pictured_are_covered_to_full_intensity(bundled, pictured):
    coverage = measured(bundled, *pictured)
    assert set(coverage.distances) == set(EMOTIONS[1:])
    for emotion, row in coverage.distances.items():
        assert max(row[:3]) < COVERED, emotion
        assert row[-1] > COVERED and 1.0 <= coverage.covered_to(emotion) < 2.0


@pytest.mark.parametrize("lacking", ["surprised", "happy", "angry"])
def test_an_emotion_that_was_never_pictured_is_known_and_warned_of(bundled, pictured, lacking):
    landmarks, weights = pictured
    coverage = measured(bundled, landmarks, weights, weights[:, EMOTIONS.index(lacking)] == 0.0)
    known = {emotion: coverage.covered_to(emotion) for emotion in coverage.distances}
    assert min(known, key=known.__getitem__) == lacking and known[lacking] < 1.0
    assert [lacking in warning for warning in coverage_warnings(felt(lacking), known)] == [True]
    assert coverage_warnings(felt(lacking, 0.5 * known[lacking]), known) == ()
    assert coverage_warnings(felt("contempt"), known) == ()


def test_a_face_lies_on_itself_and_as_far_away_as_it_is_moved():
    faces = np.random.default_rng(1).normal(size=(700, 68, 3))
    assert nearest(faces, faces).max() < 1e-6
    moved = faces[:2] + [0.003, 0.0, 0.004]
    assert nearest(moved, faces) == pytest.approx(0.005)


def test_the_usual_distance_is_that_of_held_out_pictures(bundled):
    landmarks = np.stack([bundled.rest, bundled.rest, bundled.rest + [0.002, 0.0, 0.0]]).astype(np.float32)
    weights = np.eye(8, dtype=np.float32)[[0, 0, 0]]
    held_out = np.array([False, False, True])
    assert measure_coverage(bundled, landmarks, weights, np.zeros(3), held_out).usual_mm == pytest.approx(2.0, abs=1e-3)
    landmarks[2] = landmarks[0]
    assert measure_coverage(bundled, landmarks, weights, np.zeros(3), held_out).usual_mm == 0.3


def test_pictures_that_cannot_tell_are_refused_in_words(bundled, pictured):
    landmarks, weights = (rows[:44] for rows in pictured)
    with pytest.raises(ActorError, match="held out"):
        measure_coverage(bundled, landmarks, weights, np.zeros(44), np.zeros(44, bool))
    with pytest.raises(ActorError, match="neutral"):
        measured(bundled, landmarks, weights, blink=np.ones(44))
    with pytest.raises(ActorError, match="neutral"):
        measured(bundled, landmarks, weights, weights[:, 0] < 0.9)


def test_covered_to_is_where_the_distance_crosses_the_limit():
    coverage = EmotionCoverage(1.0, (0.5, 1.0), {"sad": (1.0, 2.0), "fear": (2.0, 3.0), "happy": (0.9, 1.4)})
    assert coverage.covered_to("sad") == pytest.approx(0.75)
    assert coverage.covered_to("fear") == pytest.approx(0.25)
    assert coverage.covered_to("happy") == 1.0


def test_the_bundled_actor_covers_all_emotions(bundled):
    assert set(bundled.covered_to) == set(EMOTIONS[1:])
    for emotion in EMOTIONS[1:]:
        assert coverage_warnings(felt(emotion), bundled.covered_to) == ()


@pytest.mark.parametrize("emotion", EMOTIONS[1:])
def test_half_an_emotion_moves_the_bundled_face_as_far_as_warnings_suppose(bundled, emotion):
    def moved(intensity):
        weights = np.zeros((1, len(EMOTIONS)), np.float32)
        weights[0, EMOTIONS.index(emotion)], weights[0, 0] = intensity, 1.0 - intensity
        return np.linalg.norm(bundled.ldm.deform(bundled.rest[None], bundled.rest, weights) - bundled.rest)

    for intensity in (0.2, 1 / 3, 0.5, 2 / 3, 0.8):
        assert moved(intensity) / moved(1.0) == pytest.approx(share_moved(intensity), abs=0.03)


def test_a_pack_keeps_its_coverage_and_tells_it_as_a_file_too(tiny_actor, tmp_path):
    write_archive(tiny_actor, tmp_path / "tiny.actor")
    assert load_actor(tiny_actor).manifest.emotion_coverage == tiny_coverage()
    assert pack_manifest(tmp_path / "tiny.actor") == pack_manifest(tiny_actor) == load_actor(tiny_actor).manifest
    assert covered_to(tmp_path / "tiny.actor") == covered_to(tiny_actor) == load_actor(tiny_actor).covered_to
    assert covered_to(tiny_actor)["happy"] == 2.0


def test_the_command_line_tells_what_an_actor_covers(tiny_actor):
    told = CliRunner().invoke(cli_actor.app, ["check", str(tiny_actor)])
    assert told.exit_code == 0, told.output
    assert "happy       0.90   1.00   1.40   covered up to 2.00" in told.stdout
    assert "surprised   1.20   3.00   6.00   covered up to 0.58" in told.stdout


def test_old_packs_are_read_and_know_nothing(tiny_actor, tmp_path):
    folder = shutil.copytree(tiny_actor, tmp_path / "old")
    text = (folder / "actor.toml").read_text()
    old = text[: text.index("# How far faces")] + "[coverage]\nhappy = 0.8\n"
    (folder / "actor.toml").write_text(old)
    assert load_actor(folder).covered_to == {} == covered_to(folder)


def test_what_is_no_pack_is_refused_and_tells_nothing(tiny_actor, tmp_path):
    spoiled = shutil.copytree(tiny_actor, tmp_path / "spoiled")
    (spoiled / "actor.toml").write_text("usual_mm = 0")
    assert covered_to(spoiled) == {}
    (tmp_path / "text.actor").write_text("no zip")
    with pytest.raises(ActorError):
        pack_manifest(tmp_path / "text.actor")
    assert covered_to(tmp_path / "text.actor") == {} == covered_to(tmp_path / "gone")
