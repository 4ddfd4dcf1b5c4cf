"""Which figures of idle there are, what is asked of each, and the way to all of them."""

from collections.abc import Collection

from emogene.evaluation import idle_boundary, idle_life, idle_poses, suite
from emogene.evaluation.figures import Evaluation
from emogene.evaluation.idle_material import IdleMaterial
from emogene.evaluation.suite import Group, Measured

FIGURES: dict[str, Measured] = (
    idle_poses.FIGURES
    | {name: one for name, one in idle_life.FIGURES.items() if one.reach is not None}
    | idle_boundary.FIGURES
    | idle_poses.EXTRAS
    | {name: one for name, one in idle_life.FIGURES.items() if one.reach is None}
    | idle_boundary.EXTRAS
)
"""Every figure, in the table's order; those without a reach say what else is good or weak."""


def _track(material: IdleMaterial) -> None:
    _ = material.tracked


def _files(material: IdleMaterial) -> None:
    _ = material.files


GROUPS: tuple[Group[IdleMaterial], ...] = (
    Group("Letting the head rest", idle_poses.SAMPLER, idle_poses.sampler, IdleMaterial.track_used, (_track,)),
    Group(
        "Resting in other ways",
        (*idle_poses.SAMPLER_INSERTED, *idle_poses.SAMPLER_ABLATIONS, *idle_poses.SAMPLER_CONSTANT),
        idle_poses.ablations,
        IdleMaterial.track_used,
        (_track,),
    ),
    Group(
        "Reading the real track",
        (*idle_poses.RESTS, *idle_poses.SHARES, "join_acceleration_ratio"),
        idle_poses.track,
        IdleMaterial.track_used,
        (_track,),
    ),
    Group(
        "Letting the actor rest",
        (*idle_poses.SAMPLER_ACTOR, *idle_poses.ACTOR_SHARES, "actor_join_acceleration_ratio"),
        idle_poses.actors_own,
        IdleMaterial.bank_used,
    ),
    Group("Watching an idle face", idle_life.ALIVE, idle_life.alive, idle_life.used),
    Group("Counting blinks", idle_life.BLINKS, idle_life.blinks, idle_life.used),
    Group("Watching eyes and breath", idle_life.LOOKS, idle_life.looks, idle_life.used),
    Group(
        "Speaking and pausing",
        idle_boundary.NAMES,
        idle_boundary.boundaries,
        IdleMaterial.recordings_used,
        (_files,),
    ),
)


def evaluate(material: IdleMaterial, only: Collection[str] = (), progress: suite.Progress | None = None) -> Evaluation:
    """Measure all figures, or those named.

    Args:
        only: names of FIGURES; empty is all of them.
        progress: told how far it has come, and what is being measured.

    Raises:
        ActorError: the track of poses is no such file, or a model of the actor is damaged.
        CorpusError: transcripts or recordings are missing, or a figure is unknown.
    """
    return suite.run_suite(FIGURES, GROUPS, material, only, progress)
