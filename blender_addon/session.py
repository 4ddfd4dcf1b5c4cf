# SPDX-License-Identifier: GPL-3.0-or-later
"""The one session of this Blender, and who is told of its happenings.

`pump` is called by a timer in a window, and in a loop by scripts without one, where timers do not fire.
"""

import atexit
import contextlib
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial

import bpy

from .core.backend_job import BackendJob
from .core.happenings import Happening
from .core.session import Phase, Session
from .emogene_proto.errors import EmoGeneError
from .redrawing import redraw
from .scene import markers

_BUSY_SECONDS = 0.02
_IDLE_SECONDS = 0.1
_TURN_SECONDS = 0.006
"""So long one turn of all that is looked after may take; what has begun by then is finished."""
_NAMES_SECONDS = 0.1
"""So often markers' names are looked at."""

_session: Session | None = None
_followers: list[Callable[[], bool]] = []
_listeners: list[Callable[[Happening], None]] = []
_turn_ends = 0.0
_names_looked = 0.0
_is_faulty = False
"""Whether a fault of ours was told in this turn."""
_printed: set[str] = set()
"""Faults that the console has."""


def session() -> Session:
    """The session of this Blender; it lives from `register` to `unregister`."""
    if _session is None:
        raise RuntimeError("the EmoGene extension is not enabled")
    return _session


def begin(job: BackendJob) -> None:
    """Run a job, looking after it at once.

    Raises:
        EmoGeneError: another one is running, or there is no connection.
    """
    session().run(job)
    hurry()


def follow(follower: Callable[[], bool]) -> None:
    """Call this after each pump; it says whether it wants to be called again soon."""
    _followers.append(follower)


def unfollow(follower: Callable[[], bool]) -> None:
    if follower in _followers:
        _followers.remove(follower)


def listen(listener: Callable[[Happening], None]) -> None:
    """Tell it of each happening, in the order in which listeners came."""
    _listeners.append(listener)


def unlisten(listener: Callable[[Happening], None]) -> None:
    if listener in _listeners:
        _listeners.remove(listener)


def hurry() -> None:
    """Look after everything at once: until now the timer may have had nothing to hurry for."""
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
        bpy.app.timers.register(_tick, first_interval=0.0, persistent=True)


def time_is_up() -> bool:
    """Whether the turn of all that follows the pump is over: what can wait until the next one should."""
    return time.perf_counter() >= _turn_ends


def pump(budget_seconds: float = 0.003) -> bool:
    """Move everything on for a moment; never waits. True where it should be called again soon.

    Args:
        budget_seconds: of the turn, so long for what the backend sends.
    """
    global _turn_ends, _is_faulty
    _is_faulty = False
    _turn_ends = time.perf_counter() + _TURN_SECONDS
    for happening in session().pump(budget_seconds):
        for listener in list(_listeners):
            guarded(partial(listener, happening))
    current = session()
    starting = current.phase in (Phase.STARTING, Phase.CONNECTING, Phase.STOPPING)
    wanted = [guarded(follower) for follower in list(_followers)]
    return starting or current.job is not None or bool(current.asides) or any(wanted)


def guarded(step: Callable[[], object]) -> object:
    """What the step returns; None where it met a fault of ours, which is told and keeps nobody else from their turn."""
    try:
        return step()
    except Exception as error:
        _tell(error)
        return None


def undo_step(message: str) -> None:
    """What was done from the timer can be undone by itself."""
    # Without a window there is no undo to add to.
    if not bpy.app.background:
        with contextlib.suppress(RuntimeError):
            bpy.ops.ed.undo_push(message=message)


def _tick() -> float:
    """The timer's call in a window; returns seconds to the next."""
    before = _visible_state()
    guarded(_adopt_names)
    busy = guarded(pump)  # Blender never calls a timer again that raised: the panel would be dead.
    if _visible_state() != before:
        redraw("SEQUENCE_EDITOR", "VIEW_3D", "DOPESHEET_EDITOR")
    return _BUSY_SECONDS if busy else _IDLE_SECONDS


def _tell(error: Exception) -> None:
    """In the panel, the first one of each turn; in the console each once, for a follower may meet it at every turn."""
    global _is_faulty
    said = "".join(traceback.format_exception(error))
    if said not in _printed:
        _printed.add(said)
        print(said, file=sys.stderr, flush=True)
    if not _is_faulty:
        _is_faulty = True
        session().problem = EmoGeneError(f"EmoGene met a fault of its own: {error}.", "The console has the details.")


def _adopt_names() -> None:
    global _names_looked
    if time.monotonic() - _names_looked < _NAMES_SECONDS:
        return
    _names_looked = time.monotonic()
    for scene in bpy.data.scenes:
        if scene.library is None:
            markers.adopt_names(scene)


def _visible_state() -> tuple:
    current = session()
    job = current.job
    ready = current.welcome.ready if current.welcome else False
    live = current.live
    seen = (live.stage, live.note) if live else None
    progress = job and (job.stage, job.done, job.total, job.reused)
    return current.phase, ready, current.problem, seen, progress, tuple(current.asides)


def register() -> None:
    global _session
    _session = Session(f"Blender {bpy.app.version_string}")
    bpy.app.timers.register(_tick, first_interval=_IDLE_SECONDS, persistent=True)
    # Blender disables extensions before it ends; its module for Python does not.
    atexit.register(_end)


def _end() -> None:
    """Leave the backend, as the preferences say."""
    if _session is not None:
        addon = bpy.context.preferences.addons.get(__package__)
        _session.end(finish_jobs=addon is not None and addon.preferences.finish_jobs)


def unregister() -> None:
    global _session
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    atexit.unregister(_end)
    _end()
    _session = None
    _printed.clear()
