"""What the command line says of a shot before it renders it."""

from emogene.cli_planning import doubled_keys, late_emotions
from emogene_proto.shot import AudioRef, CurvePoint, EmotionCurve, EmotionKey, Feeling, Shot


def test_emotions_after_the_end_are_told_whole():
    shot = Shot(
        AudioRef(),
        emotions=(EmotionKey(4.9, "angry"), EmotionKey(5.0, "happy", 0.5, also=(Feeling("sad", 0.4),))),
        emotion_curves=(
            EmotionCurve("fear", (CurvePoint(0.0, 0.0), CurvePoint(7.5, 1.0))),
            EmotionCurve("surprised", (CurvePoint(0.0, 0.0), CurvePoint(5.0, 1.0))),
        ),
    )
    assert list(late_emotions(shot, 5.0)) == [
        "The key at 5 s (happy + sad) lies after the end of the voice (5.0 s).",
        "The curve of fear goes on to 7.5 s, after the end of the voice (5.0 s).",
    ]


def test_keys_at_the_same_second_are_told_once():
    keys = (EmotionKey(2.0, "angry"), EmotionKey(1.0, "happy"), EmotionKey(2.0, "sad"), EmotionKey(2.0, "fear"))
    assert list(doubled_keys(Shot(AudioRef(), emotions=keys))) == [
        "There are several keys at 2 s; the last one given counts."
    ]
    assert list(doubled_keys(Shot(AudioRef(), emotions=keys[:2]))) == []
