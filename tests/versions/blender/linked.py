"""A scene that is linked from another file cannot be changed: every operator says so, or leaves it as it is."""

import artist
import bpy
import prepared


def try_all(scene: bpy.types.Scene) -> list[str]:
    """Call what can be called; returns what went wrong."""
    wrong = []
    for name in set(prepared.operators()) - set(prepared.BEGIN_ANEW):
        before = prepared.content(scene)
        with bpy.context.temp_override(scene=scene):
            could = prepared.operator(name).poll()
            try:
                prepared.operator(name)(**prepared.arguments(name))
            except RuntimeError as error:
                if could or "context is incorrect" in str(error):
                    wrong.append(f"{name}: {error}")
        prepared.settle()
        if prepared.content(scene) != before:
            wrong.append(f"{name} changed a linked scene")
        if artist.session().live is not None:
            bpy.ops.emogene.live()
        artist.session().problem = None
        if artist.session().phase.value != "ready":
            prepared.connect()
    return wrong


artist.install()
chosen = bpy.context.preferences.addons[artist.EXTENSION].preferences
chosen.connection_file = artist.settings["connection_file"]
scene = prepared.voice_scene()
scene.name = "Linked"
prepared.saved("library")
prepared.connect()
prepared.plan()
assert bpy.ops.emogene.key_empties() == {"FINISHED"}
prepared.render()
path = prepared.saved("library")
prepared.disconnect()
bpy.ops.wm.read_homefile(use_empty=True, app_template="")
with bpy.data.libraries.load(str(path), link=True) as (there, here):
    here.scenes = ["Linked"]
(linked,) = here.scenes
assert linked.library is not None
prepared.connect()
assert not (wrong := try_all(linked)), wrong
prepared.disconnect()
artist.end()
