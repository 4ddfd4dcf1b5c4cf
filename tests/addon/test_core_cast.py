"""Whose an emotion marker is: its name says it, and characters' names never get in the way."""

from emogene_addon.core.cast import fitting_name, names_nobody, owned_name, split_owner
from emogene_addon.core.markers import MarkerRecord, emotion_keys, read_marker
from emogene_addon.emogene_proto.marker_names import NamedEmotion, NearMiss
from emogene_addon.emogene_proto.names import EMOTIONS
from hypothesis import given
from hypothesis import strategies as st

CAST = ("Änne", "Bert Brecht")
names = st.text(min_size=1, max_size=60)


def test_what_has_no_name_is_the_first_ones():
    assert split_owner("happy 0.7", CAST) == (0, "happy 0.7")
    assert split_owner("happy:0.7", CAST) == (0, "happy:0.7"), "an emotion with its intensity"


def test_a_name_is_known_in_any_case_and_with_any_spaces():
    for name in ("Bert Brecht: sad", "bert brecht:sad", " BERT BRECHT :  sad"):
        assert split_owner(name, CAST) == (1, "sad")
    assert split_owner("Änne: sad", CAST) == (0, "sad")


@given(names, names)
def test_what_is_written_is_read(first, second):
    one = fitting_name(first, ())
    cast = (one, fitting_name(second, (one,)))
    assert len({name.casefold() for name in cast}) == 2
    for index in range(2):
        for says in ("happy 0.7", "neutral", "happy 0.5 + sad 0.4"):
            owner, rest = split_owner(owned_name(says, index, cast), cast)
            assert (owner, rest) == (index, says)


def test_names_that_would_be_read_otherwise_are_made_to_fit():
    assert fitting_name("happy", ()) == "happy 2"
    assert fitting_name("Anna: the second", ()) == "Anna the second"
    assert fitting_name("  ", ()) == "Character"
    assert fitting_name("anna", ("Anna", "Anna 2")) == "anna 3"
    assert fitting_name("A" * 90, ()) == "A" * 48


def test_a_strangers_emotion_is_told_and_other_names_are_left_alone():
    assert names_nobody("Carl: happy", CAST) == "Carl" and not names_nobody("happy: 0.5", CAST)
    told = read_marker(MarkerRecord("Carl: happy 0.7", 1), CAST)
    assert isinstance(told, NearMiss) and "Carl" in told.message and "Bert Brecht" in told.hint
    for name in ("Act 2: the kitchen", "note: check", "12:30"):
        assert read_marker(MarkerRecord(name, 1), CAST) is None, name
    assert read_marker(MarkerRecord("Carl: happy 0.7", 1), ("Anna",)) is None, "alone, nobody else can be meant"


def test_keys_are_those_of_one_character():
    records = [MarkerRecord("happy 0.7", 1), MarkerRecord("Bert Brecht: sad", 1), MarkerRecord("änne: fear 0.5", 25)]
    ours, problems = emotion_keys(records, 24.0, 1, CAST, 0)
    theirs, _ = emotion_keys(records, 24.0, 1, CAST, 1)
    assert [(key.seconds, key.emotion) for key in ours] == [(0.0, "happy"), (1.0, "fear")]
    assert [(key.seconds, key.emotion) for key in theirs] == [(0.0, "sad")] and not problems


def test_settings_hold_for_a_marker_with_a_name_before_it():
    record = MarkerRecord("Bert Brecht: happy 0.7", 1, "Bert Brecht: happy 0.7", "happy", 0.7049)
    assert read_marker(record, CAST) == NamedEmotion("happy", 0.7049)
    assert all(fitting_name(emotion, ()) != emotion for emotion in EMOTIONS)
