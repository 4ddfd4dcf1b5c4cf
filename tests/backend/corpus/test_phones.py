"""Phone names of flite and espeak-ng become our own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.corpus.phones import ESPEAK_NAMES, FLITE_NAMES, PHONES, SILENCE, from_espeak, from_flite
from emogene.corpus.speech import parse_espeak_events, parse_flite_times, tidy
from emogene.corpus.visemes import DIPHTHONGS, TARGETS
from emogene_proto.errors import CorpusError


def test_there_are_39_phones_and_silence():
    assert len(PHONES) == len(set(PHONES)) == 40
    assert SILENCE in PHONES


def test_every_name_maps_into_the_inventory():
    assert set(FLITE_NAMES.values()) <= set(PHONES)
    assert {symbol for symbols in ESPEAK_NAMES.values() for symbol in symbols} <= set(PHONES)


def test_every_phone_has_a_mouth_shape():
    assert {p for p in PHONES if p not in DIPHTHONGS} == set(TARGETS)


@pytest.mark.parametrize(
    ("mnemonic", "language", "symbols"),
    [
        ("a", "en-US", ("ae",)),
        ("a", "de", ("aa",)),
        ("tS", "en-US", ("ch",)),
        ("I#", "en-US", ("ih",)),
        ("_:", "fr", (SILENCE,)),
        ("ts", "de", ("t", "s")),
        ("A@", "en-US", ("aa", "r")),
        ("A@", "en-GB-x-rp", ("aa",)),
        (";", "it", ()),
    ],
)
def test_espeak_mnemonics(mnemonic, language, symbols):
    assert from_espeak(mnemonic, language) == symbols


def test_unknown_names_are_told():
    with pytest.raises(CorpusError, match="flite names a phone 'qq'"):
        from_flite("qq")
    with pytest.raises(CorpusError, match="espeak-ng names a phone '%'"):
        from_espeak("%", "en-US")


FLITE_PHONES = st.lists(st.tuples(st.sampled_from(sorted(FLITE_NAMES)), st.floats(0.001, 0.5)), max_size=40)


@given(FLITE_PHONES)
def test_flite_times_are_read_as_printed(phones):
    ends, printed = 0.0, []
    for name, length in phones:
        ends += length
        printed.append(f"{name}:{ends:.3f}")
    spans = parse_flite_times(" ".join(printed))
    assert [s.symbol for s in spans] == [FLITE_NAMES[name] for name, _ in phones]
    assert all(before.end == after.start for before, after in zip(spans, spans[1:], strict=False))
    if spans:
        assert abs(spans[-1].end - ends) < 0.001


@given(st.text(max_size=30))
def test_flite_times_of_any_text_are_read_or_refused(text):
    try:
        spans = parse_flite_times(text)
    except CorpusError:
        return
    assert all(s.symbol in PHONES for s in spans)


EVENTS = st.lists(st.tuples(st.integers(0, 4000), st.sampled_from(sorted(ESPEAK_NAMES))), max_size=40)


@given(EVENTS, st.sampled_from(["en-US", "en-GB-x-rp", "de", "fr"]))
def test_tidied_espeak_events_cover_the_audio(steps, language):
    at, events = 0, []
    for step, mnemonic in steps:
        at += step
        events.append((at, mnemonic))
    samples = at + 2205
    spans = tidy(parse_espeak_events(events, samples, 22050, language), samples / 22050)
    assert spans[0].start == 0.0
    assert spans[-1].end == pytest.approx(samples / 22050)
    assert all(before.end == pytest.approx(after.start) for before, after in zip(spans, spans[1:], strict=False))
    assert all(s.symbol in PHONES and s.end > s.start for s in spans)
