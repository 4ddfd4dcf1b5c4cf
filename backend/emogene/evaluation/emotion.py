"""Which figures of emotion there are, what is asked of each, and the way to all of them."""

from collections.abc import Collection

from emogene.evaluation import (
    emotion_lips,
    emotion_reading,
    emotion_shape,
    emotion_transitions,
    lip_reversals,
    recordings,
    replanning,
    suite,
)
from emogene.evaluation.emotion_material import EmotionMaterial
from emogene.evaluation.figures import Evaluation
from emogene.evaluation.suite import Group, Measured
from emogene_proto.names import EMOTIONS

_FELT = EMOTIONS[1:]

FIGURES: dict[str, Measured] = {
    "emotion_accuracy": Measured("%", "higher", 97.0),
    "emotion_accuracy_third": Measured("%", "higher", 70.0),
    "intensity_rank_correlation": Measured("", "higher", 0.98),
    "closure_under_emotion": Measured("%", "higher", 97.0),
    "ablation_accuracy": Measured("%", "lower", 12.5),
    "replan_seconds": Measured("s", "lower", 0.1),
    "key_acceleration_ratio": Measured("", "lower", 1.2),
    "still_key_acceleration_ratio": Measured("", "lower", 2.0),
    "half_levels_between": Measured("%", "higher"),
    "zero_intensity_displacement_mm": Measured("mm", "lower", 0.0),
    "emotion_accuracy_truth": Measured("%", "higher"),
    "emotion_accuracy_third_truth": Measured("%", "higher"),
    "emotion_accuracy_worst": Measured("%", "higher"),
    "emotion_accuracy_third_worst": Measured("%", "higher"),
    "emotion_score": Measured("%", "higher"),
    "emotion_score_third": Measured("%", "higher"),
    "ablation_score": Measured("%", "lower"),
    **{f"intensity_rank_correlation_{emotion}": Measured("", "higher") for emotion in _FELT},
    "intensity_rank_correlation_one_take": Measured("", "higher"),
    "intensity_rank_correlation_frames": Measured("", "higher"),
    **{f"closure_under_{emotion}": Measured("%", "higher") for emotion in _FELT},
    "synthetic_closure_under_emotion": Measured("%", "higher"),
    "false_closure_under_emotion": Measured("%", "lower"),
    "false_closure_neutral": Measured("%", "lower"),
    "synthetic_false_closure_emotion": Measured("%", "lower"),
    "synthetic_false_closure_neutral": Measured("%", "lower"),
    **{name: Measured("/min", "lower") for name in lip_reversals.FIGURES},
    "viseme_accuracy_neutral": Measured("%", "higher"),
    "viseme_accuracy_under_emotion": Measured("%", "higher"),
    "viseme_kept": Measured("%", "higher"),
    "viseme_accuracy_truth": Measured("%", "higher"),
    "mouth_error_emotional_mm": Measured("mm", "lower"),
    "mouth_error_emotional_without_mm": Measured("mm", "lower"),
    "face_error_emotional_mm": Measured("mm", "lower"),
    "face_error_emotional_without_mm": Measured("mm", "lower"),
    **{name: Measured("", "lower") for name in emotion_transitions.NAMES if name != "key_acceleration_ratio"},
    "first_plan_seconds": Measured("s", "lower"),
}
"""Every figure, in the table's order; those without a reach say what else is good or weak."""


def _held_out(material: EmotionMaterial) -> None:
    _ = material.held_out


def _speech_files(material: EmotionMaterial) -> None:
    recordings.audio_files(material.speech)


_ALIGNED = (_speech_files, suite.require_aligner)


def _resting(_: EmotionMaterial) -> str:
    return "The actor's resting face, without speech."


def _joined_recordings(material: EmotionMaterial) -> str:
    names = ", ".join(path.stem for path in recordings.audio_files(material.speech))
    return f"Recordings of people, one after the other, until a minute is full, on at most two cores: {names}."


