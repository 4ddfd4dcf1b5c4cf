"""What `--background` says: what lies behind the actor in frames and video."""

import re
from pathlib import Path

from emogene_proto.errors import ShotError
from emogene_proto.shot import Background, PictureRef

_FORMS = "Write transparent, actor, a colour as #rrggbb, or the path of a picture."


def parse_background(text: str) -> tuple[Background, Path | None]:
    """The background, and where its picture lies if it is one.

    Raises:
        ShotError: neither a colour nor a file that is there.
    """
    if text in ("transparent", "actor"):
        return Background(text), None
    if re.fullmatch(r"#?[0-9a-fA-F]{6}", text):
        return Background("colour", f"#{text.lstrip('#').lower()}"), None
    picture = Path(text)
    if not picture.is_file():
        raise ShotError(f"'{text}' is no background: it is neither a colour nor a file.", _FORMS)
    return Background("picture", picture=PictureRef(path=picture.as_posix())), picture


def video_colour(text: str | None, background: Background) -> str:
    """The colour behind a video of a shot document whose frames are transparent; grey where none is asked for.

    Args:
        background: the document's.

    Raises:
        ShotError: the document says already what lies behind the actor, or no colour is given.
    """
    if text is None:
        return Background().colour
    asked, _ = parse_background(text)
    if asked.kind != "colour" or background.kind != "transparent":
        raise ShotError(
            "A shot document says itself what lies behind the actor.",
            "Beside one, --background is only the colour, #rrggbb, of a video whose frames are transparent.",
        )
    return asked.colour
