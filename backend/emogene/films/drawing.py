"""Draws frames of one shot into their files, and records each."""

import errno
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emogene import pipeline
from emogene.actors.pack import Actor, load_actor
from emogene.films.frame_record import FrameRecord, RecordFile
from emogene.films.shot_frames import FrameTask, drawn_by
from emogene.folders import make_folder
from emogene.whole_write import write_whole
from emogene_proto.errors import EmoGeneError, RenderError
from emogene_proto.shot import Shot

if TYPE_CHECKING:
    from emogene.render.kernels import Engine
    from emogene.render.output.background import Backdrop

TRIES = 3
"""A frame that fails so often has failed."""
_HOPELESS = {errno.ENOSPC, errno.EROFS, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""Nothing can be written after these."""


@dataclass(frozen=True)
class DrawingSetup:
    """What a process needs to know to draw frames of a shot."""

    shot: Shot
    """Its engine is the one that is used, not `auto`."""
    actor: Path
    picture: Path | None
    """Where the background's picture lies, if the shot has one."""
    folder: Path


class Drawing:
    """The engine with the actor in it, and the folder that takes the frames."""

    def __init__(self, setup: DrawingSetup, actor: Actor, backdrop: "Backdrop | None", engine: "Engine"):
        self._shot, self._actor, self._folder = setup.shot, actor, setup.folder
        self._backdrop, self._engine = backdrop, engine
        self._records = RecordFile(setup.folder)
        self._drawn_by = drawn_by(setup.shot.engine)

    @classmethod
    def start(cls, setup: DrawingSetup, actor: Actor | None = None) -> "Drawing":
        """Load all that is needed.

        Args:
            actor: the shot's, where it is loaded already.

        Raises:
            EmoGeneError: actor, background or engine cannot be used here.
        """
        actor = actor or load_actor(setup.actor)
        backdrop = pipeline.load_backdrop(setup.shot, actor, setup.picture)
        return cls(setup, actor, backdrop, pipeline.load_engine(setup.shot, actor))

    def draw(self, task: FrameTask) -> None:
        """Render a frame, put its file in place and record it.

        Raises:
            EmoGeneError: the picture cannot be rendered.
            OSError: its file cannot be written; see `why`.
        """
        from emogene.render.output.files import frame_bytes

        frame = pipeline.render_view(task.view, self._shot, self._engine, self._backdrop)
        content = frame_bytes(frame, task.output, task.view)
        keep_frame(self._folder, self._records, task, content, self._drawn_by)

    def close(self) -> None:
        self._records.close()


def keep_frame(folder: Path, records: RecordFile, task: FrameTask, content: bytes, drawn: str) -> None:
    """Put a picture's file in place, with what it says of its place in the film, and record it.

    Args:
        drawn: who drew it.

    Raises:
        OSError: it cannot be written; see `why`.
    """
    if task.output == "exr":
        from emogene.render.output.exr_place import placed_in_film

        content = placed_in_film(content, task.number, task.place.rate, task.place.shot)
    make_folder(records.folder)
    write_whole(folder / task.file_name, content, scratch=records.folder, name_lasts=False)  # the record sees to that
    digest = hashlib.sha256(content).hexdigest()
    records.add(FrameRecord(task.number, task.key, drawn, task.place_key, digest, len(content)))


def why(error: Exception) -> str:
    """A failed frame's reason, for people.

    Raises:
        RenderError: no other frame can be written either.
    """
    if isinstance(error, OSError) and error.errno in _HOPELESS:
        raise RenderError(
            f"Frames cannot be written: {error.strerror}.", "Make room, and run it again: what is finished is kept."
        ) from error
    if isinstance(error, EmoGeneError):
        return error.message
    if isinstance(error, MemoryError):
        return "There is not enough memory."
    if isinstance(error, OSError):
        place = error.filename2 or error.filename
        return f"{error.strerror or error}{f': {place}' if place else ''}."
    return f"{type(error).__name__}: {error}"
