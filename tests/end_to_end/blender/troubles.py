"""What goes wrong ends in a sentence and a hint in the panel, and what was finished stays."""

import os
import signal
from pathlib import Path

import artist
import bpy

FRAMES = int(artist.settings["frames"])


def is_told(problem, *words: str) -> None:
    """One sentence that says what, one that says what to do."""
    assert problem is not None
    assert problem.message.endswith(".") and problem.hint.endswith("."), problem
    for word in words:
        assert word in str(problem), (word, problem)


artist.install()

# No backend's program.
chosen = bpy.context.preferences.addons[artist.EXTENSION].preferences
chosen.backend_python = str(artist.FOLDER / "no_such_python")
assert bpy.ops.emogene.start_backend() == {"CANCELLED"}
is_told(artist.session().problem, "no_such_python", "preferences")
# A program that is no backend.
chosen.backend_python = artist.settings["wrong_program"]
assert bpy.ops.emogene.start_backend() == {"FINISHED"}
is_told(artist.wait_for_problem(), "ended by itself", "log")
assert bpy.ops.emogene.connect_backend() == {"CANCELLED"}
is_told(artist.session().problem, "No backend is running")
chosen.backend_python = artist.settings["python"]

# Recordings that are none.
scene = artist.a_scene_with_voice()
kept = artist.voice(scene).name
for name, path in artist.settings["bad_at_once"].items():
    assert bpy.ops.emogene.load_voice(filepath=path) == {"CANCELLED"}, name
    is_told(artist.session().problem, Path(path).name)
    assert artist.voice(scene).name == kept, "the voice that was there stays"
    assert [strip.name for strip in scene.sequence_editor.strips] == [kept]
artist.start_backend()
for name, path in artist.settings["bad_for_the_backend"].items():
    assert bpy.ops.emogene.load_voice(filepath=path) == {"FINISHED"}, name
    assert bpy.ops.emogene.plan() == {"FINISHED"}
    is_told(artist.wait_for_problem())
    assert artist.session().job is None
    assert artist.session().phase.value == "ready", "bad audio is no reason to lose the backend"
artist.a_scene_with_voice()
assert artist.session().problem is None, "a good voice clears the trouble"

# Cancelled half way: what is finished stays and is shown.
assert not bpy.ops.emogene.cancel.poll()
artist.character(scene).seed = 91  # no other script's frames
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(lambda: artist.session().job.stage == "rendering" and artist.session().job.done >= 3)
assert bpy.ops.emogene.cancel() == {"FINISHED"}
artist.wait(artist.idle)
pictures = artist.pictures(scene)
finished = sorted(Path(bpy.path.abspath(pictures.directory)).glob("frame_*.png"))
assert 3 <= len(pictures.elements) <= len(finished) < FRAMES
assert all(
    (Path(bpy.path.abspath(pictures.directory)) / element.filename).stat().st_size for element in pictures.elements
)

# Killed: said so, and started again it goes on.
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(lambda: artist.session().job is not None and artist.session().job.done > len(finished))
os.kill(artist.session()._process.pid, signal.SIGKILL)
is_told(artist.wait_for_problem())
assert artist.session().phase.value == "lost"
assert artist.session().job is None
artist.start_backend()
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(artist.idle)
assert len(pictures.elements) == FRAMES
assert artist.session().problem is None

# A fault of our own: told, and the window's timer goes on.
timer_module = artist.module("session")
healthy = timer_module.pump
timer_module.pump = lambda: [][0]
assert timer_module._tick() > 0
is_told(artist.session().problem, "fault")
timer_module.pump = healthy
artist.end()
