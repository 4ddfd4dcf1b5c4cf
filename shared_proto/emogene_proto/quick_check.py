"""What a Python says of the EmoGene that it has, in a few seconds: `emogene doctor --quick --json`."""

import msgspec

from .messages import PROTOCOL_VERSION


class QuickCheck(msgspec.Struct, frozen=True):
    """Printed as JSON by the backend's program, read by the add-on. Fields of other versions are skipped."""

    version: str
    """EmoGene's."""
    python: str
    protocol: int = PROTOCOL_VERSION
    device: str = ""
    """What renders, for people, e.g. "CPU, 8 cores"."""
    actors: tuple[str, ...] = ()
    problem: str = ""
    """Why nothing can be rendered, if so; one sentence."""
    hint: str = ""
    """What to do about it."""


def check_command(python: str, actors_folder: str = "") -> list[str]:
    """The command line that makes an interpreter print its QuickCheck."""
    command = [python, "-m", "emogene", "doctor", "--quick", "--json"]
    return [*command, "--actors", actors_folder] if actors_folder else command
