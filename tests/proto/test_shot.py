"""The Shot document: what is written is read back, the hash means the frames, nonsense is refused in words."""

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene_proto import shot_document
from emogene_proto.errors import ShotError
from emogene_proto.names import EASINGS, EMOTIONS, IDLE_SAMPLINGS, INTERPOLATIONS, QUALITIES
from emogene_proto.shot import (
    LARGEST_STRENGTH,
    MOST_ROWS,
    SPEAKING_LIMITS,
    AudioPart,
    AudioRef,
    CurvePoint,
    EmotionCurve,
    EmotionKey,
    EmotionStrength,
    Feeling,
    HeadTrack,
    LandmarkEdit,
    LandmarkEdits,
    Performance,
    Shot,
    Speaking,
)
from emogene_proto.shot_check import check

keys = st.builds(
    EmotionKey,
    seconds=st.floats(-10, 3600),
    emotion=st.sampled_from(EMOTIONS),
    intensity=st.floats(0, 1),
    transition_seconds=st.floats(0, 60),
    easing=st.sampled_from(EASINGS),
)
curve_points = st.lists(st.integers(-50, 500), min_size=1, max_size=3, unique=True).flatmap(
    lambda seconds: st.tuples(
        *(
            st.builds(
                CurvePoint,
                seconds=st.just(float(s)),
                value=st.floats(-5, 5),
                interpolation=st.sampled_from(INTERPOLATIONS),
                handle_left=st.tuples(st.floats(-9, 0), st.floats(-9, 9)),
                handle_right=st.tuples(st.floats(0, 9), st.floats(-9, 9)),
            )
            for s in sorted(seconds)
        )
    )
)
curves = st.builds(EmotionCurve, emotion=st.sampled_from(EMOTIONS[1:]), points=curve_points)
strength = st.floats(0, LARGEST_STRENGTH)
movement = st.tuples(*[st.floats(-1, 1)] * 6)
valid_shots = st.builds(
    Shot,
    audio=st.builds(AudioRef, sha256=st.just("0" * 64), path=st.text(max_size=20)),
    fps=st.sampled_from([23.976, 24.0, 25.0, 29.97, 60.0]),
    emotions=st.lists(keys, max_size=5).map(tuple),
    emotion_curves=st.lists(curves, max_size=2, unique_by=lambda curve: curve.emotion).map(tuple),
    emotion_strength=st.builds(EmotionStrength, strength, strength, strength, strength),
    performance=st.builds(Performance, breath=st.floats(0, 10), idle_sampling=st.sampled_from(IDLE_SAMPLINGS)),
    head_track=st.none() | st.lists(movement, min_size=1, max_size=3).map(lambda rows: HeadTrack(tuple(rows))),
    seed=st.integers(0, 2**31),
    quality=st.sampled_from(QUALITIES),
    speaking=st.builds(Speaking, **{name: st.floats(0.0, most) for name, most in SPEAKING_LIMITS.items()}),
)


edits = st.builds(
    LandmarkEdits,
    keys=st.lists(
        st.builds(
            LandmarkEdit,
            point=st.integers(0, 67),
            seconds=st.floats(-10, 3600),
            offset=st.tuples(*[st.floats(-0.05, 0.05)] * 3),
        ),
        max_size=4,
        unique_by=lambda key: (key.point, key.seconds),
    ).map(tuple),
    fade_seconds=st.floats(0, 10),
    neighbours=st.integers(0, 8),
)
parts = st.builds(AudioPart, audio=st.builds(AudioRef, path=st.text(max_size=20)), start_seconds=st.floats(0, 3600))


def curve(*points: CurvePoint, emotion: str = "happy") -> EmotionCurve:
    return EmotionCurve(emotion, points)


@given(valid_shots)
def test_a_written_shot_is_read_back_equal(shot):
    assert shot_document.from_json(shot_document.to_json(shot)) == shot


