"""Which shot a plan is of: plans are made once and used by many computers."""

from pathlib import Path

from emogene import shot_keys
from emogene.actors.pack import Actor
from emogene.plan_files import PlanFile
from emogene_proto.errors import ShotError
from emogene_proto.shot import Shot


def plan_of(shot: Shot, actor: Actor) -> str:
    """The key of what decides a shot's plan, whoever plans it.

    Args:
        shot: with its audio's hash.
    """
    return shot_keys.plan_key(shot, actor.fingerprint)


def require_plan_of(path: Path, file: PlanFile, shot: Shot, actor: Actor) -> None:
    """Refuse the plan of another shot.

    Raises:
        ShotError: it is one.
    """
    if file.shot != plan_of(shot, actor):
        raise ShotError(
            f"{path.name} is the plan of another shot.",
            "Plan this one with 'emogene landmarks': voice, emotions, movement, rate, seed and actor must be the same.",
        )
