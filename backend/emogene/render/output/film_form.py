"""The forms of a film: what is written for which name and which pictures."""

from dataclasses import dataclass, field
from pathlib import Path

from emogene_proto.errors import ShotError

FILM_SUFFIXES = (".mp4", ".mov")


@dataclass(frozen=True)
class FilmForm:
    """Container, codecs and pixels of a film."""

    container: str
    codec: str
    pixels: str
    """FFmpeg's name of what the codec stores."""
    given_as: str
    """FFmpeg's name of the pictures as they are given: rgb24, rgb48le, or rgba64le with straight alpha."""
    sound: str
    options: dict[str, str] = field(default_factory=dict)
    threads: int = 0
    """Fixed where the number of threads changes bytes; 0 leaves it to the codec."""


MP4 = FilmForm("mp4", "libx264", "yuv420p", "rgb24", "aac", {"crf": "16", "preset": "medium"}, threads=4)
"""H.264: to look at, and to give away."""
_PRORES = {"vendor": "apl0", "bits_per_mb": "8000"}
PRORES_422 = FilmForm("mov", "prores_ks", "yuv422p10le", "rgb48le", "pcm_s24le", {"profile": "3", **_PRORES})
"""ProRes 422 HQ: to cut and grade."""
PRORES_4444 = FilmForm(
    *("mov", "prores_ks", "yuva444p10le", "rgba64le", "pcm_s24le"),
    {"profile": "4", "alpha_bits": "16", **_PRORES},
)
"""ProRes 4444 with straight alpha: to lay over something else."""


def film_form(path: Path, transparent: bool) -> FilmForm:
    """The form for a film of this name.

    Args:
        transparent: the pictures have alpha, and are not laid over a colour.

    Raises:
        ShotError: no film has such a name, or it is a folder.
    """
    suffix = path.suffix.lower()
    if suffix not in FILM_SUFFIXES:
        raise ShotError(
            f"The film's name {path.name} does not end in {' or '.join(FILM_SUFFIXES)}.",
            "Give it a name like shot.mp4 (H.264) or shot.mov (ProRes).",
        )
    if path.is_dir():
        raise ShotError(f"The film {path} is a folder.", "Give it another name.")
    if suffix == ".mp4":
        return MP4
    return PRORES_4444 if transparent else PRORES_422
