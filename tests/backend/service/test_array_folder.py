"""Arrays on disk: damage is noticed, what is old goes first, and neither another process nor a full disk breaks it."""

import json
import logging
import os
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emogene.motion.audio2motion import NeutralMotion
from emogene.pipeline import Speech
from emogene.service.array_folder import ArrayFolder, StoreError
from emogene.service.plans import ARRAYS, PlanStore
from emogene.service.speeches import HeardSpeech, SpeechStore
from emogene.values import Plan
from emogene_proto.errors import EmoGeneError
from emogene_proto.shot import AudioRef, Shot

SHOT = Shot(AudioRef())
ROWS = {"rows": np.arange(12, dtype=np.float32).reshape(4, 3)}


def a_plan(frames=5):
    random = np.random.default_rng(3)
    arrays = {name: random.normal(size=(frames, *row)).astype(np.float32) for name, row in ARRAYS.items()}
    return Plan(**arrays, fps=24.0, frame_start=1)


def a_speech(frames=50):
    random = np.random.default_rng(4)
    motion = NeutralMotion(
        random.normal(size=(frames, 68, 3)).astype(np.float32), random.uniform(size=(frames, 2)).astype(np.float32)
    )
    return HeardSpeech(Speech(motion, np.array([[0.1, 1.2]]), frames / 25), "it breaks off")


def keys(folder):
    return {path.stem for path in folder.glob("*.safetensors")}


def aged(folder, key, seconds):
    os.utime(folder / f"{key}.safetensors", (seconds, seconds))


@pytest.fixture
def stored(tmp_path):
    """A store whose files are one kilobyte each; it holds three."""
    return ArrayFolder(tmp_path, 3500)


KILOBYTE = {"rows": np.zeros(250, np.float32)}


def test_arrays_and_what_is_said_of_them_come_back(stored):
    stored.write("a", ROWS, {"note": "hm"})
    arrays, about = stored.read("a")
    assert about == {"note": "hm"} and arrays["rows"].tobytes() == ROWS["rows"].tobytes()
    assert stored.read("b") is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_byte_that_is_not_as_it_was_written_is_noticed(tmp_path, place, change):
    stored = ArrayFolder(tmp_path, 10**6)
    stored.write("a", ROWS, {"note": "hm"})
    path = tmp_path / "a.safetensors"
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= change
    path.write_bytes(content)
    read = stored.read("a")
    if read is not None:  # blanks around the header say nothing
        assert read[1] == {"note": "hm"} and read[0]["rows"].tobytes() == ROWS["rows"].tobytes()


@pytest.mark.parametrize("store", ["plans", "speeches"])
def test_damage_among_the_numbers_is_noticed_by_both_stores(tmp_path, store):
    plans, speeches = PlanStore(tmp_path), SpeechStore(tmp_path)
    plans.write("k", a_plan()) if store == "plans" else speeches.write("k", a_speech())
    path = tmp_path / "k.safetensors"
    path.write_bytes(path.read_bytes()[:-400] + b"\x11" * 400)
    assert (plans.read("k", SHOT) if store == "plans" else speeches.read("k")) is None