GROUPS = (
    Group(
        "Reading emotions",
        (
            "emotion_accuracy",
            "emotion_accuracy_third",
            "emotion_accuracy_worst",
            "emotion_accuracy_third_worst",
            "emotion_score",
            "emotion_score_third",
        ),
        emotion_reading.accuracies,
        EmotionMaterial.clips_used,
        (_held_out,),
    ),
    Group(
        "Reading faces without",
        ("ablation_accuracy", "ablation_score"),
        emotion_reading.without_deformation,
        EmotionMaterial.clips_used,
        (_held_out,),
    ),
    Group(
        "Reading the truth",
        ("emotion_accuracy_truth", "emotion_accuracy_third_truth"),
        emotion_reading.truth,
        EmotionMaterial.clips_used,
        (_held_out,),
    ),
    Group(
        "Reading intensities",
        (
            "intensity_rank_correlation",
            *(f"intensity_rank_correlation_{emotion}" for emotion in _FELT),
            "intensity_rank_correlation_one_take",
            "intensity_rank_correlation_frames",
        ),
        emotion_reading.intensities,
        EmotionMaterial.few_used,
        (_held_out,),
    ),
    Group(
        "Watching people's lips",
        (
            "closure_under_emotion",
            *(f"closure_under_{emotion}" for emotion in _FELT),
            "false_closure_under_emotion",
            "false_closure_neutral",
        ),
        emotion_lips.human_closures,
        EmotionMaterial.recordings_used,
        _ALIGNED,
    ),
    Group(
        "Watching people's lips turn",
        lip_reversals.FIGURES,
        lip_reversals.lip_reversals_under_emotion,
        EmotionMaterial.recordings_used,
        _ALIGNED,
    ),
    Group(
        "Watching clips' lips",
        (
            "synthetic_closure_under_emotion",
            "synthetic_false_closure_emotion",
            "synthetic_false_closure_neutral",
        ),
        emotion_lips.synthetic_closures,
        EmotionMaterial.clips_used,
        (_held_out,),
    ),
    Group(
        "Reading sounds",
        ("viseme_accuracy_neutral", "viseme_accuracy_under_emotion", "viseme_kept", "viseme_accuracy_truth"),
        emotion_lips.visemes,
        EmotionMaterial.clips_used,
        (_held_out,),
    ),
    Group(
        "Comparing with the truth",
        (
            "mouth_error_emotional_mm",
            "mouth_error_emotional_without_mm",
            "face_error_emotional_mm",
            "face_error_emotional_without_mm",
        ),
        emotion_shape.errors,
        EmotionMaterial.clips_used,
        (_held_out,),
    ),
    Group(
        "Looking between levels",
        ("half_levels_between",),
        emotion_shape.half_levels,
        EmotionMaterial.few_used,
        (_held_out,),
    ),
    Group(
        "Looking at nothing",
        ("zero_intensity_displacement_mm",),
        emotion_shape.nothing_at_zero,
        EmotionMaterial.few_used,
        (_held_out,),
    ),
    Group(
        "Changing emotions",
        emotion_transitions.NAMES,
        emotion_transitions.key_accelerations,
        EmotionMaterial.recordings_used,
        _ALIGNED,
    ),
    Group("Changing a still face", ("still_key_acceleration_ratio",), emotion_transitions.still_key, _resting),
    Group(
        "Moving a key",
        ("replan_seconds", "first_plan_seconds"),
        replanning.replan,
        _joined_recordings,
        (_speech_files,),
    ),
)


def evaluate(
    material: EmotionMaterial, only: Collection[str] = (), progress: suite.Progress | None = None
) -> Evaluation:
    """Measure all figures, or those named.

    Args:
        only: names in FIGURES; empty is all of them.
        progress: told how much is done, 0 to 1, and what is being done.

    Raises:
        CorpusError: a corpus, transcripts, PocketSphinx or an aligned recording is missing, or a figure is unknown.
        ActorError: a model of the actor is damaged.
    """
    return suite.run_suite(FIGURES, GROUPS, material, only, progress)
