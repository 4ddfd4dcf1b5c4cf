"""Installed by Blender's own installer it is enabled, breaks no rule of extensions, and brings its own libraries."""

import os
import sys

import addon_utils
import artist
import bpy

artist.install()
wanted = artist.settings["blender"]
assert bpy.app.version_string.split()[0] == wanted, f"tried in {bpy.app.version_string}, not in {wanted}"
assert addon_utils.check(artist.EXTENSION) == (True, True)
assert addon_utils._extensions_warnings_get() == {}
for name in ("zmq", "msgspec"):
    place = sys.modules[name].__file__
    assert "extensions" in place, f"{name} is not the extension's own: {place}"

repositories = bpy.context.preferences.extensions.repos
number = next(index for index, each in enumerate(repositories) if each.module == "user_default")
bpy.ops.extensions.package_uninstall(repo_index=number, pkg_id="emogene")
assert artist.EXTENSION not in bpy.context.preferences.addons
assert not hasattr(bpy.types.Scene, "emogene")
sys.stdout.flush()
os._exit(0)
