"""Markers to emotion keys: settings hold while the name is theirs, a changed name holds over the settings."""

import pytest
from emogene_addon.core.markers import MarkerRecord, blended, emotion_keys, read_marker
from emogene_addon.emogene_proto.marker_names import NamedEmotion, NearMiss
from emogene_addon.emogene_proto.shot import AudioRef, EmotionKey, Feeling, Shot
from emogene_addon.emogene_proto.shot_check import check
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


def test_a_mixture_is_kept_in_the_name_with_the_markers_transition():
    record = MarkerRecord("Happy 0.5 + sad 40%", 25, "Happy 0.5 + sad 40%", "happy", 0.5, 1.5, "linear")
    keys, problems = emotion_keys([record], 24.0, 1)
    assert keys == (EmotionKey(1.0, "happy", 0.5, 1.5, "linear", (Feeling("sad", 0.4),)),)
    assert problems == ()


def test_emotions_on_one_frame_are_felt_together():
    keys, problems = emotion_keys([MarkerRecord("sad 0.4", 5), MarkerRecord("happy 0.5", 5)], 24.0, 5)
    assert keys == (EmotionKey(0.0, "happy", 0.5, also=(Feeling("sad", 0.4),)),)
    assert problems == ()


def test_more_than_one_whole_face_is_scaled_down_and_reported():
    keys, problems = emotion_keys([MarkerRecord("happy", 5), MarkerRecord("angry 0.5", 5)], 24.0, 1)
    assert keys[0].feelings == (Feeling("angry", 0.3333), Feeling("happy", 0.6666))
    assert problems[0].message == "Frame 5 has emotions that add up to 1.5; angry 0.33 + happy 0.67 is used."
    assert problems[0].hint


@pytest.mark.parametrize(
    ("names", "words", "used"),
    [
        (("happy 0.5", "happy 0.7"), "sets happy twice", (Feeling("happy", 0.5),)),
        (("neutral", "neutral"), "sets neutral twice", (Feeling("neutral", 1.0),)),
        (("neutral", "sad 0.7"), "mixes neutral with an emotion", (Feeling("sad", 0.7),)),
    ],
)
def test_what_cannot_be_felt_together_is_reported_with_what_is_used(names, words, used):
    keys, problems = emotion_keys([MarkerRecord(name, 5) for name in names], 24.0, 1)
    assert keys[0].feelings == used
    assert words in problems[0].message


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["happy", "sad 0.7", "fear 0.33 + sad 0.6", "neutral"]))))
def test_whatever_lies_on_a_frame_makes_a_key_that_can_be_rendered(markers):
    keys, _ = emotion_keys([MarkerRecord(name, frame) for frame, name in markers], 24.0, 1)
    check(Shot(AudioRef(), emotions=keys))
    assert len(keys) == len({frame for frame, _ in markers})


def test_mixed_in_it_is_as_strong_as_asked_for_while_there_is_room():
    assert blended((Feeling("sad", 0.4),), Feeling("happy", 0.5)) == (Feeling("sad", 0.4), Feeling("happy", 0.5))


def test_above_1_all_give_way_alike():
    mixed = blended((Feeling("happy", 0.8),), Feeling("sad", 0.8))
    assert mixed == (Feeling("happy", 0.5), Feeling("sad", 0.5))
    three = blended(mixed, Feeling("fear", 1.0))
    assert [feeling.emotion for feeling in three] == ["happy", "sad", "fear"]
    assert sum(feeling.intensity for feeling in three) == pytest.approx(1.0, abs=1e-3)
    assert three[0].intensity == three[1].intensity == pytest.approx(0.5 * three[2].intensity, abs=1e-3)


def test_neutral_is_not_mixed_but_replaced():
    assert blended((Feeling("neutral", 0.8),), Feeling("sad", 0.7)) == (Feeling("sad", 0.7),)
    assert blended((Feeling("happy", 0.4), Feeling("sad", 0.4)), Feeling("neutral", 1.0)) == (Feeling("neutral", 1.0),)


def test_a_near_miss_makes_no_key_and_is_reported():
    keys, problems = emotion_keys([MarkerRecord("hapy 0.7", 5)], 24.0, 1)
    assert keys == ()
    assert isinstance(problems[0], NearMiss)
