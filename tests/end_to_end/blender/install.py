"""Installed from the zip it is enabled, breaks no rule of extensions, and leaves nothing behind when disabled."""

import sys

import addon_utils
import artist
import bpy

HANDLERS = [name for name in dir(bpy.app.handlers) if isinstance(getattr(bpy.app.handlers, name), list)]


def traces() -> dict:
    """All that an extension may leave in Blender."""
    return {
        "classes": sorted(name for name in dir(bpy.types) if "emogene" in name.lower()),
        "scene": hasattr(bpy.types.Scene, "emogene"),
        "marker": hasattr(bpy.types.TimelineMarker, "emogene"),
        "handlers": [name for name in HANDLERS for f in getattr(bpy.app.handlers, name) if "emogene" in f.__module__],
        "operators": "plan" in dir(bpy.ops.emogene),
        "path": list(sys.path),
    }


def default_keymaps() -> set[tuple[str, str]]:
    """Names and spaces of the keymaps that this Blender has by itself."""
    sys.path.insert(0, bpy.utils.system_resource("SCRIPTS", path="presets/keyconfig/keymap_data"))
    import blender_default

    del sys.path[0]
    every = blender_default.generate_keymaps(blender_default.Params())
    return {(name, where["space_type"]) for name, where, _ in every}


before = traces()
artist.install()
assert addon_utils.check(artist.EXTENSION) == (True, True)
assert addon_utils._extensions_warnings_get() == {}
for name in ("zmq", "msgspec"):
    place = sys.modules[name].__file__
    assert "extensions" in place, f"{name} is not the extension's own: {place}"
enabled = traces()
assert enabled["scene"] and enabled["marker"] and enabled["operators"]

# Keys of ours are in keymaps that Blender looks into: one of a name of its own would never be heard.
ours = [
    (keymap.name, keymap.space_type)
    for keymap in bpy.context.window_manager.keyconfigs.addon.keymaps
    if "emogene.cancel" in keymap.keymap_items
]
assert len(ours) == 3 and set(ours) <= default_keymaps(), ours

for _ in range(3):
    timer = artist.module("session")._tick
    assert bpy.app.timers.is_registered(timer)
    bpy.ops.preferences.addon_disable(module=artist.EXTENSION)
    assert not bpy.app.timers.is_registered(timer)
    after = traces()
    # Where Blender itself put the wheels it keeps them.
    assert {**after, "path": before["path"]} == before, after
    bpy.ops.preferences.addon_enable(module=artist.EXTENSION)
    assert traces() == enabled

artist.end()
