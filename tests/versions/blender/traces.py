"""What an extension may leave behind, in Blender and in its process; runs in any Blender, with a window or without."""

import gc
import sys
import threading
import types
from pathlib import Path

import bpy

EXTENSION = "bl_ext.user_default.emogene"
HANDLERS = [name for name in dir(bpy.app.handlers) if isinstance(getattr(bpy.app.handlers, name), list)]


def is_ours(name: str | None) -> bool:
    return "emogene" in (name or "").lower()


def in_blender() -> dict:
    """All in Blender that an extension may have put there and has a list."""
    types_ = {name: each for name in dir(bpy.types) if hasattr(each := getattr(bpy.types, name), "bl_rna")}
    keyconfigs = bpy.context.window_manager.keyconfigs
    keymaps = [keymap for config in (keyconfigs.addon, keyconfigs.user) if config for keymap in config.keymaps]
    drawn = [
        (name, f) for name, each in types_.items() for f in getattr(getattr(each, "draw", None), "_draw_funcs", ())
    ]
    return {
        "classes": sorted(name for name in types_ if is_ours(name)),
        "properties": sorted(
            f"{name}.{prop.identifier}"
            for name, each in types_.items()
            for prop in each.bl_rna.properties
            if is_ours(prop.identifier)
        ),
        "operators": dir(bpy.ops.emogene),
        "handlers": [name for name in HANDLERS for f in getattr(bpy.app.handlers, name) if is_ours(f.__module__)],
        "keymap items": [item.idname for keymap in keymaps for item in keymap.keymap_items if is_ours(item.idname)],
        "menu entries": [name for name, f in drawn if is_ours(f.__module__)],
        "driver functions": sorted(name for name in bpy.app.driver_namespace if is_ours(name)),
        "timers": [name for name, f in our_functions().items() if bpy.app.timers.is_registered(f)],
    }


def in_process() -> dict:
    """What a process may gather."""
    keyconfigs = bpy.context.window_manager.keyconfigs
    tasks, files = Path("/proc/self/task"), Path("/proc/self/fd")
    return {
        "modules": sorted(name for name in sys.modules if is_ours(name)),
        "python threads": threading.active_count(),
        "threads": len(list(tasks.iterdir())) if tasks.is_dir() else 0,
        "open files": len(list(files.iterdir())) if files.is_dir() else 0,
        "paths": list(sys.path),
        # An empty keymap stays, as with all add-ons: others may have put theirs into it.
        "keymaps": len(keyconfigs.addon.keymaps) if keyconfigs.addon else 0,
    }


def our_functions() -> dict[str, types.FunctionType]:
    found = {}
    for name, module in list(sys.modules.items()):
        if name.startswith(EXTENSION):
            functions = {key: each for key, each in vars(module).items() if isinstance(each, types.FunctionType)}
            found |= {f"{name}.{key}": each for key, each in functions.items() if each.__module__ == name}
    return found


def holds() -> dict[str, int]:
    """How often each function of ours is held: draw handlers and message bus have no list, but hold what they call."""
    gc.collect()
    return {name: sys.getrefcount(function) for name, function in our_functions().items()}
