# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture behind the actor on its way to the backend, and colours as Blender and shots write them."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from ..emogene_proto.shot import Shot


def hex_colour(rgb: Sequence[float]) -> str:
    """#rrggbb of a colour button's sRGB values, 0 to 1."""
    return "#" + "".join(f"{round(255 * min(max(part, 0.0), 1.0)):02x}" for part in rgb)


def picture_to_bring(shot: Shot) -> Path | None:
    """The background's picture on this computer, as long as its content is not known; None where none is needed."""
    background = shot.background
    if background.kind != "picture" or background.picture is None or background.picture.sha256:
        return None
    return Path(background.picture.path)


def with_picture(shot: Shot, sha256: str) -> Shot:
    """The shot, once the backend has its background's picture."""
    background = shot.background
    if background.picture is None:
        return shot
    picture = msgspec.structs.replace(background.picture, sha256=sha256)
    return msgspec.structs.replace(shot, background=msgspec.structs.replace(background, picture=picture))
