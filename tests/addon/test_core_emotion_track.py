"""The add-on's emotion weights are the backend's."""

import numpy as np
import pytest
from emogene_addon.core.emotion_track import EmotionTrack
from emogene_addon.emogene_proto import shot as addon_shot

from emogene.emotion.track import emotion_track
from emogene_proto import shot as backend_shot
from emogene_proto.names import EASINGS, EMOTIONS

TIMES = np.linspace(-0.5, 12.0, 501)


def both(keys: list[dict], curves: list[tuple[str, list[dict]]] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Weights as the add-on and as the backend work them out."""
    documents = []
    for shot in (addon_shot, backend_shot):
        feelings = [[shot.Feeling(*feeling) for feeling in key.get("also", ())] for key in keys]
        documents.append(
            (
                [shot.EmotionKey(**{**key, "also": tuple(also)}) for key, also in zip(keys, feelings, strict=True)],
                [
                    shot.EmotionCurve(emotion, tuple(shot.CurvePoint(**point) for point in points))
                    for emotion, points in curves
                ],
            )
        )
    track = EmotionTrack(*documents[0])
    return np.array([track.weights_at(float(time)) for time in TIMES]), emotion_track(*documents[1], TIMES)


@pytest.mark.parametrize("easing", EASINGS)
def test_each_easing_comes_as_in_the_plan(easing):
    ours, plans = both([{"seconds": 2.0, "emotion": "happy", "transition_seconds": 1.0, "easing": easing}])
    np.testing.assert_allclose(ours, plans, atol=1e-6)
    assert ours[-1, EMOTIONS.index("happy")] == 1.0 and ours[0, 0] == 1.0


def test_changes_that_overtake_one_another():
    keys = [
        {"seconds": 0.0, "emotion": "sad", "intensity": 0.6, "transition_seconds": 2.0},
        {"seconds": 1.0, "emotion": "happy", "transition_seconds": 4.0, "easing": "ease_out"},
        {"seconds": 1.5, "emotion": "fear", "intensity": 0.5, "also": [("angry", 0.4)], "transition_seconds": 3.0},
        {"seconds": 2.0, "emotion": "surprised", "transition_seconds": 0.0, "easing": "linear"},
        {"seconds": 6.0, "emotion": "contempt", "easing": "hold"},
        {"seconds": 6.0, "emotion": "disgusted", "intensity": 0.3, "easing": "hold"},
        {"seconds": 9.0, "emotion": "neutral"},
    ]
    np.testing.assert_allclose(*both(keys), atol=1e-6)


def test_curves_stand_in_place_of_keys_and_all_give_way_above_one():
    curves = [
        ("happy", [{"seconds": 1.0, "value": 0.2, "interpolation": "linear"}, {"seconds": 5.0, "value": 0.9}]),
        (
            "sad",
            [
                {"seconds": 2.0, "value": 0.0, "handle_right": (2.0, 0.3)},
                {"seconds": 8.0, "value": 1.0, "handle_left": (-4.0, 0.6), "interpolation": "constant"},
                {"seconds": 9.0, "value": 0.1},
            ],
        ),
    ]
    keys = [{"seconds": 3.0, "emotion": "happy"}, {"seconds": 4.0, "emotion": "fear", "intensity": 0.8}]
    np.testing.assert_allclose(*both(keys, curves), atol=3e-3)


def test_only_holds_jump():
    keys = [addon_shot.EmotionKey(1.0, "happy"), addon_shot.EmotionKey(2.0, "sad", easing="hold")]
    assert EmotionTrack(keys).jumps() == [2.0]
