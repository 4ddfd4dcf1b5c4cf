"""What the command line says becomes a Shot: every option lands where it belongs, nonsense is refused in words."""

from pathlib import Path

import msgspec
import pytest

from emogene.cli_options import ShotOptions
from emogene.cli_shot import source
from emogene_proto.errors import AudioError, ShotError
from emogene_proto.shot import (
    AudioRef,
    EmotionKey,
    EmotionStrength,
    Feeling,
    HeadTrack,
    Performance,
    Shot,
    Speaking,
)


@pytest.fixture
def voice(tmp_path) -> Path:
    path = tmp_path / "voice.wav"
    path.write_bytes(b"read later")
    return path


def test_no_option_is_the_default_shot(voice):
    assert source(voice, ShotOptions()).shot == Shot(AudioRef())


def test_every_option_lands_in_its_part_of_the_shot(voice, tmp_path):
    rows = ((0.0, 0.01, 0.0, 0.0, 0.0, 0.1), (0.0, 0.02, 0.0, 0.0, 0.0, 0.2))
    (tmp_path / "nod.json").write_bytes(msgspec.json.encode(rows))
    options = ShotOptions(
        emotion=["2:happy:0.5+sad:0.4@1,ease_in", "0:angry"],
        emotion_strength=0.8,
        brow_strength=0.1,
        eye_strength=1.2,
        mouth_strength=1.3,
        fps=25.0,
        seed=3,
        amplitude=1.1,
        temperature=0.5,
        smoothing=0.1,
        lip_closure=2.0,
        head_motion=0.5,
        head_track=tmp_path / "nod.json",
        head_object=0.7,
        gaze=0.4,
        blink=2.0,
        breath=0.3,
        idle_sampling="even",
        actor=str(tmp_path / "ada"),
    )
    assert source(voice, options, width=64, height=None).shot == Shot(
        AudioRef(),
        fps=25.0,
        seed=3,
        emotions=(
            EmotionKey(0.0, "angry"),
            EmotionKey(2.0, "happy", 0.5, 1.0, "ease_in", (Feeling("sad", 0.4),)),
        ),
        emotion_strength=EmotionStrength(0.8, 0.1, 1.2, 1.3),
        speaking=Speaking(1.1, 0.5, 0.1, 2.0),
        performance=Performance(2.0, 0.4, 0.5, 0.7, 0.3, "even"),
        head_track=HeadTrack(rows),
        actor=(tmp_path / "ada").resolve().as_posix(),
        width=64,
    )


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (ShotOptions(emotion=["0:hapy"]), "happy"),
        (ShotOptions(emotion_strength=2.5), "0 to 2"),
        (ShotOptions(mouth_strength=-1.0), "0 to 2"),
        (ShotOptions(breath=float("nan")), "0 to 10"),
        (ShotOptions(idle_sampling="naps"), "random_length"),
        (ShotOptions(head_track=Path("nowhere.json")), "--head-track"),
        (ShotOptions(head_track=Path()), "--head-track"),
        (ShotOptions(head_object=2.0), "--head-track"),
    ],
)
def test_what_cannot_be_is_refused_with_a_hint(voice, options, word):
    with pytest.raises(ShotError) as caught:
        source(voice, options)
    assert word in caught.value.hint


@pytest.mark.parametrize("content", ["", "{}", "[[1, 2, 3]]", '[["a", 0, 0, 0, 0, 0]]', "\xff"])
def test_a_file_that_is_no_movement_is_refused(voice, tmp_path, content):
    track = tmp_path / "track.json"
    track.write_text(content, encoding="latin-1")
    with pytest.raises(ShotError) as caught:
        source(voice, ShotOptions(head_track=track))
    assert "track.json" in caught.value.message and "rx" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "problem", "hint"),
    [
        ("[[0,0,0,0,0,0],[0,0,0,0,0", "breaks off before its end", "--head-track"),
        ("[[0,0,0,0,0,0],[0,0,0]]", "Row 2 of track.json has 3 numbers instead of 6", "--head-track"),
        ("[[0,0,0,0,0,true]]", "Row 1 of track.json has no number for rz", "--head-track"),
        ("[[0,0,0,0,45,0]]", "Row 1 of track.json has 45 radians for ry", "not degrees: less than 10"),
        ("[[0,0,0,0,0,0],[0,-120,0,0,0,0]]", "Row 2 of track.json has -120 m for y", "less than 10"),
        ("[]", "holds no list of rows", "--head-track"),
        ("[[1e999,0,0,0,0,0]]", "track.json", "--head-track"),
    ],
)
def test_a_movement_that_cannot_be_names_its_row_and_what_to_write(voice, tmp_path, content, problem, hint):
    track = tmp_path / "track.json"
    track.write_text(content)
    with pytest.raises(ShotError) as caught:
        source(voice, ShotOptions(head_track=track))
    assert problem in caught.value.message and hint in caught.value.hint


def test_options_beside_a_shot_document_are_refused(tmp_path):
    with pytest.raises(ShotError):
        source(tmp_path / "shot.json", ShotOptions(blink=0.0))


def test_a_missing_recording_is_told(tmp_path):
    with pytest.raises(AudioError):
        source(tmp_path / "none.wav", ShotOptions())
