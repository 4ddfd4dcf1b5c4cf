"""Typed emotion keys: what is meant is read, what is not is told in a sentence."""

import pytest

from emogene.emotion.key_syntax import parse_key
from emogene_proto.errors import ShotError
from emogene_proto.shot import EmotionKey


def test_keys_are_read():
    assert parse_key("2.5:angry:0.6") == EmotionKey(2.5, "angry", 0.6)
    assert parse_key("0:Happy") == EmotionKey(0.0, "happy", 1.0)
    assert parse_key(" -1 : sad : 1 ") == EmotionKey(-1.0, "sad", 1.0)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("happy", "SECONDS:EMOTION"),
        ("x:happy", "SECONDS:EMOTION"),
        ("nan:happy", "SECONDS:EMOTION"),
        ("1:hapy", "happy"),
        ("1:joyful", "neutral, angry"),
        ("1:happy:7", "0 to 1"),
        ("1:happy:0.5:2", "SECONDS:EMOTION"),
        ("", "SECONDS:EMOTION"),
    ],
)
def test_anything_else_is_refused_with_a_hint(text, hint):
    with pytest.raises(ShotError) as caught:
        parse_key(text)
    assert hint in caught.value.hint
