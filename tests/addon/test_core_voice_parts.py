"""The voice that strips make up: in order, with silence between, files named once."""

from pathlib import Path

import pytest
from emogene_addon.core.voice_parts import VoicePart, voice_of
from emogene_addon.emogene_proto.shot import Shot
from emogene_addon.emogene_proto.shot_check import check
from hypothesis import given
from hypothesis import strategies as st

parts = st.builds(
    lambda name, start, length, skipped: VoicePart(Path(f"/{name}.wav"), start, start + length, skipped, 500.0),
    st.sampled_from("abc"),
    st.integers(-200, 2000),
    st.integers(5, 300),
    st.floats(0.0, 200.0),
)


def test_one_whole_strip_is_its_file():
    voice = voice_of([VoicePart(Path("/a.wav"), 11, 59, 0.0, 48.2)], 1 / 24)
    assert (voice.first, voice.end, voice.further_audio) == (11, 59, ())
    assert (voice.audio.path, voice.audio.offset_seconds, voice.audio.duration_seconds) == ("/a.wav", 0.0, None)


def test_two_strips_in_any_order_with_a_gap():
    first = VoicePart(Path("/a.wav"), 11, 35, 12.0, 100.0)
    second = VoicePart(Path("/b.wav"), 59, 83, 0.0, 24.0)
    voice = voice_of([second, first], 1 / 24)
    assert (voice.audio.offset_seconds, voice.audio.duration_seconds) == (0.5, 1.0)
    assert [(part.audio.path, part.start_seconds) for part in voice.further_audio] == [("/b.wav", 2.0)]
    assert voice.paths == (Path("/a.wav"), Path("/b.wav"))


@given(st.lists(parts, min_size=1, max_size=6), st.sampled_from([1 / 24, 1 / 30, 1.001 / 30]), st.randoms())
def test_any_strips_are_a_shot_that_can_be_rendered(strips, frame_seconds, random):
    voice = voice_of(strips, frame_seconds)
    assert voice == voice_of(random.sample(strips, len(strips)), frame_seconds)
    assert (voice.first, voice.end) == (min(part.start for part in strips), max(part.end for part in strips))
    check(Shot(voice.audio, further_audio=voice.further_audio))
    starts = [part.start_seconds for part in voice.further_audio]
    assert starts == sorted(starts) and all(start >= 0.0 for start in starts)


@pytest.mark.parametrize("number", [1, 5])
def test_a_file_that_is_heard_several_times_is_named_once(number):
    strips = [VoicePart(Path("/a.wav"), 100 * i, 100 * i + 50, 0.0, 50.0) for i in range(number)]
    assert voice_of(strips, 1 / 24).paths == (Path("/a.wav"),)
