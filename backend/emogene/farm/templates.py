"""The farm's job templates as files for the artist: which there are, and writing one."""

from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from emogene.folders import make_folder
from emogene.whole_write import write_whole
from emogene_proto.errors import ShotError


class FarmEngine(StrEnum):
    """What runs the jobs of a farm."""

    OPENJD = "openjd"
    FLAMENCO = "flamenco"


@dataclass(frozen=True)
class Template:
    """A job template of this package."""

    resource: str
    """Its file beside this module."""
    suffixes: tuple[str, ...]
    """What its file must end in for the engine to read it."""
    usual_name: str
    """What the engine looks for, where only a folder is given."""


TEMPLATES = {
    FarmEngine.OPENJD: Template("openjd.yaml", (".yaml", ".yml"), "template.yaml"),
    FarmEngine.FLAMENCO: Template("flamenco.js", (".js",), "emogene_film.js"),
}


def template_bytes(engine: FarmEngine) -> bytes:
    """The job template, as it is installed."""
    return files("emogene.farm").joinpath(TEMPLATES[engine].resource).read_bytes()


def write_template(engine: FarmEngine, out: Path, force: bool = False) -> Path:
    """Write the job template; returns its file.

    Args:
        out: a file, or a folder, where the file gets its usual name. Folders are made as needed.
        force: replace a file that says something else.

    Raises:
        ShotError: the engine would not read a file of this name, or another file is there.
    """
    template = TEMPLATES[engine]
    path = out / template.usual_name if out.is_dir() else out
    if path.suffix.lower() not in template.suffixes:
        hint = f"Give --out a name like {template.usual_name}, or a folder that is there."
        raise ShotError(f"The template's name {path.name} does not end in {template.suffixes[0]}.", hint)
    content = template_bytes(engine)
    if path.exists() and not force and (path.is_dir() or path.read_bytes() != content):
        raise ShotError(f"{path} is there already and differs.", "Give another name, or --force to replace it.")
    make_folder(path.parent)
    write_whole(path, content)
    return path
