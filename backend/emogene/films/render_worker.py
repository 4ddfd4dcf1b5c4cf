"""A process that draws the frames it is given, one after the other, until its connection is closed.

Nothing heavy is imported here: libraries must find the number of threads in the environment when they are imported.
"""

import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from emogene_proto.errors import EmoGeneError

if TYPE_CHECKING:
    from emogene.films.drawing import Drawing, DrawingSetup


@dataclass(frozen=True)
class Ready:
    """The engine is loaded."""


@dataclass(frozen=True)
class Drawn:
    """A frame is in place and recorded."""

    number: int


@dataclass(frozen=True)
class Failed:
    """A frame could not be drawn this time."""

    number: int
    reason: str


@dataclass(frozen=True)
class Stopped:
    """No frame can be drawn here."""

    message: str
    hint: str


FromWorker = Ready | Drawn | Failed | Stopped


def work(connection: Connection, setup: "DrawingSetup") -> None:
    """Draw what comes through the connection."""
    # Ctrl-C reaches all processes of a terminal; the first one closes the connection, and this frame is finished.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from emogene.films.drawing import Drawing

    try:
        drawing = Drawing.start(setup)
    except EmoGeneError as error:
        _tell(connection, Stopped(error.message, error.hint))
        return
    try:
        _draw_all(connection, drawing)
    finally:
        drawing.close()


def _draw_all(connection: Connection, drawing: "Drawing") -> None:
    from emogene.films.drawing import why

    goes_on = _tell(connection, Ready())
    while goes_on:
        try:
            task = connection.recv()
        except (EOFError, OSError):
            return
        try:
            drawing.draw(task)
            goes_on = _tell(connection, Drawn(task.number))
        except Exception as error:  # whatever a frame meets is that frame's alone
            try:
                goes_on = _tell(connection, Failed(task.number, why(error)))
            except EmoGeneError as stopped:
                _tell(connection, Stopped(stopped.message, stopped.hint))
                return


def _tell(connection: Connection, message: FromWorker) -> bool:
    """Whether anybody is there to hear it."""
    try:
        connection.send(message)
    except OSError:
        return False
    return True
