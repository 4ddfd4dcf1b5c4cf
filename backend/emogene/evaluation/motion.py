"""Which figures of voice to motion there are, what is asked of each, and the way to all of them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from emogene.evaluation import human_motion, speed, sync, synthetic_motion
from emogene.evaluation.figures import Evaluation, Figure, Input, this_machine
from emogene.evaluation.material import Material
from emogene_proto.errors import ActorError, CorpusError

Better = Literal["higher", "lower"]
Values = dict[str, float | None]


@dataclass(frozen=True)
class Measured:
    """What is asked of a figure."""

    unit: str
    better: Better
    reach: float | None = None


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


@dataclass(frozen=True)
class Group:
    """Figures that are measured together."""

    doing: str
    names: tuple[str, ...]
    measure: Callable[[Material], Values]
    speech: Callable[[Material], str]
    aligned: bool = False
    """Needs phones of recordings, which PocketSphinx finds."""
    syncnet: bool = False


def _joined_recordings(material: Material) -> str:
    names = ", ".join(path.stem for path in material.speech_files)
    return f"Recordings of people, one after the other and again, at most two cores: {names}."


GROUPS = (
    Group("Scoring true motion", ("sync_accuracy",), sync.true_motion, Material.clips_used, syncnet=True),
    Group(
        "Speaking the corpus",
        ("mouth_error_mm", "mouth_error_to_mean"),
        synthetic_motion.mouth_errors,
        Material.clips_used,
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
        aligned=True,
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
        aligned=True,
    ),
    Group("Speaking fast", ("fast_closure",), human_motion.fast_lips, Material.recordings_used, aligned=True),
    Group("Hearing visemes", ("viseme_accuracy",), human_motion.visemes, Material.recordings_used, aligned=True),
    Group(
        "Scoring people's speech",
        ("generated_sync_accuracy", "generated_sync_score", "generated_sync_offset_ms"),
        sync.generated_motion,
        Material.recordings_used,
        aligned=True,
        syncnet=True,
    ),
    Group("Timing ten minutes", ("realtime_factor", "realtime_factor_processor"), speed.realtime, _joined_recordings),
    Group("Planning an hour", ("hour_peak_gb", "hour_seconds"), speed.hour, _joined_recordings),
)


def evaluate(
    material: Material, only: Collection[str] = (), progress: Callable[[float, str], None] | None = None
) -> Evaluation:
    """Measure all figures, or those named.

    Args:
        only: names in FIGURES; empty is all of them.
        progress: told how much is done, 0 to 1, and what is being done.

    Raises:
        CorpusError: a corpus, transcripts, PocketSphinx or an aligned recording is missing, or a figure is unknown.
        ActorError: the SyncNet is missing, or a model is damaged.
    """
    wanted = [name for name in FIGURES if not only or name in only]
    unknown = sorted(set(only) - set(FIGURES))
    if unknown:
        raise CorpusError(f"There is no figure '{unknown[0]}'.", f"Name one of {', '.join(FIGURES)}.")
    groups = [group for group in GROUPS if set(group.names) & set(wanted)]
    _require(material, groups)
    values: Values = {}
    inputs: dict[str, tuple[str, ...]] = {}
    for number, group in enumerate(groups):
        if progress is not None:
            progress(number / len(groups), group.doing)
        values |= group.measure(material)
        names = tuple(name for name in group.names if name in wanted)
        inputs[speech] = inputs.get(speech := group.speech(material), ()) + names
    figures = tuple(
        Figure(name, values[name], FIGURES[name].unit, FIGURES[name].reach, FIGURES[name].better) for name in wanted
    )
    return Evaluation(figures, this_machine(), tuple(Input(names, speech) for speech, names in inputs.items()))


def _require(material: Material, groups: list[Group]) -> None:
    """Tell what is missing before minutes of work."""
    _ = material.held_out
    _ = material.speech_files
    if any(group.aligned for group in groups) and find_spec("pocketsphinx") is None:
        raise CorpusError(
            "Recordings are aligned by PocketSphinx, which is not installed.",
            "In EmoGene's folder: .venv/bin/pip install -c constraints.txt -e '.[corpus]'",
        )
    if any(group.syncnet for group in groups) and not material.syncnet.is_file():
        raise ActorError(
            f"There is no SyncNet {material.syncnet}.",
            "Train one with 'emogene train syncnet' and name it by --syncnet.",
        )
