# SPDX-License-Identifier: GPL-3.0-or-later
"""The one session of this Blender, and what its happenings do to scenes.

`pump` is called by a timer in a window, and in a loop by scripts without one, where timers do not fire.
"""

import contextlib
import traceback

import bpy

from . import empties, frames, markers, sequencer
from .core.jobs import Finished, FrameSaved, Happening, Job, Planned
from .core.session import Phase, Session
from .emogene_proto.errors import EmoGeneError

_BUSY_SECONDS = 0.02
_IDLE_SECONDS = 0.25
_SHOW_EVERY = 12
"""Frames between two updates of the strip while a render runs."""

_session: Session | None = None
_plans: dict[int, Planned] = {}
_saved: dict[int, list[FrameSaved]] = {}


def session() -> Session:
    """The session of this Blender; it lives from `register` to `unregister`."""
    if _session is None:
        raise RuntimeError("the EmoGene extension is not enabled")
    return _session


def plan_of(scene: bpy.types.Scene) -> Planned | None:
    """The newest plan of the scene; it lives as long as Blender runs."""
    return _plans.get(scene.session_uid)


def begin(job: Job) -> None:
    """Run a job, looking after it at once: until now the timer had nothing to hurry for.

    Raises:
        EmoGeneError: another one is running, or there is no connection.
    """
    session().run(job)
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
        bpy.app.timers.register(_tick, first_interval=0.0, persistent=True)


def pump(budget_seconds: float = 0.005) -> None:
    """Move everything on for a moment; never waits."""
    for happening in session().pump(budget_seconds):
        scene = next((scene for scene in bpy.data.scenes if scene.session_uid == happening.scene), None)
        if scene is not None:
            _apply(scene, happening)


def _apply(scene: bpy.types.Scene, happening: Happening) -> None:
    if isinstance(happening, Planned):
        _plans[happening.scene] = happening
        if scene.emogene.head is not None:
            empties.key_empties(scene, happening.plan)
            _undo_step("Update landmark empties")
    elif isinstance(happening, FrameSaved):
        saved = _saved.setdefault(happening.scene, [])
        saved.append(happening)
        if len(saved) % _SHOW_EVERY == 1:
            _show(scene, saved)
    elif isinstance(happening, Finished) and (saved := _saved.pop(happening.scene, [])):
        _show(scene, saved)
        sequencer.refresh(scene)
        _undo_step("Render into the sequencer")


def _show(scene: bpy.types.Scene, saved: list[FrameSaved]) -> None:
    """Show the finished frames around those of this render."""
    plan = plan_of(scene)
    numbers = [frame.number for frame in saved]
    run = frames.shown_run(saved[0].folder, numbers, len(plan.plan) if plan else max(numbers))
    if run:
        sequencer.show_frames(scene, saved[0].folder, run, saved[0].frame_start)


def _undo_step(message: str) -> None:
    # Without a window there is no undo to add to.
    if not bpy.app.background:
        with contextlib.suppress(RuntimeError):
            bpy.ops.ed.undo_push(message=message)


def _tick() -> float:
    """The timer's call in a window; returns seconds to the next."""
    before = _visible_state()
    try:
        pump()
        for scene in bpy.data.scenes:
            if scene.library is None:
                markers.adopt_names(scene)
    except Exception as error:  # Blender never calls a timer again that raised: the panel would be dead.
        traceback.print_exc()
        session().problem = EmoGeneError(f"EmoGene met a fault of its own: {error}.", "The console has the details.")
    if _visible_state() != before:
        _redraw()
    busy = session().job is not None or session().phase in (Phase.STARTING, Phase.CONNECTING, Phase.STOPPING)
    return _BUSY_SECONDS if busy else _IDLE_SECONDS


def _visible_state() -> tuple:
    current = session()
    job = current.job
    ready = current.welcome.ready if current.welcome else False
    return current.phase, ready, current.problem, job and (job.stage, job.done, job.total)


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("SEQUENCE_EDITOR", "VIEW_3D"):
                area.tag_redraw()


def register() -> None:
    global _session
    _session = Session(f"Blender {bpy.app.version_string}")
    bpy.app.timers.register(_tick, first_interval=_IDLE_SECONDS, persistent=True)


def unregister() -> None:
    global _session
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    if _session is not None:
        _session.end()
    _session = None
    _plans.clear()
    _saved.clear()
