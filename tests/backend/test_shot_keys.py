"""Which change of a shot asks for which stage to be done again; a field that nobody placed is found here."""

import msgspec
import pytest

from emogene.shot_keys import DELIVERED, FELT, HEARD, delivery_key, plan_key, speech_key
from emogene_proto.shot import (
    AudioPart,
    AudioRef,
    Background,
    CameraKey,
    CurvePoint,
    EmotionCurve,
    EmotionKey,
    EmotionStrength,
    HeadTrack,
    LandmarkEdit,
    LandmarkEdits,
    Performance,
    PictureRef,
    Shot,
    Speaking,
)

SHOT = Shot(AudioRef("a" * 64, "voice.wav"), emotions=(EmotionKey(1.0, "happy"),))
CAMERA = CameraKey(((1.0, 0.0, 0.0, 0.0),) * 4, 50.0, 36.0)
KEYS = (speech_key, delivery_key, plan_key)
LOOKS = ("camera", "camera_track", "width", "height", "quality", "output", "background")
PICTURED = ("frame_start", "actor", "engine", "version", *LOOKS)
"""No part of a plan; the actor is named by its files' hash and not by its name."""

NOTHING = (False, False, False)
FEEL_AGAIN = (False, False, True)
DELIVER_AGAIN = (False, True, True)
HEAR_AGAIN = (True, True, True)


def redone(before: Shot, after: Shot) -> tuple[bool, ...]:
    """Whether the voice, the performance without emotion, and the plan are made again."""
    return tuple(key(before, "same") != key(after, "same") for key in KEYS)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"emotions": (EmotionKey(1.5, "happy"),)}, FEEL_AGAIN),
        ({"emotions": (EmotionKey(1.0, "happy", easing="linear"),)}, FEEL_AGAIN),
        ({"emotions": (EmotionKey(1.0, "happy", 0.5),)}, FEEL_AGAIN),
        ({"emotions": ()}, FEEL_AGAIN),
        ({"emotion_curves": (EmotionCurve("sad", (CurvePoint(0.0, 1.0),)),)}, FEEL_AGAIN),
        ({"emotion_strength": EmotionStrength(brows=0.5)}, FEEL_AGAIN),
        ({"landmark_edits": LandmarkEdits((LandmarkEdit(8, 0.0, (0.0, 0.01, 0.0)),))}, FEEL_AGAIN),
        ({"landmark_edits": LandmarkEdits(fade_seconds=1.0)}, NOTHING),
        ({"fps": 25.0}, DELIVER_AGAIN),
        ({"head_track": HeadTrack(((0.0, 0.0, 0.1, 0.0, 0.0, 0.0),))}, DELIVER_AGAIN),
        *(({"performance": Performance(**{name: 0.5})}, DELIVER_AGAIN) for name in ("blink", "gaze", "breath")),
        *(({"performance": Performance(**{name: 0.5})}, DELIVER_AGAIN) for name in ("head_motion", "head_object")),
        ({"performance": Performance(idle_sampling="even")}, DELIVER_AGAIN),
        *(({"speaking": Speaking(**{n: 0.5})}, DELIVER_AGAIN) for n in ("amplitude", "smoothing", "lip_closure")),
        ({"speaking": Speaking(temperature=0.5)}, HEAR_AGAIN),
        ({"seed": 1}, HEAR_AGAIN),
        ({"audio": AudioRef("b" * 64, "voice.wav")}, HEAR_AGAIN),
        ({"audio": AudioRef("a" * 64, "voice.wav", offset_seconds=0.16)}, HEAR_AGAIN),
        ({"audio": AudioRef("a" * 64, "voice.wav", duration_seconds=3.0)}, HEAR_AGAIN),
        ({"audio": AudioRef("a" * 64, "elsewhere/voice.wav")}, NOTHING),
        ({"further_audio": (AudioPart(AudioRef("b" * 64), 1.5),)}, HEAR_AGAIN),
        ({"frame_start": 101}, NOTHING),
        ({"width": 64, "height": 64, "engine": "cpu"}, NOTHING),
        ({"camera": CAMERA}, NOTHING),
        ({"camera_track": (CAMERA, CAMERA)}, NOTHING),
        ({"output": "exr"}, NOTHING),
        ({"quality": "final"}, NOTHING),
        *(({"background": Background(kind)}, NOTHING) for kind in ("colour", "actor")),
        ({"background": Background("picture", picture=PictureRef("c" * 64, "hall.jpg"))}, NOTHING),
    ],
)
def test_a_change_asks_for_its_stage_and_the_later_ones_again(changed, expected):
    assert redone(SHOT, msgspec.structs.replace(SHOT, **changed)) == expected


def test_further_recordings_are_heard_again_when_they_move_but_not_when_their_files_do():
    def said(sha256="b" * 64, path="", start=1.5):
        return msgspec.structs.replace(SHOT, further_audio=(AudioPart(AudioRef(sha256, path), start),))

    assert redone(said(), said(path="elsewhere.wav")) == NOTHING
    assert redone(said(), said(start=1.6)) == redone(said(), said("c" * 64)) == HEAR_AGAIN


def test_shots_of_one_recording_without_edits_keep_the_keys_that_they_had():
    """Written by the release before further recordings and edits."""
    assert speech_key(SHOT, "same") == "b5a354c9f6de0809ee6b870b058a62f769d1864127222bc703abd8bac5988d77"
    assert delivery_key(SHOT, "same") == "926c8684d525365c53a1d1e55412a8f021b4629c6ae9ae57103e54131ff3092f"
    assert plan_key(SHOT, "same") == "1f4953a6300318040f9101df4ca942fdda11c4d5d0fc9194c01604ecb9f99ad9"


def test_every_field_of_a_shot_belongs_to_one_stage():
    placed = HEARD + DELIVERED + FELT + PICTURED
    assert sorted(placed) == sorted(Shot.__struct_fields__)


def test_another_actor_or_release_does_all_again():
    assert all(key(SHOT, "one") != key(SHOT, "other") for key in KEYS)


def test_stages_do_not_share_keys():
    assert len({key(SHOT, "same") for key in KEYS}) == 3
