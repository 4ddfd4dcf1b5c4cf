"""A process that draws frames as always, but dies over some of them, as one does that runs out of memory."""

import os
from multiprocessing.connection import Connection

from emogene.films.drawing import Drawing, DrawingSetup
from emogene.films.render_worker import work

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
