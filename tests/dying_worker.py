"""A process that draws frames as always, but dies over some of them, as one does that runs out of memory."""

import os
import time
from multiprocessing.connection import Connection

from emogene.films.drawing import Drawing, DrawingSetup
from emogene.films.render_worker import Stopped, work

STUCK_SECONDS = 3600.0
DEADLY = 5
"""The number of a frame that no process survives."""


def work_until_the_deadly_frame(connection: Connection, setup: DrawingSetup) -> None:
    draw = Drawing.draw

    def deadly(drawing, task):
        if task.number == DEADLY:
            os._exit(7)
        draw(drawing, task)

    Drawing.draw = deadly
    work(connection, setup)


def die_at_once(connection: Connection, setup: DrawingSetup) -> None:
    os._exit(7)


def at_place(place: int) -> bool:
    """Whether this process is at that place; tests give each place a GPU of its number."""
    return os.environ.get("CUDA_VISIBLE_DEVICES") == str(place)


def die_at_the_first_place(connection: Connection, setup: DrawingSetup) -> None:
    """All others take their time, so that it dies several times during a film."""
    if at_place(0):
        os._exit(7)
    draw = Drawing.draw

    def slow(drawing, task):
        time.sleep(1.0)
        draw(drawing, task)

    Drawing.draw = slow
    work(connection, setup)


def stop_at_the_first_place(connection: Connection, setup: DrawingSetup) -> None:
    if at_place(0):
        connection.send(Stopped("There is no GPU here.", "Look for it."))
        return
    work(connection, setup)


def fail_at_the_first_place(connection: Connection, setup: DrawingSetup) -> None:
    """Starts, but no frame can be drawn, as on a GPU that fell off; all others take a little time."""
    draw = Drawing.draw

    def lost(drawing, task):
        if at_place(0):
            raise RuntimeError("CUDA error: device lost")
        time.sleep(0.3)
        draw(drawing, task)

    Drawing.draw = lost
    work(connection, setup)


def hang_at_the_deadly_frame(connection: Connection, setup: DrawingSetup) -> None:
    draw = Drawing.draw

    def stuck(drawing, task):
        if task.number == DEADLY:
            time.sleep(STUCK_SECONDS)
        draw(drawing, task)

    Drawing.draw = stuck
    work(connection, setup)


def hang_at_the_first_place(connection: Connection, setup: DrawingSetup) -> None:
    if at_place(0):
        time.sleep(STUCK_SECONDS)
    work(connection, setup)
