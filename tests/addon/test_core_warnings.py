"""The panel warns of what the scene is now; of the last plan only where nothing newer can be known."""

import msgspec
from emogene_addon.core.emotion_curves import held_curve
from emogene_addon.core.warnings import current_warnings
from emogene_addon.emogene_proto.shot import AudioRef, EmotionKey, EmotionStrength, Shot

COVERED = {"happy": 0.5, "sad": 0.5}


def shot(happy: float, **changes) -> Shot:
    return Shot(AudioRef(), emotion_curves=(held_curve("happy", happy),), **changes)


def test_a_curve_lowered_after_planning_is_no_longer_warned_of():
    assert len(current_warnings(shot(0.9), (), shot(0.9), COVERED)) == 1
    assert current_warnings(shot(0.4), (), shot(0.9), COVERED) == ()


def test_what_only_the_plan_has_seen_is_told_as_of_then():
    (warning,) = current_warnings(shot(0.0), {"happy"}, shot(0.9), COVERED)
    assert warning.startswith("As last planned: ") and "happy as strong as 0.9" in warning
    assert current_warnings(shot(0.9), {"happy"}, shot(0.3), COVERED) == (), "the plan knows better than a guess"
    assert len(current_warnings(shot(0.9), {"happy"}, None, COVERED)) == 1, "before any plan a guess must do"


def test_strength_and_markers_are_always_those_of_now():
    weak = shot(0.0, emotion_strength=EmotionStrength(overall=0.5))
    assert current_warnings(weak, {"happy"}, shot(0.9), COVERED) == ()
    marked = msgspec.structs.replace(shot(0.0), emotions=(EmotionKey(0.0, "happy"), EmotionKey(1.0, "sad")))
    (warning,) = current_warnings(marked, {"happy"}, shot(0.1), COVERED)
    assert "sad" in warning, "the curve stands in place of the marker"
    later = msgspec.structs.replace(shot(0.1), emotions=(EmotionKey(1.0, "sad"),))
    assert current_warnings(shot(0.1), {"happy"}, later, COVERED) == (), "a marker that is gone"
