"""Markers to emotion keys: settings hold while the name is theirs, a changed name holds over the settings."""

import pytest
from emogene_addon.core.markers import MarkerRecord, emotion_keys, read_marker
from emogene_addon.emogene_proto.marker_names import NamedEmotion, NearMiss
from emogene_addon.emogene_proto.shot import EmotionKey
from hypothesis import given
from hypothesis import strategies as st

frames = st.integers(-10_000, 100_000)


def stored(name="happy 0.81", frame=25, intensity=0.8149, **settings):
    return MarkerRecord(name, frame, written_name="happy 0.81", emotion="happy", intensity=intensity, **settings)


def test_settings_hold_with_all_their_decimals():
    assert read_marker(stored()) == NamedEmotion("happy", 0.8149)


def test_a_renamed_marker_means_its_name():
    assert read_marker(stored(name="sad 30%")) == NamedEmotion("sad", pytest.approx(0.3))


def test_a_marker_that_lost_its_settings_means_its_name():
    assert read_marker(MarkerRecord("angry 0.5", 1)) == NamedEmotion("angry", 0.5)


def test_renamed_to_something_else_it_is_an_ordinary_marker():
    assert read_marker(stored(name="cut to kitchen")) is None


def test_seconds_count_from_the_voice_at_the_scenes_rate():
    keys, _ = emotion_keys([stored(frame=34)], fps=24.0, frame_start=10)
    assert keys == (EmotionKey(1.0, "happy", 0.8149, 0.4, "smooth"),)


def test_transition_and_easing_are_kept():
    keys, _ = emotion_keys([stored(transition_seconds=1.5, easing="linear")], 24.0, 1)
    assert (keys[0].transition_seconds, keys[0].easing) == (1.5, "linear")


@given(st.lists(st.tuples(frames, st.sampled_from(["happy 0.3", "sad", "cut", "hapy"]))), st.floats(1, 240), frames)
def test_keys_are_in_order_of_time_and_one_a_frame(markers, fps, start):
    records = [MarkerRecord(name, frame) for frame, name in markers]
    keys, _ = emotion_keys(records, fps, start)
    seconds = [key.seconds for key in keys]
    assert seconds == sorted(set(seconds))
    assert len(keys) == len({frame for frame, name in markers if name in ("happy 0.3", "sad")})


@given(st.lists(st.tuples(frames, st.sampled_from(["happy 0.3", "sad", "angry 0.5"]))), st.randoms())
def test_the_order_in_blenders_list_does_not_matter(markers, random):
    records = [MarkerRecord(name, frame) for frame, name in markers]
    shuffled = random.sample(records, len(records))
    assert emotion_keys(records, 24.0, 1) == emotion_keys(shuffled, 24.0, 1)


def test_two_emotions_on_one_frame_are_reported():
    keys, problems = emotion_keys([MarkerRecord("happy", 5), MarkerRecord("angry", 5)], 24.0, 1)
    assert [key.emotion for key in keys] == ["angry"]
    assert "Frame 5" in problems[0].message


def test_a_near_miss_makes_no_key_and_is_reported():
    keys, problems = emotion_keys([MarkerRecord("hapy 0.7", 5)], 24.0, 1)
    assert keys == ()
    assert isinstance(problems[0], NearMiss)
