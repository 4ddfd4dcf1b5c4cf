"""Planning again: what a change does not touch is not done again, and the plan is the same as a fresh one."""

import contextlib
import dataclasses
import logging
import sys

import msgspec
import numpy as np
import pytest
from running_backend import small_shot, write_voice

from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.audio.load import open_audio
from emogene.service.array_folder import StoreError
from emogene.service.newest import Newest
from emogene.service.planner import Planner
from emogene.service.plans import ARRAYS, PlanStore
from emogene.service.speeches import HeardSpeech, SpeechStore
from emogene_proto.errors import Cancelled
from emogene_proto.shot import (
    CurvePoint,
    EmotionCurve,
    EmotionKey,
    EmotionStrength,
    LandmarkEdit,
    LandmarkEdits,
    Performance,
    Speaking,
)

MOVED = {"emotions": (EmotionKey(0.6, "sad", 0.9, easing="ease_in"),)}
EDITED = LandmarkEdits((LandmarkEdit(48, 0.5, (0.004, 0.002, 0.0)),))
CHANGES = [
    MOVED,
    {"emotion_curves": (EmotionCurve("fear", (CurvePoint(0.0, 0.0), CurvePoint(1.0, 1.0))),)},
    {"emotion_strength": EmotionStrength(mouth=0.4)},
    {"landmark_edits": EDITED},
    {"fps": 30.0},
    {"frame_start": 40},
    {"performance": Performance(blink=2.0)},
    {"speaking": Speaking(amplitude=1.5)},
    {"seed": 3},
]


@pytest.fixture(scope="module")
def voice(tmp_path_factory):
    return write_voice(tmp_path_factory.mktemp("voice") / "voice.wav", 2.0)


@pytest.fixture(scope="module")
def actor(tiny_actor):
    return load_actor(tiny_actor)


class Planning:
    """A planner that counts how often the recording was opened."""

    def __init__(self, folder, voice, actor):
        self.planner, self.voice, self.actor, self.opened = Planner(folder, "release"), voice, actor, 0

    def plan(self, shot):
        return self.planner.plan(shot, self.actor, self._open, lambda fraction, stage: None, lambda: False).plan

    def _open(self):
        self.opened += 1
        return open_audio(self.voice)


@pytest.fixture
def planning(tmp_path, voice, actor):
    return Planning(tmp_path, voice, actor)


@pytest.fixture
def shot(voice):
    return small_shot(voice)


def same(one, other):
    assert (one.fps, one.frame_start) == (other.fps, other.frame_start)
    for name in ARRAYS:
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_shot_that_was_changed_has_the_bytes_of_a_fresh_plan(planning, shot, voice, actor, change):
    changed = msgspec.structs.replace(shot, **change)
    planning.plan(shot)
    same(planning.plan(changed), pipeline.plan(changed, open_audio(voice), actor))
    same(planning.plan(shot), pipeline.plan(shot, open_audio(voice), actor))


@pytest.mark.parametrize(("change", "again"), [(change, int("seed" in change)) for change in CHANGES])
def test_only_another_seed_opens_the_recording_again(planning, shot, change, again):
    planning.plan(shot)
    planning.plan(msgspec.structs.replace(shot, **change))
    assert planning.opened == 1 + again


def test_moving_a_key_or_a_landmark_draws_neither_head_nor_speech_again(planning, shot, monkeypatch):
    before = planning.plan(shot)
    monkeypatch.delattr(pipeline, "deliver")
    for change in (MOVED, {"landmark_edits": EDITED}):
        after = planning.plan(msgspec.structs.replace(shot, **change))
        assert after.poses is before.poses and not np.array_equal(after.landmarks, before.landmarks)
    assert planning.opened == 1


def test_a_restarted_planner_does_not_hear_again(tmp_path, voice, actor, shot):
    first = Planning(tmp_path, voice, actor).plan(shot)
    restarted = Planning(tmp_path, voice, actor)
    same(restarted.plan(shot), first)
    assert restarted.opened == 0


def test_damaged_speech_is_heard_again(tmp_path, voice, actor, shot):
    first = Planning(tmp_path, voice, actor).plan(shot)
    (path,) = tmp_path.glob("*.safetensors")
    for content in (path.read_bytes()[:200], b"", b"\xff" * 300):
        path.write_bytes(content)
        restarted = Planning(tmp_path, voice, actor)
        same(restarted.plan(shot), first)
        assert restarted.opened == 1


@contextlib.contextmanager
def full_disk(most_bytes=20_000):
    """No file grows beyond."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_costs_the_store_and_not_the_plan(planning, tmp_path, voice, actor, shot, caplog):
    with caplog.at_level(logging.WARNING), full_disk():
        planned = planning.plan(shot)
    same(planned, pipeline.plan(shot, open_audio(voice), actor))
    assert "is not kept" in caplog.text and list(tmp_path.glob("*.safetensors")) == []
    with full_disk(), pytest.raises(StoreError, match="File too large"):
        PlanStore(tmp_path).write("key", planned)


def test_another_release_hears_again(tmp_path, voice, actor, shot):
    Planning(tmp_path, voice, actor).plan(shot)
    newer = Planning(tmp_path, voice, actor)
    newer.planner = Planner(tmp_path, "next release")
    newer.plan(shot)
    assert newer.opened == 1


def test_another_deformation_model_hears_nothing_again(tmp_path, voice, actor, shot):
    Planning(tmp_path, voice, actor).plan(shot)
    lively = dataclasses.replace(actor, manifest=msgspec.structs.replace(actor.manifest, name="other"))
    assert lively.hearing_fingerprint == actor.hearing_fingerprint
    again = Planning(tmp_path, voice, lively)
    again.plan(shot)
    assert again.opened == 0


def test_what_there_is_to_tell_of_the_recording_is_told_each_time(tmp_path, actor):
    path = write_voice(tmp_path / "take.wav", seconds=3.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    shot, store = small_shot(path), tmp_path / "speeches"

    def note(planner, shot):
        return planner.plan(shot, actor, lambda: open_audio(path), lambda *_: None, lambda: False).note

    planner, moved = Planner(store, "release"), msgspec.structs.replace(shot, **MOVED)
    notes = {note(planner, shot), note(planner, moved), note(Planner(store, "release"), moved)}
    assert len(notes) == 1 and "breaks off" in notes.pop()


def test_a_cancelled_plan_keeps_nothing(planning, shot, actor):
    with pytest.raises(Cancelled):
        planning.planner.plan(shot, actor, planning._open, lambda *_: None, lambda: True)
    planning.plan(shot)
    assert planning.opened == 2


def test_the_store_removes_what_was_not_used_for_longest(tmp_path, voice, actor, shot):
    speech = HeardSpeech(pipeline.listen(shot, open_audio(voice), actor), "")
    store = SpeechStore(tmp_path, kept_bytes=int(2.5 * speech.nbytes))
    for key in ("a", "b"):
        store.write(key, speech)
    assert store.read("a") is not None
    store.write("c", speech)
    assert store.read("b") is None and store.read("a") is not None and store.read("c") is not None


def test_memory_holds_the_newest_up_to_its_limit():
    newest: Newest[str] = Newest(100)
    newest.put("a", "A", 40)
    newest.put("b", "B", 40)
    assert newest.get("a") == "A"
    newest.put("c", "C", 40)
    assert newest.get("b") is None and newest.get("a") == "A" and newest.nbytes == 80
    newest.put("huge", "H", 101)
    assert newest.get("huge") is None and newest.nbytes == 80
    newest.put("a", "again", 60)
    assert newest.get("a") == "again" and newest.nbytes == 100
