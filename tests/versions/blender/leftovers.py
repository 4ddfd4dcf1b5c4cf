"""Enabled and disabled twenty times, used in between, it leaves nothing behind in Blender or in the process."""

import artist
import bpy
import prepared
from traces import holds, in_blender, in_process

TIMES = 20
SETTLED = 4
"""Times after which what is made once and kept (Blender's own caches) has been made."""

bpy.ops.wm.read_factory_settings(use_empty=True)
before = in_blender()
artist.install()
chosen = bpy.context.preferences.addons[artist.EXTENSION].preferences
chosen.connection_file = artist.settings["connection_file"]
enabled = in_blender()
assert enabled["classes"] and enabled["properties"] and enabled["timers"]

process: dict = {}
held: dict[str, int] = {}
for time in range(TIMES):
    if time % 5 == 0:
        prepared.voice_scene()
        prepared.connect()
        assert bpy.ops.emogene.live() == {"FINISHED"}
        assert bpy.ops.emogene.plan() == {"FINISHED"}  # and is disabled in the middle of it
    bpy.ops.preferences.addon_disable(module=artist.EXTENSION)
    assert in_blender() == before, [key for key, value in in_blender().items() if value != before[key]]
    if time == SETTLED:
        process, held = in_process(), holds()
    bpy.ops.preferences.addon_enable(module=artist.EXTENSION)
    chosen = bpy.context.preferences.addons[artist.EXTENSION].preferences
    chosen.connection_file = artist.settings["connection_file"]
    assert in_blender() == enabled
bpy.ops.preferences.addon_disable(module=artist.EXTENSION)
assert in_process() == process, (in_process(), process)
more = {name: (held[name], count) for name, count in holds().items() if count > held[name]}
assert not more, f"still held by something: {more}"
bpy.ops.preferences.addon_enable(module=artist.EXTENSION)
artist.end()
