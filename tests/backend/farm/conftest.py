"""One packed shot for both engines, and what it looks like when one computer renders it in one go."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from farm_shot import FIRST, LAST, emogene, frames_in, pack_shot


@dataclass(frozen=True)
class Unsplit:
    """A film rendered without a farm."""

    frames: dict[str, bytes]
    film: bytes

    def is_in(self, output: Path) -> bool:
        """Whether a farm's output folder holds the same frames and the same film, byte for byte."""
        return frames_in(output / "frames") == self.frames and (output / "film.mp4").read_bytes() == self.film


@pytest.fixture(scope="session")
def shot(tmp_path_factory, tiny_actor) -> Path:
    """shot.json in a folder whose name is as artists write them."""
    return pack_shot(tmp_path_factory.mktemp("farm") / "Szene 1 – Ärger & Reue", tiny_actor)


@pytest.fixture(scope="session")
def unsplit(shot, tmp_path_factory) -> Unsplit:
    """The shot's frames and film, rendered by one process."""
    work = tmp_path_factory.mktemp("unsplit")
    emogene("render", shot, "--out", work / "frames", "--progress", "none")
    emogene("join", shot, "--frames-dir", work / "frames", "--out", work / "film.mp4")
    frames = frames_in(work / "frames")
    assert len(frames) == LAST - FIRST + 1
    return Unsplit(frames, (work / "film.mp4").read_bytes())


@pytest.fixture
def output(tmp_path) -> Path:
    """Where a farm writes; not there yet."""
    return tmp_path / "Ausgabe für Müller"