@given(valid_shots, edits, st.lists(parts, min_size=1, max_size=3))
def test_edits_and_further_recordings_are_read_back_equal(shot, edits, further):
    edited = msgspec.structs.replace(shot, landmark_edits=edits, further_audio=tuple(further))
    read = shot_document.from_json(shot_document.to_json(edited))
    assert read == (edited if edits.keys else msgspec.structs.replace(edited, landmark_edits=None))
    shot_hash = shot_document.shot_hash
    unedited, elsewhere = msgspec.structs.replace(edited, landmark_edits=None), further[0].audio
    assert (shot_hash(edited) == shot_hash(unedited)) == (not edits.keys)
    moved = msgspec.structs.replace(further[0], audio=msgspec.structs.replace(elsewhere, path="elsewhere.wav"))
    assert shot_hash(msgspec.structs.replace(edited, further_audio=(moved, *further[1:]))) == shot_hash(edited)


def test_a_shot_without_edits_and_further_recordings_has_the_hash_and_the_document_that_it_had():
    """Written by the release before these."""
    shot = Shot(AudioRef("a" * 64, "x.wav", 1.0, 2.0), emotions=(EmotionKey(1.0, "happy"),), seed=3)
    for same in (shot, msgspec.structs.replace(shot, landmark_edits=LandmarkEdits(fade_seconds=1.0))):
        assert shot_document.shot_hash(same) == "59930dd8d9d1c9b649bbf914e49096ef097fe72a5104cb5d642f7406159bed57"
        written = hashlib.sha256(shot_document.to_json(same)).hexdigest()
        assert written == "689fdf695ac0083214794a0a61c407cf92abbb029b0f5b44345e0a0f73ce0cdd"


@given(valid_shots, st.text(max_size=20))
def test_the_hash_ignores_where_the_audio_lies(shot, path):
    moved = msgspec.structs.replace(shot, audio=msgspec.structs.replace(shot.audio, path=path))
    assert shot_document.shot_hash(moved) == shot_document.shot_hash(shot)