@pytest.mark.parametrize(("dtype", "size"), [("BF16", 2), ("F8_E4M3", 1), ("BOOL", 1)])
def test_a_file_with_numbers_of_another_kind_is_not_here(tmp_path, dtype, size):
    about = {"x": {"dtype": dtype, "shape": [4], "data_offsets": [0, 4 * size]}, "__metadata__": {"content": "q"}}
    header = json.dumps(about).encode()
    (tmp_path / "a.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4 * size))
    assert ArrayFolder(tmp_path, 10**6).read("a") is None


def parts_of_speech(**changes):
    speech = a_speech().speech
    arrays = {"landmarks": speech.motion.landmarks, "contacts": speech.motion.contacts, "spans": speech.spans}
    return {**arrays, **changes}


@pytest.mark.parametrize(
    ("arrays", "duration"),
    [
        (parts_of_speech(landmarks=np.array(0, np.float32)), "2.0"),
        (parts_of_speech(spans=np.array(0.0)), "2.0"),
        (parts_of_speech(landmarks=np.full((50, 68, 3), np.nan, np.float32)), "2.0"),
        (parts_of_speech(landmarks=np.zeros((50, 68, 3), np.int8)), "2.0"),
        (parts_of_speech(contacts=np.zeros((50, 2))), "2.0"),
        (parts_of_speech(contacts=np.zeros((49, 2), np.float32)), "2.0"),
        (parts_of_speech(more=np.zeros(3)), "2.0"),
        (parts_of_speech(), "nan"),
        (parts_of_speech(), "3600"),
        (parts_of_speech(), "long"),
    ],
)
def test_what_is_no_speech_is_heard_again(tmp_path, arrays, duration):
    ArrayFolder(tmp_path, 10**7).write("k", arrays, {"duration_seconds": duration})
    assert SpeechStore(tmp_path).read("k") is None


def test_a_speech_is_read_back_as_it_was_written(tmp_path):
    SpeechStore(tmp_path).write("k", a_speech())
    back, wrote = SpeechStore(tmp_path).read("k"), a_speech()
    assert back.note == wrote.note and back.speech.duration_seconds == wrote.speech.duration_seconds
    assert back.speech.motion.landmarks.tobytes() == wrote.speech.motion.landmarks.tobytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"landmarks": np.zeros((5, 67, 3), np.float32)},
        {"gaze": np.zeros((4, 2), np.float32)},
        {"poses": np.array(1.0, np.float32)},
        {"weights": np.full((5, 8), np.inf, np.float32)},
        {"weights": np.zeros((5, 8))},
    ],
)
def test_what_is_no_plan_is_planned_again(tmp_path, changes):
    arrays = {name: getattr(a_plan(), name) for name in ARRAYS}
    ArrayFolder(tmp_path, 10**7).write("k", arrays, {})
    assert PlanStore(tmp_path).read("k", SHOT) is not None
    ArrayFolder(tmp_path, 10**7).write("k", {**arrays, **changes}, {})
    assert PlanStore(tmp_path).read("k", SHOT) is None


def test_what_was_not_used_for_longest_goes_first(stored, tmp_path):
    for age, key in enumerate("abc"):
        stored.write(key, KILOBYTE, {})
        aged(tmp_path, key, 1000 + age)
    stored.read("a")
    stored.write("d", KILOBYTE, {})
    assert keys(tmp_path) == {"a", "c", "d"}
    aged(tmp_path, "c", 900)
    stored.touch("c")
    aged(tmp_path, "d", 800)
    stored.write("e", KILOBYTE, {})
    assert keys(tmp_path) == {"a", "c", "e"}


def test_what_is_needed_stays_however_old_it_is(stored, tmp_path):
    for age, key in enumerate("abc"):
        stored.write(key, KILOBYTE, {})
        aged(tmp_path, key, 1000 + age)
    stored.write("d", KILOBYTE, {}, needed={"a", "b"})
    assert keys(tmp_path) == {"a", "b", "d"}


def test_plans_do_not_grow_without_end_and_those_of_jobs_stay(tmp_path):
    store = PlanStore(tmp_path, kept_bytes=16_000)
    for number in range(6):
        store.write(f"plan{number}", a_plan(), needed={"plan0"})
        aged(tmp_path, f"plan{number}", 1000 + number)
    assert keys(tmp_path) == {"plan0", "plan4", "plan5"}


def test_what_a_killed_process_was_writing_is_removed_a_day_later(tmp_path):
    for name in (".old.17", ".new.18"):
        (tmp_path / name).write_bytes(b"half")
    os.utime(tmp_path / ".old.17", (1.0, 1.0))
    ArrayFolder(tmp_path, 10**6)
    assert {path.name for path in tmp_path.iterdir()} == {".new.18"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_file_that_another_process_has_just_removed_is_no_trouble(stored, tmp_path):
    (tmp_path / "gone.safetensors").symlink_to(tmp_path / "nowhere")
    for key in "abcd":
        stored.write(key, KILOBYTE, {})
    assert stored.read("d") is not None


def test_a_file_that_cannot_be_removed_is_told_in_the_log_and_stays(stored, tmp_path, caplog):
    held = tmp_path / "held.safetensors"
    held.mkdir()  # like a file that is open on Windows, it cannot be unlinked
    os.utime(held, (1.0, 1.0))
    with caplog.at_level(logging.WARNING):
        for key in "abcd":
            stored.write(key, KILOBYTE, {})
    assert held.exists() and stored.read("d") is not None and "held" in caplog.text


def test_what_cannot_be_written_is_refused_in_words(stored, tmp_path):
    (tmp_path / f".a.{os.getpid()}").mkdir()
    with pytest.raises(StoreError, match="cannot be written: Is a directory|cannot be written: .*denied") as refused:
        stored.write("a", ROWS, {})
    assert isinstance(refused.value, EmoGeneError) and refused.value.code == "disk" and refused.value.hint
