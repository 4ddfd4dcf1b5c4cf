"""Marker names: what an artist writes is read as meant, a slip of the pen is reported, all else is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene_proto.marker_names import NamedEmotion, NearMiss, read_name, write_name
from emogene_proto.names import EMOTIONS

emotions = st.sampled_from(EMOTIONS)


@pytest.mark.parametrize(
    ("name", "emotion", "intensity"),
    [
        ("happy", "happy", 1.0),
        ("happy 0.7", "happy", 0.7),
        ("sad 30%", "sad", 0.3),
        ("sad 30 %", "sad", 0.3),
        ("angry:0.5", "angry", 0.5),
        ("angry : .5", "angry", 0.5),
        ("fear 0,25", "fear", 0.25),
        ("  SURPRISED 1 ", "surprised", 1.0),
        ("Neutral", "neutral", 1.0),
        ("disgusted 0", "disgusted", 0.0),
        ("contempt 100%", "contempt", 1.0),
    ],
)
def test_emotion_and_intensity_are_read(name, emotion, intensity):
    assert read_name(name) == NamedEmotion(emotion, pytest.approx(intensity))


@pytest.mark.parametrize("name", ["", "F_12", "Marker 1", "cut", "sad song", "happy.001", "happy -1", "0.7", "take 7"])
def test_ordinary_markers_are_left_alone(name):
    assert read_name(name) is None


@pytest.mark.parametrize(("name", "meant"), [("hapy 0.7", "happy"), ("Supprised", "surprised"), ("angri", "angry")])
def test_a_slip_of_the_pen_is_reported_and_not_guessed(name, meant):
    miss = read_name(name)
    assert isinstance(miss, NearMiss)
    assert name in miss.message
    assert meant in miss.hint


@pytest.mark.parametrize("name", ["happy 7", "sad 130%"])
def test_an_intensity_above_one_is_reported(name):
    assert isinstance(read_name(name), NearMiss)


@given(emotions.filter(lambda emotion: emotion != "neutral"), st.floats(0, 1))
def test_what_is_written_is_read_back_to_two_decimals(emotion, intensity):
    assert read_name(write_name(emotion, intensity)) == NamedEmotion(emotion, pytest.approx(round(intensity, 2)))


def test_neutral_is_written_without_intensity():
    assert write_name("neutral", 0.3) == "neutral"


@given(emotions, st.floats(0, 1), st.booleans(), st.sampled_from([" ", ":", "  ", " : "]))
def test_case_percent_and_separator_do_not_matter(emotion, intensity, percent, separator):
    number = f"{100 * intensity:.3f}%" if percent else f"{intensity:.5f}"
    for spelling in (emotion, emotion.upper(), emotion.title()):
        assert read_name(f"{spelling}{separator}{number}") == NamedEmotion(emotion, pytest.approx(intensity, abs=1e-5))


@given(st.text())
def test_any_text_is_read_without_trouble(name):
    meaning = read_name(name)
    assert meaning is None or isinstance(meaning, NearMiss) or 0.0 <= meaning.intensity <= 1.0


@pytest.mark.parametrize(("emotion", "intensity"), [("hapy", 0.5), ("happy", 1.1), ("happy", float("nan"))])
def test_only_true_emotion_markers_are_written(emotion, intensity):
    with pytest.raises(ValueError, match="no emotion marker"):
        write_name(emotion, intensity)
