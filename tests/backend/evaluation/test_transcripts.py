"""Words as they are spoken."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.evaluation.transcripts import PRONUNCIATIONS, cardinal, read_transcripts, recorded_words, spoken_words
from emogene_proto.errors import CorpusError


@given(st.text())
def test_any_text_becomes_plain_words_and_stays_so(text):
    words = spoken_words(text)
    assert all(re.fullmatch(r"[a-z]([a-z']*[a-z])?", word) for word in words)
    assert spoken_words(" ".join(words)) == words


@given(st.integers(0, 10**12))
def test_every_number_is_said_without_digits(number):
    assert spoken_words(str(number))


@given(st.integers(0, 99), st.integers(0, 99))
def test_numbers_sound_different(one, other):
    assert (cardinal(one) == cardinal(other)) == (one == other)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Press 1, 12 or 45.", "press one twelve or forty five"),
        ("Dial 500", "dial five zero zero"),
        ("extension 1234", "extension one two three four"),
        ("extension 8500", "extension eight five zero zero"),
        ("a 28.8 kilobit modem", "a twenty eight point eight kilobit modem"),
        ("the PBX, by IP", "the p b x by i p"),
        ("Inter-Asterisk", "inter asterisk"),
        ("don’t call 'me'", "don't call me"),
        ("café & bar", "cafe and bar"),
        ("[sound of monkeys screaming]", ""),
        ("007", "zero zero seven"),
    ],
)
def test_texts_are_said_as_people_do(written, spoken):
    assert " ".join(spoken_words(written)) == spoken


def test_pronunciations_are_given_for_words_as_they_come():
    assert all(spoken_words(word) == [word] for word in PRONUNCIATIONS)


def test_words_that_a_speaker_leaves_out_are_left_out_of_that_recording_only():
    assert recorded_words("voice_demo-instruct", "Finally, press 1.") == ["press", "one"]
    assert recorded_words("voice_other", "Finally, press 1.") == ["finally", "press", "one"]


def test_transcripts_are_read_by_name(tmp_path):
    (tmp_path / "transcripts.txt").write_text("one: Hello: you.\n\ntwo: Bye.\n")
    assert read_transcripts(tmp_path) == {"one": "Hello: you.", "two": "Bye."}


def test_missing_and_unreadable_transcripts_are_told(tmp_path):
    with pytest.raises(CorpusError, match=r"no transcripts\.txt"):
        read_transcripts(tmp_path)
    (tmp_path / "transcripts.txt").write_bytes(b"a: \xff\xfe")
    with pytest.raises(CorpusError, match="cannot be read"):
        read_transcripts(tmp_path)
