"""Plans and shots on disk: back as they were, the same bytes, and bad files told in a sentence."""

import msgspec
import numpy as np
import pytest

from emogene.plan_files import (
    PlanFile,
    file_sha256,
    load_plan,
    load_plan_file,
    load_shot,
    save_plan,
    save_shot,
    shot_actor,
)
from emogene.values import Plan
from emogene_proto.errors import AudioError, ShotError
from emogene_proto.shot import AudioRef, Shot


def some_plan(count: int = 5) -> Plan:
    random = np.random.default_rng(0)
    arrays = [random.normal(size=(count, *shape)).astype(np.float32) for shape in ((68, 3), (8,), (4, 4), (2,))]
    return Plan(*arrays, fps=23.976, frame_start=7)


def test_a_plan_comes_back_and_has_the_same_bytes_twice(tmp_path):
    plan = some_plan()
    for name in ("a.npz", "b.npz"):
        save_plan(tmp_path / name, PlanFile(plan, "", ""))
    back = load_plan(tmp_path / "a.npz")
    assert np.array_equal(back.landmarks, plan.landmarks) and np.array_equal(back.gaze, plan.gaze)
    assert (back.fps, back.frame_start) == (23.976, 7)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_files_that_are_no_plan_are_refused(tmp_path):
    (tmp_path / "text.npz").write_text("hello")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.savez(tmp_path / "other.npz", something=np.zeros(3))
    np.savez(tmp_path / "short.npz", **{**vars(some_plan()), "weights": np.zeros((2, 8))})
    np.savez(tmp_path / "objects.npz", landmarks=np.array([{}], object))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "other.npz").read_bytes()[:-20])
    for name in ("text.npz", "empty.npz", "other.npz", "short.npz", "objects.npz", "cut.npz", "missing.npz"):
        with pytest.raises(ShotError):
            load_plan(tmp_path / name)


@pytest.fixture
def voice(tmp_path):
    path = tmp_path / "sounds/voice.wav"
    path.parent.mkdir()
    path.write_bytes(b"not really a sound")
    return path


def test_a_shot_finds_its_audio_after_the_folders_moved_together(tmp_path, voice):
    (tmp_path / "out").mkdir()
    shot = Shot(AudioRef(file_sha256(voice)), fps=25.0)
    save_shot(tmp_path / "out/shot.json", shot, [voice])
    moved = tmp_path.rename(tmp_path.with_name(tmp_path.name + "_moved"))
    back, (audio,) = load_shot(moved / "out/shot.json")
    assert back.audio.path == "../sounds/voice.wav"
    assert msgspec.structs.replace(back, audio=shot.audio) == shot
    assert audio.samefile(moved / "sounds/voice.wav")


def test_audio_that_is_gone_or_another_is_told(tmp_path, voice):
    save_shot(tmp_path / "shot.json", Shot(AudioRef(file_sha256(voice))), [voice])
    voice.write_bytes(b"something else")
    with pytest.raises(AudioError, match="changed"):
        load_shot(tmp_path / "shot.json")
    voice.unlink()
    with pytest.raises(AudioError, match="not there"):
        load_shot(tmp_path / "shot.json")


def test_files_that_are_no_shot_are_refused(tmp_path):
    (tmp_path / "text.json").write_text("hello")
    (tmp_path / "list.json").write_text("[1, 2]")
    for name in ("text.json", "list.json", "missing.json"):
        with pytest.raises(ShotError):
            load_shot(tmp_path / name)


def test_a_plan_says_what_it_was_made_of_and_whether_it_was_changed(tmp_path):
    save_plan(tmp_path / "a.npz", PlanFile(some_plan(), "of this shot", "by this code"))
    back = load_plan_file(tmp_path / "a.npz")
    assert (back.shot, back.code) == ("of this shot", "by this code")
    with np.load(tmp_path / "a.npz") as stored:
        arrays = dict(stored)
    arrays["gaze"] = arrays["gaze"] + np.float32(0.1)
    np.savez(tmp_path / "b.npz", **arrays)
    with pytest.raises(ShotError, match="changed"):
        load_plan(tmp_path / "b.npz")


def test_a_plan_of_an_earlier_emogene_is_read_and_belongs_to_no_shot(tmp_path):
    plan = some_plan()
    np.savez(tmp_path / "old.npz", **vars(plan))
    assert load_plan_file(tmp_path / "old.npz").shot == "" and len(load_plan(tmp_path / "old.npz")) == len(plan)


def test_an_actor_beside_a_shot_is_found_after_both_moved(tmp_path, voice):
    shot = Shot(AudioRef(file_sha256(voice)), actor=(tmp_path / "actors/ada.actor").as_posix())
    (tmp_path / "out").mkdir()
    save_shot(tmp_path / "out/shot.json", shot, [voice])
    moved = tmp_path.rename(tmp_path.with_name(tmp_path.name + "_moved"))
    back, _ = load_shot(moved / "out/shot.json")
    assert back.actor == "../actors/ada.actor"
    assert shot_actor(moved / "out/shot.json", back) == (moved / "actors/ada.actor").resolve().as_posix()
    assert shot_actor(moved / "out/shot.json", Shot(AudioRef())) == "bundled"
