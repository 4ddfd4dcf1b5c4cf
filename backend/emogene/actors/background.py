"""What lies behind an actor unless a shot says otherwise: the optional entry of its `actor.toml`."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from emogene.actors.archive import BACKGROUND, LARGEST_FILE
from emogene_proto.errors import ActorError

if TYPE_CHECKING:
    from emogene.render.output.background import Backdrop

STUDIO_GREY = "#808080"
"""The synthetic actor's own."""


class BackgroundEntry(msgspec.Struct, frozen=True):
    """A colour or a picture."""

    colour: str | None = None
    """#rrggbb, in sRGB."""
    picture: str | None = None
    """Only background.png, a file of the pack."""

    def sensible(self) -> bool:
        """Whether it is just one of both, and of their forms."""
        if self.picture is not None:
            return self.colour is None and self.picture == BACKGROUND
        return self.colour is not None and re.fullmatch(r"#[0-9a-fA-F]{6}", self.colour) is not None


def chosen_background(text: str, folder: Path) -> BackgroundEntry | None:
    """The entry for what the command line says: `none`, #rrggbb or a picture, which is written into `folder`.

    Raises:
        ShotError: neither a colour nor a picture that can be read.
        ActorError: the picture is too large for a pack.
    """
    from emogene.render.output.background import read_picture

    if text == "none":
        return None
    if re.fullmatch(r"#?[0-9a-fA-F]{6}", text):
        return BackgroundEntry(colour=f"#{text.lstrip('#').lower()}")
    read_picture(Path(text), text).save(folder / BACKGROUND)
    if (folder / BACKGROUND).stat().st_size > LARGEST_FILE:
        raise ActorError(f"{text} is too large for an actor pack.", f"It takes {LARGEST_FILE // 2**20} MB as a PNG.")
    return BackgroundEntry(picture=BACKGROUND)


def own_backdrop(name: str, folder: Path, entry: BackgroundEntry | None) -> "Backdrop":
    """The background of the actor `name`, whose pack lies in `folder`.

    Raises:
        ActorError: it has none, or its picture is damaged.
    """
    from emogene.render.output.background import colour_backdrop, picture_backdrop
    from emogene.render.output.colour import parse_colour
    from emogene_proto.errors import ShotError

    if entry is None:
        hint = "Choose a colour or a picture, or build the actor again with --background."
        raise ActorError(f"The actor '{name}' has no background of its own.", hint)
    if entry.colour is not None:
        return colour_backdrop(parse_colour(entry.colour))
    try:
        return picture_backdrop(folder / BACKGROUND, BACKGROUND)
    except ShotError as error:
        raise ActorError(f"The actor '{name}' has a damaged {BACKGROUND}.", "Install the actor pack again.") from error
