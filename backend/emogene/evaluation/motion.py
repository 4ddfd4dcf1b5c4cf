"""Which figures of voice to motion there are, what is asked of each, and the way to all of them."""

from collections.abc import Collection

from emogene.evaluation import human_motion, speed, suite, sync, synthetic_motion
from emogene.evaluation.figures import Evaluation
from emogene.evaluation.material import Material
from emogene.evaluation.suite import Group, Measured
from emogene_proto.errors import ActorError

FIGURES: dict[str, Measured] = {
    "mouth_error_mm": Measured("mm", "lower", 1.2),
    "mouth_error_to_mean": Measured("", "lower", 0.5),
    "bilabial_closure": Measured("%", "higher", 95.0),
    "pause_motion": Measured("%", "lower", 3.0),
    "bilabial_lag_ms": Measured("ms", "lower", 30.0),
    "sync_accuracy": Measured("%", "higher", 95.0),
    "realtime_factor": Measured("x", "higher", 40.0),
    "hour_peak_gb": Measured("GB", "lower", 1.5),
    "synthetic_closure": Measured("%", "higher"),
    "synthetic_closure_truth": Measured("%", "higher"),
    "fast_closure": Measured("%", "higher"),
    "false_closure": Measured("%", "lower"),
    "synthetic_false_closure": Measured("%", "lower"),
    "synthetic_false_closure_truth": Measured("%", "lower"),
    "bilabial_lag_signed_ms": Measured("ms", "lower"),
    "bilabial_lag_lowest_frame_ms": Measured("ms", "lower"),
    "labiodental_contact": Measured("%", "higher"),
    "synthetic_labiodental": Measured("%", "higher"),
    "synthetic_labiodental_truth": Measured("%", "higher"),
    "pause_motion_whole": Measured("%", "lower"),
    "pause_motion_by_alignment": Measured("%", "lower"),
    "pause_motion_literal": Measured("%", "lower"),
    "pause_seconds": Measured("s", "higher"),
    "wordless_motion": Measured("%", "lower"),
    "synthetic_pause_motion": Measured("%", "lower"),
    "synthetic_pause_motion_truth": Measured("%", "lower"),
    "synthetic_pause_motion_whole_truth": Measured("%", "lower"),
    "mouth_activity": Measured("%", "higher"),
    "viseme_accuracy": Measured("%", "higher"),
    "generated_sync_accuracy": Measured("%", "higher"),
    "generated_sync_score": Measured("", "higher"),
    "generated_sync_offset_ms": Measured("ms", "lower"),
    "realtime_factor_processor": Measured("x", "higher"),
    "hour_seconds": Measured("s", "lower"),
}
"""Every figure, in the table's order; those without a reach say what else is good or weak."""


def _held_out(material: Material) -> None:
    _ = material.held_out


def _speech_files(material: Material) -> None:
    _ = material.speech_files


def _syncnet(material: Material) -> None:
    if not material.syncnet.is_file():
        raise ActorError(
            f"There is no SyncNet {material.syncnet}.",
            "Train one with 'emogene train syncnet' and name it by --syncnet.",
        )


_ALWAYS = (_held_out, _speech_files)
_ALIGNED = (*_ALWAYS, suite.require_aligner)


def _joined_recordings(material: Material) -> str:
    names = ", ".join(path.stem for path in material.speech_files)
    return f"Recordings of people, one after the other and again, at most two cores: {names}."


GROUPS = (
    Group("Scoring true motion", ("sync_accuracy",), sync.true_motion, Material.clips_used, (*_ALWAYS, _syncnet)),
    Group(
        "Speaking the corpus",
        ("mouth_error_mm", "mouth_error_to_mean"),
        synthetic_motion.mouth_errors,
        Material.clips_used,
        _ALWAYS,
    ),
    Group(
        "Reading true phones",
        (
            "synthetic_closure",
            "synthetic_closure_truth",
            "synthetic_false_closure",
            "synthetic_false_closure_truth",
            "synthetic_labiodental",
            "synthetic_labiodental_truth",
            "synthetic_pause_motion",
            "synthetic_pause_motion_truth",
            "synthetic_pause_motion_whole_truth",
            "mouth_activity",
        ),
        synthetic_motion.contacts_and_pauses,
        Material.clips_used,
        _ALWAYS,
    ),
    Group(
        "Aligning people's speech",
        (
            "bilabial_closure",
            "bilabial_lag_ms",
            "bilabial_lag_signed_ms",
            "bilabial_lag_lowest_frame_ms",
            "false_closure",
            "labiodental_contact",
        ),
        human_motion.lips,
        Material.recordings_used,
        _ALIGNED,
    ),
    Group(
        "Watching pauses",
        (
            "pause_motion",
            "pause_motion_whole",
            "pause_motion_by_alignment",
            "pause_motion_literal",
            "pause_seconds",
            "wordless_motion",
        ),
        human_motion.silence,
        Material.recordings_used,
        _ALIGNED,
    ),
    Group("Speaking fast", ("fast_closure",), human_motion.fast_lips, Material.recordings_used, _ALIGNED),
    Group("Hearing visemes", ("viseme_accuracy",), human_motion.visemes, Material.recordings_used, _ALIGNED),
    Group(
        "Scoring people's speech",
        ("generated_sync_accuracy", "generated_sync_score", "generated_sync_offset_ms"),
        sync.generated_motion,
        Material.recordings_used,
        (*_ALIGNED, _syncnet),
    ),
    Group(
        "Timing ten minutes",
        ("realtime_factor", "realtime_factor_processor"),
        speed.realtime,
        _joined_recordings,
        _ALWAYS,
    ),
    Group("Planning an hour", ("hour_peak_gb", "hour_seconds"), speed.hour, _joined_recordings, _ALWAYS),
)


def evaluate(material: Material, only: Collection[str] = (), progress: suite.Progress | None = None) -> Evaluation:
    """Measure all figures, or those named.

    Args:
        only: names in FIGURES; empty is all of them.
        progress: told how much is done, 0 to 1, and what is being done.

    Raises:
        CorpusError: a corpus, transcripts, PocketSphinx or an aligned recording is missing, or a figure is unknown.
        ActorError: the SyncNet is missing, or a model is damaged.
    """
    return suite.run_suite(FIGURES, GROUPS, material, only, progress)
