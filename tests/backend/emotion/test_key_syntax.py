"""Typed emotion keys: what is meant is read, what is not is told in a sentence."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.emotion.key_syntax import parse_key
from emogene_proto.errors import ShotError
from emogene_proto.names import EASINGS
from emogene_proto.shot import EmotionKey, Feeling


def test_keys_are_read():
    assert parse_key("2.5:angry:0.6") == EmotionKey(2.5, "angry", 0.6)
    assert parse_key("0:Happy") == EmotionKey(0.0, "happy", 1.0)
    assert parse_key(" -1 : sad : 1 ") == EmotionKey(-1.0, "sad", 1.0)
    assert parse_key("2: sad 30%") == EmotionKey(2.0, "sad", 0.3)


def test_mixtures_are_read():
    bittersweet = EmotionKey(2.5, "happy", 0.5, also=(Feeling("sad", 0.4),))
    assert parse_key("2.5:happy:0.5+sad:0.4") == bittersweet
    assert parse_key("2.5: Happy 0.5 + sad 40%") == bittersweet


def test_the_length_of_a_change_and_its_easing_are_read():
    assert parse_key("2:happy:0.7@0.8,ease_in") == EmotionKey(2.0, "happy", 0.7, 0.8, "ease_in")
    assert parse_key("2:neutral@1.5") == EmotionKey(2.0, "neutral", 1.0, 1.5)
    assert parse_key("2:sad, hold") == EmotionKey(2.0, "sad", easing="hold")
    assert parse_key("2:happy:0.5+sad:0.4@1,Ease-Out").easing == "ease_out"


@given(st.floats(0, 60), st.sampled_from(EASINGS))
def test_every_length_and_easing_can_be_typed(seconds, easing):
    assert parse_key(f"1:sad@{seconds!r},{easing}") == EmotionKey(1.0, "sad", 1.0, seconds, easing)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("happy", "SECONDS:EMOTION"),
        ("x:happy", "SECONDS:EMOTION"),
        ("nan:happy", "SECONDS:EMOTION"),
        ("1:hapy", "happy"),
        ("1:joyful", "neutral, angry"),
        ("1:happy:7", "0 to 1"),
        ("1:happy:0.5:2", "'1:happy:0.7', or '1:happy:0.5+sad:0.4'"),
        ("1:happy:0.5+sad:0.7", "'1:happy:0.42+sad:0.58'"),
        ("1:happy:0.5+sadd:0.5", "'1:happy:0.5+sad:0.5'"),
        ("2.5:hapy:0.7", "write '2.5:happy:0.7'"),
        ("2.5:hapy:0.7@0.8,ease_in", "write '2.5:happy:0.7@0.8,ease_in'"),
        ("2.5:0.7 happy", "'2.5:happy:0.7'"),
        ("1:30:happy", "'90:happy'"),
        ("1:02.5:happy:0.5+sad:0.4", "'62.5:happy:0.5+sad:0.4'"),
        ("2.5:happy,ease_in@0.8", "'2.5:happy@0.8,ease_in'"),
        ("2.5:happy:-0.5", "0 to 1"),
        ("2.5:happy:0.5@", "Leave the '@' out"),
        ("2.5:happy:0.5,", "Leave the ',' out"),
        ("1:happy@soon", "SECONDS:EMOTION"),
        ("1:happy@inf", "SECONDS:EMOTION"),
        ("1:happy,bouncy", "hold, linear"),
        ("1:happy,hold,hold", "hold, linear"),
        ("", "SECONDS:EMOTION"),
        ("2:happy:0,7", "Write 0.7 with a point"),
        ("2,5:happy", "Write 2.5 with a point"),
        ("2:happy@0,25,ease_in", "Write 0.25 with a point"),
    ],
)
def test_anything_else_is_refused_with_a_hint(text, hint):
    with pytest.raises(ShotError) as caught:
        parse_key(text)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2.5:happy:-0.5", "has an intensity below 0"),
        ("2.5:happy:0.5+sad: -.1", "has an intensity below 0"),
        ("2.5:happy:0.5@", "nothing after '@'"),
        ("1:30:happy", "has minutes"),
    ],
)
def test_the_sentence_says_what_is_wrong(text, problem):
    with pytest.raises(ShotError) as caught:
        parse_key(text)
    assert problem in caught.value.message


@given(
    st.sampled_from(("hapy", "sadd", "suprised", "angryy")),
    st.integers(0, 100),
    st.sampled_from(("", "@0.8", ",hold", "@1,ease_in")),
)
def test_what_a_hint_says_to_write_is_read(word, percent, rest):
    with pytest.raises(ShotError) as caught:
        parse_key(f"2.5:{word}:{percent / 100}+fear:0{rest}")
    (written,) = re.findall("'(.*)'", caught.value.hint)
    assert parse_key(written).seconds == 2.5


@given(st.text())
def test_any_text_is_read_or_refused(text):
    for typed in (text, f"1:{text}", f"1:happy@{text}", f"1:happy,{text}"):
        try:
            parse_key(typed)
        except ShotError as error:
            assert typed in error.message and error.hint
