"""What of a Shot decides which stage of its plan: keys under which the results of stages are kept.

Each field that shapes the plan belongs to exactly one stage, the first that reads it; a later stage depends on the
earlier ones. The rest says only which picture is made of the plan, and the actor is named by its files' hash.
"""

import hashlib

import msgspec

from emogene_proto.shot import Shot

HEARD = ("audio", "seed")
"""Beside these, of `speaking` the temperature: the Speech."""
DELIVERED = ("fps", "speaking", "performance", "head_track")
"""All that moves but emotion."""
FELT = ("emotions", "emotion_curves", "emotion_strength")
"""What an artist who moves emotion keys changes."""


def speech_key(shot: Shot, hearer: str) -> str:
    """The key of what is heard in a shot's audio.

    Args:
        hearer: says which models and code hear and move.
    """
    return _hash(hearer, _fields(shot, HEARD), shot.speaking.temperature)


def delivery_key(shot: Shot, planner: str) -> str:
    """The key of a shot without its emotions (`pipeline.Delivery`).

    Args:
        planner: says which actor and code plan it.
    """
    return _hash(planner, _fields(shot, HEARD), _fields(shot, DELIVERED))


def plan_key(shot: Shot, planner: str) -> str:
    """The key of a shot's plan.

    Args:
        planner: says which actor and code plan it.
    """
    return _hash(planner, _fields(shot, HEARD), _fields(shot, DELIVERED), _fields(shot, FELT))


def _fields(shot: Shot, names: tuple[str, ...]) -> dict[str, object]:
    """Those fields; of the audio its content, wherever it lies."""
    shot = msgspec.structs.replace(shot, audio=msgspec.structs.replace(shot.audio, path=""))
    return {name: getattr(shot, name) for name in names}


def _hash(*parts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()