@given(valid_shots)
def test_the_hash_changes_with_what_is_seen(shot):
    assert shot_document.shot_hash(msgspec.structs.replace(shot, seed=shot.seed + 1)) != shot_document.shot_hash(shot)
    assert shot_document.shot_hash(msgspec.structs.replace(shot, fps=shot.fps + 1)) != shot_document.shot_hash(shot)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_in_words(data):
    with pytest.raises(ShotError) as caught:
        shot_document.from_json(data)
    assert caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        {"fps": 0.0},
        {"fps": float("nan")},
        {"width": 1},
        {"version": 2},
        {"quality": "best"},
        {"emotions": (EmotionKey(0.0, "hapy"),)},
        *({"landmark_edits": LandmarkEdits(**wrong)} for wrong in ({"fade_seconds": -0.1}, {"fade_seconds": 10.1})),
        *({"landmark_edits": LandmarkEdits(neighbours=wrong)} for wrong in (-1, 9)),
        {"landmark_edits": LandmarkEdits(fade_seconds=float("nan"))},
        *({"landmark_edits": LandmarkEdits((LandmarkEdit(wrong, 0.0, (0.0, 0.0, 0.0)),))} for wrong in (-1, 68)),
        {"landmark_edits": LandmarkEdits((LandmarkEdit(0, float("inf"), (0.0, 0.0, 0.0)),))},
        {"landmark_edits": LandmarkEdits((LandmarkEdit(0, 0.0, (0.0, float("nan"), 0.0)),))},
        {"landmark_edits": LandmarkEdits((LandmarkEdit(0, 0.0, (0.08, 0.08, 0.0)),))},
        {"landmark_edits": LandmarkEdits((LandmarkEdit(0, 1.0, (0.01, 0.0, 0.0)), LandmarkEdit(0, 1.0, (0.0,) * 3)))},
        *({"further_audio": (AudioPart(AudioRef(), wrong),)} for wrong in (-0.1, float("nan"), 86_400.0)),
        {"further_audio": (AudioPart(AudioRef("no hash"), 0.0),)},
        {"further_audio": (AudioPart(AudioRef(offset_seconds=-1.0), 0.0),)},
        {"further_audio": (AudioPart(AudioRef(duration_seconds=0.0), 0.0),)},
        {"emotions": (EmotionKey(0.0, "happy", intensity=1.5),)},
        {"emotions": (EmotionKey(0.0, "happy", intensity=float("nan")),)},
        {"emotions": (EmotionKey(float("nan"), "happy"),)},
        {"emotions": (EmotionKey(0.0, "happy", easing="bouncy"),)},
        {"emotions": (EmotionKey(0.0, "happy", transition_seconds=-1.0),)},
        {"emotions": (EmotionKey(0.0, "happy", 0.6, also=(Feeling("sad", 0.5),)),)},
        {"emotions": (EmotionKey(0.0, "happy", 0.3, also=(Feeling("happy", 0.3),)),)},
        {"emotions": (EmotionKey(0.0, "happy", 0.3, also=(Feeling("sda", 0.3),)),)},
        {"emotions": (EmotionKey(0.0, "happy", 0.3, also=(Feeling("sad", float("nan")),)),)},
        {"emotion_curves": (curve(),)},
        {"emotion_curves": (curve(CurvePoint(0.0, 1.0), emotion="neutral"),)},
        {"emotion_curves": (curve(CurvePoint(0.0, 1.0)), curve(CurvePoint(0.0, 1.0)))},
        {"emotion_curves": (curve(CurvePoint(1.0, 1.0), CurvePoint(1.0, 0.0)),)},
        {"emotion_curves": (curve(CurvePoint(0.0, float("nan"))),)},
        {"emotion_curves": (curve(CurvePoint(0.0, 1.0, "bouncy")),)},
        {"emotion_curves": (curve(CurvePoint(0.0, 1.0, handle_left=(0.1, 0.0))),)},
        {"emotion_curves": (curve(CurvePoint(0.0, 1.0, handle_right=(0.1, float("inf")))),)},
        {"emotion_strength": EmotionStrength(overall=-0.1)},
        {"emotion_strength": EmotionStrength(mouth=2.1)},
        {"emotion_strength": EmotionStrength(eyes=float("nan"))},
        {"performance": Performance(breath=11.0)},
        {"performance": Performance(idle_sampling="naps")},
        {"head_track": HeadTrack(())},
        {"head_track": HeadTrack(((0.0,) * 6,) * (MOST_ROWS + 1))},
        {"emotion_curves": (EmotionCurve("sad", (CurvePoint(0.0, 0.0),) * (MOST_ROWS + 1)),)},
        {"head_track": HeadTrack(((0.0, 0.0, 0.0, 0.0, 0.0, 100.0),))},
        {"head_track": HeadTrack(((0.0, 0.0, 0.0, 0.0, 0.0, float("nan")),))},
        {"audio": AudioRef(sha256="../../etc/passwd")},
        *({"speaking": Speaking(**{name: value})} for name in SPEAKING_LIMITS for value in (-0.1, 3.1, float("nan"))),
    ],
)
def test_what_cannot_be_rendered_is_refused_before_work(change):
    with pytest.raises(ShotError) as caught:
        check(msgspec.structs.replace(Shot(audio=AudioRef()), **change))
    assert caught.value.hint


def test_every_way_of_speaking_has_a_limit():
    assert set(SPEAKING_LIMITS) == set(Speaking.__struct_fields__)


def test_documents_written_before_there_were_mixtures_curves_strengths_and_a_way_of_speaking_are_read():
    shot = Shot(audio=AudioRef(sha256="0" * 64), emotions=(EmotionKey(1.0, "happy", 0.4),))
    document = msgspec.to_builtins(shot)
    for name in ("speaking", "emotion_curves", "emotion_strength", "head_track"):
        del document[name]
    del document["emotions"][0]["also"]
    for name in ("head_object", "breath", "idle_sampling"):
        del document["performance"][name]
    assert shot_document.from_json(msgspec.json.encode(document)) == shot


def test_a_key_tells_all_that_is_felt():
    key = EmotionKey(0.0, "happy", 0.5, also=(Feeling("sad", 0.4),))
    assert key.feelings == (Feeling("happy", 0.5), Feeling("sad", 0.4))
