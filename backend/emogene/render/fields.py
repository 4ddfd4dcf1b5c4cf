"""The two fields of one actor, as engines and packs hold them."""

from dataclasses import dataclass

from .head_field import HeadField
from .torso_field import TorsoField


@dataclass(frozen=True)
class ActorFields:
    """Head and torso; they share one reference face, so that one landmark warp serves both."""

    head: HeadField
    torso: TorsoField
