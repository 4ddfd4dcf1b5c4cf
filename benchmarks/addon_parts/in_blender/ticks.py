"""How long Blender's main thread is held by one call of ours, while renders run that go well, slowly, or wrong."""

import os
import signal
import statistics
from collections.abc import Callable

import artist
import bpy
import measured
import window
from shot import change_a_marker, landmarks, new_scene

MARKERS = 300

blender = window.opened()
stopwatch = blender.stopwatch
session = artist.session
backend_pid = 0


def render(role: str = "render") -> None:
    """As the button does, which is a call of ours too."""
    scene.frame_set(1)
    stopwatch.call(f"operator {role}", getattr(bpy.ops.emogene, role))
    assert session().job is not None


def frames_here(count: int) -> Callable[[], bool]:
    return lambda: session().job is None or (session().job.stage == "rendering" and session().job.done >= count)


def cancel() -> None:
    stopwatch.call("operator cancel", bpy.ops.emogene.cancel)
    blender.until(artist.idle, problems=True)


def another_take() -> None:
    """No frame of it was rendered before."""
    artist.character().seed += 1


def move_by_hand(frame: int) -> None:
    """A corner of the mouth, on another frame than the one before; until it is kept and shown."""
    scene.frame_set(frame)
    blender.pass_time(0.3)
    empties = artist.module("views.empties").landmarks_of(artist.character().head)
    kept = artist.character().edits
    empties[48].location.x += 0.004
    blender.until(
        lambda: artist.character().edits != kept and artist.module("views.faces").is_current(artist.character())
    )


def scrub(frames: int) -> None:
    for frame in range(10, 10 + 7 * frames, 7):
        scene.frame_set(frame)
        blender.turn()


def until_planned_anew(change: Callable[[], None]) -> None:
    """And shown."""
    before = artist.planned()
    change()
    blender.until(lambda: artist.planned() is not before and landmarks(), 300)


def move_the_head() -> None:
    """Let an animated object do it."""
    mover = bpy.data.objects.new("mover", None)
    scene.collection.objects.link(mover)
    for frame in range(1, scene.frame_end, 24):
        mover.location.x, mover.rotation_euler.z = 0.01 * (frame % 5), 0.02 * (frame % 7)
        mover.keyframe_insert("location", frame=frame)
        mover.keyframe_insert("rotation_euler", frame=frame)
    artist.character().head_object = mover


def healthy() -> None:
    stopwatch.situation = "healthy"
    assert bpy.ops.emogene.key_empties() == {"FINISHED"}
    blender.until(landmarks)
    render()
    for turn in range(3):
        blender.until(frames_here(40 * (turn + 1)))
        until_planned_anew(lambda turn=turn: change_a_marker(scene, 1 + turn))
        scrub(8)
        move_by_hand(100 + 80 * turn)
    until_planned_anew(move_the_head)
    until_planned_anew(lambda: setattr(artist.character(), "head_object", None))
    blender.until(artist.idle, 600)
    assert len(artist.pictures().elements) == int(artist.settings["frames"])


def again() -> None:
    """All frames are there already, and come as fast as they can."""
    stopwatch.situation = "reused"
    render()
    blender.until(artist.idle, 600)
    blender.pass_time(1.0)
    render()
    blender.until(artist.idle, 600)
    blender.pass_time(1.0)


def large() -> None:
    """A few pictures whose files are large."""
    stopwatch.situation = "large"
    settings, side = scene.emogene, scene.emogene.width
    settings.width, settings.height, settings.output = 1920, 1080, "exr"
    scene.use_preview_range, settings.only_preview_range = True, True
    scene.frame_preview_start, scene.frame_preview_end = 100, 107
    render()
    blender.until(artist.idle, 600)
    assert len(artist.pictures().elements) == 8
    settings.width, settings.height, settings.output = side, side, "png"
    scene.use_preview_range, settings.only_preview_range = False, False


def hung() -> None:
    stopwatch.situation = "hung"
    another_take()
    render()
    blender.until(frames_here(20))
    os.kill(backend_pid, signal.SIGSTOP)
    change_a_marker(scene)
    blender.pass_time(5.0)
    scrub(8)
    os.kill(backend_pid, signal.SIGCONT)
    blender.until(frames_here(60))
    cancel()
    blender.until(landmarks)


def killed() -> None:
    stopwatch.situation = "killed"
    another_take()
    render()
    blender.until(frames_here(20))
    os.kill(backend_pid, signal.SIGKILL)
    change_a_marker(scene)
    blender.pass_time(5.0, problems=True)
    assert session().phase.value == "lost" and session().problem is not None
    scrub(8)


def slow() -> None:
    """The way to it lets few bytes through, each late."""
    stopwatch.situation = "slow"
    artist.character().actor = "bundled"
    chosen = bpy.context.preferences.addons[artist.EXTENSION].preferences
    chosen.connection_file = artist.settings["slow_connection"]
    stopwatch.call("operator connect_backend", bpy.ops.emogene.connect_backend)
    blender.until(lambda: session().welcome is not None and session().welcome.ready)
    blender.pass_time(3.0, problems=True)  # it looks for the render of before, which is not there
    another_take()
    render()
    blender.until(frames_here(10), 300)
    until_planned_anew(lambda: change_a_marker(scene))
    move_by_hand(400)
    blender.until(frames_here(30), 300)
    cancel()
    blender.until(landmarks)


def idle(markers: int) -> float:
    """Milliseconds of a tick in which nothing is to be done, with so many markers."""
    stopwatch.situation = f"idle, {markers} markers"
    blender.pass_time(6.0)
    ticks = [call.ms for call in stopwatch.calls[stopwatch.situation] if call.name == "tick"]
    return statistics.median(ticks)


blender.start_backend()
backend_pid = session()._process.pid
scene = new_scene(artist.settings["voice"], int(artist.settings["side"]))
healthy()
again()
large()
blender.pass_time(1.0)
idle_ms = idle(len(scene.timeline_markers))
hung()
killed()
slow()
stopwatch.situation = ""
for number in range(len(scene.timeline_markers), MARKERS):
    artist.mark(scene, 4 + 2 * number, "sad")
blender.until(lambda: not session().asides and landmarks())
blender.pass_time(2.0)
idle_many_ms = idle(MARKERS)
longest = stopwatch.longest()
measured.write(
    longest={name: call.ms for name, call in longest.items()},
    told={name: f"{call}; {len(stopwatch.calls[name])} calls" for name, call in longest.items()},
    reference=[statistics.median(stopwatch.reference), max(stopwatch.reference)],
    idle_ms=idle_ms,
    idle_many_ms=idle_many_ms,
)
artist.end()
