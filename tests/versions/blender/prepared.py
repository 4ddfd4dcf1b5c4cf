"""A scene that is ready to work with, in any version of Blender; and what an extension may change in it."""

import time
from pathlib import Path

import artist
import bpy

STABLE = ("off", "ready", "lost")
BEGIN_ANEW = ("release_memory", "restart_backend")
"""Operators after which the renderer begins anew, which takes seconds."""
FRAMES = int(artist.settings["frames"])
_VOICE_FILE = artist.settings["voice_file"]


def voice_scene() -> bpy.types.Scene:
    """A new file with the voice on the timeline, one emotion, and small pictures of the tiny actor."""
    bpy.ops.wm.read_homefile(use_empty=True, app_template="")
    if _VOICE_FILE:
        empty = bpy.context.scene
        with bpy.data.libraries.load(_VOICE_FILE) as (there, here):
            here.scenes = there.scenes
        bpy.context.window.scene = here.scenes[0]
        bpy.data.scenes.remove(empty)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.0
    scene.render.resolution_x = scene.render.resolution_y = 32
    artist.character(scene).actor = "tiny"
    scene.emogene.width = scene.emogene.height = 32
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    if not _VOICE_FILE:
        assert bpy.ops.emogene.load_voice(filepath=str(artist.VOICE)) == {"FINISHED"}
    (sound,) = (strip for strip in artist.module("compat").strips(scene) if strip.type == "SOUND")
    scene.sequence_editor.active_strip = sound
    sound.select = True
    if _VOICE_FILE:
        assert bpy.ops.emogene.use_selected_voice() == {"FINISHED"}
    artist.mark(scene, 12, "sad")
    artist.mark(scene, 1, "happy")
    return scene


def connect() -> None:
    artist.connect()


def disconnect() -> None:
    if artist.session().phase.value not in ("off", "lost"):
        assert bpy.ops.emogene.stop_backend() == {"FINISHED"}
        settle()
    artist.session().problem = None


def plan() -> None:
    assert bpy.ops.emogene.plan() == {"FINISHED"}
    artist.wait(artist.idle)


def render() -> None:
    assert bpy.ops.emogene.render() == {"FINISHED"}
    artist.wait(artist.idle)


def edit() -> None:
    """Move a landmark by hand."""
    scene = bpy.context.scene
    point = artist.character(scene).head.children[0]
    bpy.context.view_layer.update()  # what was just keyed is evaluated once more, over what is moved here
    point.location.z += 0.01
    assert bpy.ops.emogene.keep_edits() == {"FINISHED"}
    settle()


def situation() -> tuple:
    """What an operator may have changed, in the file and at the backend."""
    current = artist.session()
    planned = [artist.module("work.plans").plan_of(each) is not None for each in bpy.context.scene.emogene.characters]
    live, busy = current.live is not None, current.job is not None
    return content(bpy.context.scene), bpy.data.filepath, current.phase, live, busy, planned


def settle(seconds: float = 120.0) -> None:
    """Let time pass until nothing is under way; problems are no failure here."""
    end = time.monotonic() + seconds
    while artist.session().phase.value not in STABLE or not artist.idle() or artist.session().asides:
        assert time.monotonic() < end, f"{artist.session().phase}, {artist.session().job}"
        artist.tick()
    for _ in range(5):
        artist.tick()


def operators() -> list[str]:
    return sorted(name for name in dir(bpy.ops.emogene) if not name.startswith("_"))


def operator(name: str):
    return getattr(bpy.ops.emogene, name)


def arguments(name: str) -> dict[str, str]:
    """What a file window, or the row of a list, would give the operator."""
    properties = operator(name).get_rna_type().properties
    given = {}
    if "filepath" in properties:
        sound = "filter_glob" not in properties or "*.wav" in properties["filter_glob"].default
        given["filepath"] = str(artist.VOICE if sound else artist.FOLDER / "chosen file")
    if "directory" in properties:
        given["directory"] = str(artist.FOLDER / "chosen folder")
    editor = bpy.context.scene.sequence_editor
    if "strip" in properties and editor is not None and editor.active_strip is not None:
        given["strip"] = editor.active_strip.name
    return given


def values(group) -> dict:
    """All that a property group of ours holds, by names."""
    found = {}
    for prop in group.bl_rna.properties:
        if prop.identifier in ("rna_type", "name") or prop.is_skip_save:
            continue
        value = getattr(group, prop.identifier)
        if prop.type == "COLLECTION":
            value = [values(item) for item in value]
        elif prop.type == "POINTER":
            ours = isinstance(prop.fixed_type, bpy.types.PropertyGroup)
            value = values(value) if ours else value and value.name
        elif getattr(prop, "is_array", False):
            value = tuple(value)
        elif prop.type == "FLOAT":
            value = round(value, 5)
        found[prop.identifier] = value
    return found


def content(scene: bpy.types.Scene) -> dict:
    """What an artist would miss, were it gone or other than before."""
    strips = artist.module("compat").strips(scene) if scene.sequence_editor else []
    frames = artist.module("compat").strip_start, artist.module("compat").strip_end
    return {
        "markers": sorted((m.frame, m.name, str(values(m.emogene))) for m in scene.timeline_markers),
        "strips": sorted(
            (s.name, s.type, s.channel, *(frame(s) for frame in frames), str(values(s.emogene))) for s in strips
        ),
        "objects": sorted((thing.name, tuple(thing.location)) for thing in scene.objects),
        "actions": sorted((action.name, tuple(action.frame_range)) for action in bpy.data.actions),
        "settings": values(scene.emogene),
    }


def saved(name: str) -> Path:
    path = artist.FOLDER / f"{name}.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path
