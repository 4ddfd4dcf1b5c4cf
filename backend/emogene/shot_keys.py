"""What of a Shot decides which stage of its plan: keys under which the results of stages are kept.

Each field that shapes the plan belongs to exactly one stage, the first that reads it; a later stage depends on the
earlier ones. The rest says only which picture is made of the plan, and the actor is named by its files' hash.
"""

import hashlib

import msgspec

from emogene_proto.shot import Shot
from emogene_proto.shot_document import said, unplaced

HEARD = ("audio", "further_audio", "seed")
"""Beside these, of `speaking` the temperature: the Speech."""
DELIVERED = ("fps", "speaking", "performance", "head_track")
"""All that moves but emotion."""
FELT = ("emotions", "emotion_curves", "emotion_strength", "landmark_edits")
"""What an artist changes who moves emotion keys, or landmarks."""


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
    """Those fields, as far as the shot says something in them; of the audio its content, wherever it lies."""
    fields = said(unplaced(shot))
    return {name: fields[name] for name in names if name in fields}


def _hash(*parts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()
