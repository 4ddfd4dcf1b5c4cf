"""Strips: where they fit, which frames they show, which part of the voice they use."""

from pathlib import Path

import pytest
from emogene_addon.core.strips import (
    SoundTrim,
    StripSpan,
    audio_ref,
    folder_name,
    form_of,
    frame_file,
    frame_number,
    free_channel,
    shown_numbers,
)
from hypothesis import given
from hypothesis import strategies as st

spans = st.builds(StripSpan, st.integers(1, 8), st.integers(0, 50), st.integers(51, 100))


@pytest.mark.parametrize(
    ("name", "folder"), [("Scene.001", "Scene.001"), ("take 3: où?", "take_3_où_"), ("../x", "_x"), ("..", "_")]
)
def test_a_scenes_folder_is_one_folder(name, folder):
    assert folder_name(name) == folder


def test_a_free_channel_is_taken_as_wanted():
    assert free_channel([StripSpan(3, 0, 10)], 3, 10, 20) == 3


def test_a_taken_channel_moves_up():
    assert free_channel([StripSpan(3, 0, 11), StripSpan(4, 15, 16)], 3, 10, 20) == 5


@given(st.lists(spans), st.integers(1, 5))
def test_strips_never_overlap(taken, wanted):
    channel = free_channel(taken, wanted, 20, 60)
    assert channel >= wanted
    assert not any(span.channel == channel and span.start < 60 and span.end > 20 for span in taken)


@given(st.integers(1, 99_999), st.sampled_from(["png", "exr"]))
def test_file_names_say_their_number_and_form(number, form):
    assert frame_number(frame_file(number, form), form) == number
    assert form_of(frame_file(number, form)) == form


@pytest.mark.parametrize(
    "name", ["frame_0001.jpg", "frame_0001.exr", "frame_.png", "frame_1.png", ".frame_0001.png.part", "x.png"]
)
def test_other_files_are_no_frames(name):
    assert frame_number(name, "png") is None


@pytest.mark.parametrize(
    ("existing", "shown"),
    [
        ([], []),
        ([1, 2, 3], [1, 2, 3]),
        ([1, 2, 4], [1, 2]),
        ([2, 3, 5], [2, 3]),
        ([8, 9, 10], []),
        ([0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_a_strip_has_no_holes(existing, shown):
    assert list(shown_numbers(existing, 1, 5)) == shown


def test_a_whole_strip_is_the_whole_file_though_strips_are_whole_frames():
    ref = audio_ref(Path("a.wav"), SoundTrim(0.0, 7.75, 7.76), 1 / 24)
    assert (ref.offset_seconds, ref.duration_seconds) == (0.0, None)


def test_a_trimmed_strip_is_its_part():
    ref = audio_ref(Path("a.wav"), SoundTrim(0.5, 2.0, 7.75), 1 / 24)
    assert (ref.offset_seconds, ref.duration_seconds) == (0.5, 2.0)


def test_trimmed_at_the_front_only_it_goes_to_the_end():
    ref = audio_ref(Path("a.wav"), SoundTrim(0.5, 7.25, 7.75), 1 / 24)
    assert (ref.offset_seconds, ref.duration_seconds) == (0.5, None)
