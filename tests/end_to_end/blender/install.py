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


before = traces()
artist.install()
assert addon_utils.check(artist.EXTENSION) == (True, True)
assert addon_utils._extensions_warnings_get() == {}
for name in ("zmq", "msgspec"):
    place = sys.modules[name].__file__
    assert "extensions" in place, f"{name} is not the extension's own: {place}"
enabled = traces()
assert enabled["scene"] and enabled["marker"] and enabled["operators"]

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
