"""What an artist sets is in the .blend: saved, opened again, and still there; also over undo and a copied scene."""

import artist
import bpy
import prepared


def change(group) -> int:
    """Give every setting of a property group of ours another value; returns how many there are."""
    changed = 0
    for prop in group.bl_rna.properties:
        name = prop.identifier
        if name in ("rna_type", "name") or prop.is_readonly and prop.type not in ("POINTER", "COLLECTION"):
            continue
        value = getattr(group, name)
        if prop.type == "COLLECTION":
            for _ in range(2):
                changed += change(value.add())
        elif prop.type == "POINTER":
            if isinstance(prop.fixed_type, bpy.types.PropertyGroup):
                changed += change(value)
        elif (new := another(prop, value)) is not None:
            setattr(group, name, new)
            changed += 1
    return changed


def another(prop, value):
    """A value that this property can have and has not; None where it has no other."""
    if getattr(prop, "is_array", False):
        return tuple(another_number(prop, each) for each in value) if prop.type in ("INT", "FLOAT") else None
    if prop.type == "BOOLEAN":
        return not value
    if prop.type in ("INT", "FLOAT"):
        return another_number(prop, value)
    if prop.type == "STRING":
        return "//Größe 1" if not value else None  # names of strips and actors stand for something
    if prop.type == "ENUM" and not prop.is_enum_flag:
        return next((item.identifier for item in prop.enum_items if item.identifier != value), None)
    return None


def another_number(prop, value):
    low, high = max(prop.hard_min, -100), min(prop.hard_max, 100)
    half = (low + high) // 2 if prop.type == "INT" else (low + high) / 2
    return half if half != value else high


artist.install()
scene = prepared.voice_scene()
artist.character(scene).seed = 3
artist.mark(scene, 20, "angry", 0.6)
artist.character(scene).keyframe_insert("fear", frame=3)
count = change(scene.emogene) + change(scene.timeline_markers[0].emogene)
assert count > 30, count
kept = prepared.content(scene)
copied = bpy.context.scene.copy()
assert prepared.values(copied.emogene) == prepared.values(scene.emogene)
bpy.data.scenes.remove(copied)

path = prepared.saved("Ä Tag")
bpy.ops.wm.read_homefile(use_empty=True, app_template="")
assert prepared.content(bpy.context.scene) != kept
bpy.ops.wm.open_mainfile(filepath=str(path))
assert prepared.content(bpy.context.scene) == kept

# Saved without the extension nothing of it is lost.
bpy.ops.preferences.addon_disable(module=artist.EXTENSION)
bpy.ops.wm.open_mainfile(filepath=str(path))
bpy.ops.wm.save_mainfile()
bpy.ops.preferences.addon_enable(module=artist.EXTENSION)
bpy.ops.wm.open_mainfile(filepath=str(path))
assert prepared.content(bpy.context.scene) == kept
artist.end()
