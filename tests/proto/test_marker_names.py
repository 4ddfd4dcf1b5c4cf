"""Marker names: what an artist writes is read as meant, a slip of the pen is reported, all else is left alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene_proto.marker_names import NamedEmotion, NearMiss, read_name, write_name
from emogene_proto.names import EMOTIONS
from emogene_proto.shot import Feeling

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


@pytest.mark.parametrize(
    "name",
    [
        "happy 0.5 + sad 0.4",
        "happy 50% + sad 40%",
        "HAPPY:0.5+Sad:.4",
        " happy 0,5  +  sad 40 % ",
    ],
)
def test_mixtures_are_read(name):
    assert read_name(name) == NamedEmotion("happy", 0.5, (Feeling("sad", 0.4),))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("hapy 0.5 + sad 0.4", "'happy 0.5 + sad 0.4'"),
        ("happy 50% + sadd 40%", "'happy 50% + sad 40%'"),
        ("0.5 happy + 0.4 sad", "'happy 0.5 + sad 0.4'"),
        ("happy + sad", "'happy 0.5 + sad 0.5'"),
        ("happy 0.9 + sad 0.3", "'happy 0.75 + sad 0.25'"),
        ("happy 0.2 + sad 0.2 + happy 0.1", "once"),
        ("happy 2 + sad 0.2", "0 to 1"),
        ("neutral 0.5 + sad 0.5", "leave"),
        ("happy 0.5 + joy 0.2", "neutral, angry"),
        ("happy 0.5 +", "plus"),
    ],
)
def test_a_mixture_that_cannot_be_is_reported_with_what_to_write(name, meant):
    miss = read_name(name)
    assert isinstance(miss, NearMiss)
    assert name in miss.message and meant in miss.hint


@pytest.mark.parametrize("name", ["cut + fade", "happy + dog", "A+B", "+", "C++", "sad song + laughter", "take 1+2"])
def test_ordinary_markers_with_a_plus_are_left_alone(name):
    assert read_name(name) is None


shares = st.dictionaries(emotions.filter(lambda emotion: emotion != "neutral"), st.floats(0, 1), min_size=1).map(
    lambda drawn: [Feeling(emotion, size / max(1.0, sum(drawn.values()))) for emotion, size in drawn.items()]
)


@given(shares)
def test_a_written_mixture_is_read_back_to_about_two_decimals(felt):
    read = read_name(write_name(felt[0].emotion, felt[0].intensity, felt[1:]))
    assert isinstance(read, NamedEmotion)
    found = [Feeling(read.emotion, read.intensity), *read.also]
    assert [feeling.emotion for feeling in found] == [feeling.emotion for feeling in felt]
    for written, back in zip(felt, found, strict=True):
        assert back.intensity == pytest.approx(written.intensity, abs=0.0151)


@given(shares)
def test_what_was_read_is_written_as_it_was(felt):
    name = write_name(felt[0].emotion, felt[0].intensity, felt[1:])
    read = read_name(name)
    assert isinstance(read, NamedEmotion)
    assert write_name(read.emotion, read.intensity, read.also) == name


@given(st.lists(st.sampled_from([*EMOTIONS, "hapy", "dog", "0.5", "40%", "+", " + ", ":", " ", "2"])).map("".join))
def test_texts_that_are_nearly_mixtures_are_read_without_trouble(name):
    meaning = read_name(name)
    if isinstance(meaning, NamedEmotion) and meaning.also:
        assert meaning.intensity + sum(feeling.intensity for feeling in meaning.also) <= 1.0 + 1e-6
    assert meaning is None or isinstance(meaning, NamedEmotion) or meaning.hint


@pytest.mark.parametrize(
    "name", ["", "F_12", "Marker 1", "cut", "sad song", "sad song 2", "happyhour 2", "0.7", "take 7"]
)
def test_ordinary_markers_are_left_alone(name):
    assert read_name(name) is None


@pytest.mark.parametrize(("name", "meant"), [("hapy 0.7", "happy"), ("Supprised", "surprised"), ("angri", "angry")])
def test_a_slip_of_the_pen_is_reported_and_not_guessed(name, meant):
    miss = read_name(name)
    assert isinstance(miss, NearMiss)
    assert name in miss.message
    assert meant in miss.hint


@pytest.mark.parametrize("name", ["Year", "Bear", "said", "sand", "Gear 2", "sandy", "ear 3", "Sadly", "end", "far"])
def test_ordinary_words_that_are_a_letter_away_from_a_short_name_are_left_alone(name):
    assert read_name(name) is None


@pytest.mark.parametrize("name", ["hapy", "hapy 0.7", "feer 0.5", "sadd 40%", "fears", "suprised"])
def test_a_slip_is_known_by_its_word_or_by_the_intensity_beside_it(name):
    assert isinstance(read_name(name), NearMiss)


@pytest.mark.parametrize(
    "name",
    [
        "happy0.7",
        "happy=0.7",
        "happy_0.7",
        "happy (0.7)",
        "happy, 0.7",
        "happy-0.7",
        "happy -0.5",
        "happy -1",
        "happy.001",
        "happy 0.5.1",
        "happy 1/2",
        "happy 70 percent",
        "happy at 0.7",
        "happy 0.5 sad 0.4",
        "happy 0.5, sad 0.4",
        "happy (0.5) + sad 0.4",
        "happy (0.5) + camera",
    ],
)
def test_an_emotion_with_a_number_in_no_known_form_is_reported(name):
    miss = read_name(name)
    assert isinstance(miss, NearMiss) and name in miss.message


def suggested(name):
    """What a near miss tells to write."""
    miss = read_name(name)
    return re.findall(r"'([^']*)'", miss.hint) if isinstance(miss, NearMiss) else []


@given(
    st.lists(
        st.sampled_from(
            [*EMOTIONS, "hapy", "feer", "supprised", "0.5", "0.9", "40%", "2", "+", " + ", " ", " ", "-", "("]
        )
    ).map("".join)
)
def test_what_a_hint_tells_to_write_is_never_refused(name):
    for suggestion in suggested(name):
        assert isinstance(read_name(suggestion), NamedEmotion), suggestion


@pytest.mark.parametrize("name", ["feer 2.5", "hapy 7", "0.9 happy + 0.3 sad", "hapy 0.9 + sad 0.3", "happy (7)"])
def test_a_hint_for_an_impossible_intensity_can_be_followed(name):
    assert suggested(name) and all(isinstance(read_name(text), NamedEmotion) for text in suggested(name))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("0.7 happy", "'happy 0.7'"),
        ("70% happy", "'happy 70%'"),
        (",5 Sad", "'sad ,5'"),
        ("1.5 sad", "'sad 0.7'"),
        ("happy+", "plus"),
        ("+ happy", "plus"),
        ("happy + + sad", "plus"),
    ],
)
def test_what_was_written_the_wrong_way_round_or_not_to_its_end_is_reported(name, meant):
    miss = read_name(name)
    assert isinstance(miss, NearMiss) and name in miss.message and meant in miss.hint


@pytest.mark.parametrize("name", ["2 sad", "12 Fear", "0.5 said", "1.5 m", "50% off", "hap+", "+ +", "cut+"])
def test_numbers_and_plus_signs_that_are_about_something_else_are_left_alone(name):
    assert read_name(name) is None


@pytest.mark.parametrize("name", ["happy 7", "sad 130%"])
def test_an_intensity_above_one_is_reported(name):
    assert isinstance(read_name(name), NearMiss)


@given(emotions.filter(lambda emotion: emotion != "neutral"), st.floats(0, 1))
def test_what_is_written_is_read_back_to_two_decimals(emotion, intensity):
    read = read_name(write_name(emotion, intensity))
    assert read == NamedEmotion(emotion, pytest.approx(intensity, abs=0.00501))
    assert round(100 * read.intensity, 6).is_integer()


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


@pytest.mark.parametrize(
    ("emotion", "intensity", "also"),
    [
        ("hapy", 0.5, ()),
        ("happy", 1.1, ()),
        ("happy", float("nan"), ()),
        ("happy", 0.5, (Feeling("sad", 0.6),)),
        ("happy", 0.5, (Feeling("happy", 0.2),)),
        ("happy", 0.5, (Feeling("sda", 0.2),)),
    ],
)
def test_only_true_emotion_markers_are_written(emotion, intensity, also):
    with pytest.raises(ValueError, match="no emotion marker"):
        write_name(emotion, intensity, also)
