"""Figures of life: blinks are read off the lids, and the picture moves where something in it does."""

from dataclasses import dataclass, replace

import msgspec
import numpy as np
import pytest

from emogene.actors.pack import Actor, load_actor
from emogene.evaluation import idle_life
from emogene.evaluation.idle_life import (
    FILM_FPS,
    FINE_HZ,
    LARGER_PIXELS,
    LIFELESS,
    PICTURE_PIXELS,
    VISIBLE_PIXELS,
    fixation_seconds,
    moved_pixels,
    watch_blinks,
)
from emogene.evaluation.idle_life_plot import write_life_plot
from emogene.idle.gaze import RESTING_GAZE
from emogene.idle.life import Life, life
from emogene.render.kernels import create_engine
from emogene.render.neck import TORSO_POSE
from emogene.values import FaceState
from emogene_proto.shot import Performance


@dataclass(frozen=True)
class Measuring:
    actor: Actor


@pytest.fixture(scope="module")
def actor(tiny_actor):
    return load_actor(str(tiny_actor))


def resting(frames: int) -> Life:
    poses = np.tile(TORSO_POSE, (frames, 1, 1))
    return Life(poses, np.zeros((frames, 2), np.float32), np.zeros((frames, 2), np.float32))


def test_blinks_are_found_with_their_times_and_unevenness():
    closure = np.zeros((4 * FINE_HZ, 2), np.float32)
    ms = FINE_HZ // 1000
    closure[1000 * ms : 1200 * ms, 0] = 1.0
    closure[1008 * ms : 1210 * ms, 1] = 1.0
    closure[3000 * ms : 3100 * ms] = 0.6
    seen = watch_blinks(closure, FINE_HZ)
    assert seen.starts.tolist() == [1.0, 3.0]
    assert np.allclose(seen.seconds, [0.21, 0.1])
    assert np.allclose(seen.shut_seconds, [0.192, 0.0])
    assert np.allclose(seen.lag_seconds, [0.008, 0.0])


def test_nothing_moves_in_a_frozen_face(actor):
    assert not moved_pixels(actor, resting(5)).any()


@pytest.mark.parametrize("part", ["poses", "gaze", "closure"])
def test_head_eyes_and_lids_each_move_the_picture(actor, part):
    living = resting(3)
    if part == "poses":
        living.poses[1:, 0, 3] += 0.002
    else:
        getattr(living, part)[1:] = 0.3
    first, second = moved_pixels(actor, living)
    assert first > 0.5 and second == 0.0


def test_eyes_that_turn_behind_shut_lids_move_nothing(actor):
    living = resting(2)
    living.closure[:] = 1.0
    living.gaze[1] = (0.2, 0.0)
    assert moved_pixels(actor, living)[0] < 1e-4


def test_idle_is_alive_with_life_and_frozen_without(actor):
    still, idle, times = resting(1500).poses, np.ones(1500, np.float32), np.arange(1500) / 25
    shares = [(moved_pixels(actor, life(still, idle, one, 0, times)) > 0.1).mean() for one in (Performance(), LIFELESS)]
    assert shares[0] > 0.7 and shares[1] == 0.0


def test_eyes_that_jump_for_two_frames_jump_once_and_drift_is_none():
    looking = np.zeros((10 * FILM_FPS, 2))
    looking[:, 0] = 0.001 * np.sin(np.arange(len(looking)))
    for second, size in ((2, 0.02), (5, 0.2), (8, -0.1)):
        looking[second * FILM_FPS :, 1] += size / 2
        looking[second * FILM_FPS + 1 :, 1] += size / 2
    assert np.allclose(fixation_seconds(looking), [3.0, 3.0])


def test_blinks_and_looks_are_those_that_a_film_shows(actor, monkeypatch):
    """A film that blinked more and looked about less than was drawn would have other figures."""

    def otherwise(poses, activity, performance, seed, times):
        return life(poses, activity, msgspec.structs.replace(performance, blink=2.0, gaze=0.4), seed, times)

    monkeypatch.setattr(idle_life, "IDLE_SECONDS", 120)
    monkeypatch.setattr(idle_life, "SEEDS", (0,))

    def figures() -> dict[str, float]:
        return {
            name: value or 0.0
            for measure in (idle_life.blinks, idle_life.looks)
            for name, value in measure(Measuring(actor)).items()
        }

    usual = figures()
    monkeypatch.setattr(idle_life, "life", otherwise)
    other = figures()
    assert other["blinks_per_minute"] > 1.4 * usual["blinks_per_minute"]
    assert other["blinks_per_minute_speech"] > 1.4 * usual["blinks_per_minute_speech"]
    for name in ("fixations_per_minute", "gaze_away_idle", "gaze_away_speech"):
        assert other[name] < usual[name]


def test_a_head_that_goes_a_visible_way_changes_a_quarter_of_its_pixels_in_8_bit():
    """What VISIBLE_PIXELS says, seen in the middle eighth of the bundled actor's picture of 512 pixels."""
    actor = load_actor("bundled")
    whole = actor.camera.resized(PICTURE_PIXELS, PICTURE_PIXELS)
    middle = replace(whole, sensor_mm=whole.sensor_mm / 8, width=PICTURE_PIXELS // 8, height=PICTURE_PIXELS // 8)
    engine = create_engine("cpu", actor.fields)
    poses, gaze = np.tile(TORSO_POSE, (2, 1, 1)), np.tile(RESTING_GAZE, (2, 1))
    poses[1, 0, 3] += 1e-4
    way = moved_pixels(actor, Life(poses, gaze, np.zeros((2, 2), np.float32)))[0]

    def colours(pixels: float) -> np.ndarray:
        pose = TORSO_POSE.copy()
        pose[0, 3] += 1e-4 * pixels / way
        face = FaceState(np.asarray(actor.rest, np.float32), gaze[0], pose.astype(np.float32))
        return np.round(255 * engine.render(face, middle).rgba[..., :3]).astype(int)

    still = colours(0.0)
    changed = [float((np.abs(colours(pixels) - still).max(-1) > 0).mean()) for pixels in (0.01, VISIBLE_PIXELS)]
    assert changed[0] < 0.1 and 0.2 < changed[1] < 0.6


def test_a_larger_way_is_gone_in_fewer_frames(actor, monkeypatch):
    monkeypatch.setattr(idle_life, "IDLE_SECONDS", 60)
    monkeypatch.setattr(idle_life, "SEEDS", (0,))
    values = idle_life.alive(Measuring(actor))
    assert tuple(values) == idle_life.ALIVE and len(LARGER_PIXELS) == 2
    shares = [values[name] or 0.0 for name in idle_life.ALIVE[:3]]
    assert shares == sorted(shares, reverse=True) and shares[0] > shares[2]


def test_looks_and_breath_are_those_of_a_person(actor):
    values = {name: value or 0.0 for name, value in idle_life.looks(Measuring(actor)).items()}
    assert set(values) == set(idle_life.LOOKS)
    assert 40 <= values["fixations_per_minute"] <= 200
    assert values["gaze_away_idle"] > values["gaze_away_speech"]
    assert 12 <= values["breaths_per_minute"] <= 20


def test_every_figure_is_measured_by_one_of_the_functions():
    assert sorted(idle_life.FIGURES) == sorted(idle_life.ALIVE + idle_life.BLINKS + idle_life.LOOKS)


def test_the_picture_is_written(actor, tmp_path):
    write_life_plot(tmp_path / "life.png", Measuring(actor))
    assert (tmp_path / "life.png").read_bytes()[:4] == b"\x89PNG"
