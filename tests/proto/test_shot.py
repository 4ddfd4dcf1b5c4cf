"""The Shot document: what is written is read back, the hash means the frames, nonsense is refused in words."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene_proto import shot as shots
from emogene_proto.errors import ShotError
from emogene_proto.names import EASINGS, EMOTIONS
from emogene_proto.shot import SPEAKING_LIMITS, AudioRef, EmotionKey, Shot, Speaking

keys = st.builds(
    EmotionKey,
    seconds=st.floats(-10, 3600),
    emotion=st.sampled_from(EMOTIONS),
    intensity=st.floats(0, 1),
    transition_seconds=st.floats(0, 60),
    easing=st.sampled_from(EASINGS),
)
valid_shots = st.builds(
    Shot,
    audio=st.builds(AudioRef, sha256=st.just("0" * 64), path=st.text(max_size=20)),
    fps=st.sampled_from([23.976, 24.0, 25.0, 29.97, 60.0]),
    emotions=st.lists(keys, max_size=5).map(tuple),
    seed=st.integers(0, 2**31),
    speaking=st.builds(Speaking, **{name: st.floats(0.0, most) for name, most in SPEAKING_LIMITS.items()}),
)


@given(valid_shots)
def test_a_written_shot_is_read_back_equal(shot):
    assert shots.from_json(shots.to_json(shot)) == shot


@given(valid_shots, st.text(max_size=20))
def test_the_hash_ignores_where_the_audio_lies(shot, path):
    moved = msgspec.structs.replace(shot, audio=msgspec.structs.replace(shot.audio, path=path))
    assert shots.shot_hash(moved) == shots.shot_hash(shot)


@given(valid_shots)
def test_the_hash_changes_with_what_is_seen(shot):
    assert shots.shot_hash(msgspec.structs.replace(shot, seed=shot.seed + 1)) != shots.shot_hash(shot)
    assert shots.shot_hash(msgspec.structs.replace(shot, fps=shot.fps + 1)) != shots.shot_hash(shot)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_in_words(data):
    with pytest.raises(ShotError) as caught:
        shots.from_json(data)
    assert caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        {"fps": 0.0},
        {"fps": float("nan")},
        {"width": 1},
        {"version": 2},
        {"emotions": (EmotionKey(0.0, "hapy"),)},
        {"emotions": (EmotionKey(0.0, "happy", intensity=1.5),)},
        {"emotions": (EmotionKey(0.0, "happy", intensity=float("nan")),)},
        {"emotions": (EmotionKey(float("nan"), "happy"),)},
        {"emotions": (EmotionKey(0.0, "happy", easing="bouncy"),)},
        {"emotions": (EmotionKey(0.0, "happy", transition_seconds=-1.0),)},
        {"audio": AudioRef(sha256="../../etc/passwd")},
        *({"speaking": Speaking(**{name: value})} for name in SPEAKING_LIMITS for value in (-0.1, 3.1, float("nan"))),
    ],
)
def test_what_cannot_be_rendered_is_refused_before_work(change):
    with pytest.raises(ShotError) as caught:
        shots.check(msgspec.structs.replace(Shot(audio=AudioRef()), **change))
    assert caught.value.hint


def test_every_way_of_speaking_has_a_limit():
    assert set(SPEAKING_LIMITS) == set(Speaking.__struct_fields__)


def test_documents_written_before_there_was_a_way_of_speaking_are_read():
    document = msgspec.to_builtins(Shot(audio=AudioRef(sha256="0" * 64)))
    del document["speaking"]
    assert shots.from_json(msgspec.json.encode(document)).speaking == Speaking()
