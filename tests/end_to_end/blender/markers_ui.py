"""Emotion markers by buttons, keys and list; all that they put into Blender goes with the extension."""

import artist
import bpy

PIE = "EMOGENE_MT_emotions_pie"
EDITORS = {"VIEW_3D", "DOPESHEET_EDITOR", "SEQUENCE_EDITOR"}


def keys(of: bpy.types.KeyConfig) -> list[tuple[bpy.types.KeyMap, bpy.types.KeyMapItem]]:
    """Those that open the pie menu."""
    items = [(keymap, item) for keymap in of.keymaps for item in keymap.keymap_items]
    return [
        (keymap, item) for keymap, item in items if item.idname == "wm.call_menu_pie" and item.properties.name == PIE
    ]


def combination(item: bpy.types.KeyMapItem) -> tuple:
    return item.type, item.ctrl, item.alt, item.shift, item.oskey


def frames() -> list[int]:
    return sorted(marker.frame for marker in scene.timeline_markers)


configs = bpy.context.window_manager.keyconfigs
assert not keys(configs.addon)
artist.install()

# One key in each editor that has a playhead, and nothing of Blender's own has it in any mode of these.
ours = keys(configs.addon)
assert {keymap.space_type for keymap, _ in ours} == EDITORS and len(ours) == len(EDITORS)
(wanted,) = {combination(item) for _, item in ours}
assert len(configs.default.keymaps) > 50
taken = [
    (keymap.name, item.idname)
    for keymap in configs.default.keymaps
    for item in keymap.keymap_items
    if combination(item) == wanted and item.value != "NOTHING"
]
assert not taken, taken
assert hasattr(bpy.types, PIE)

# Enabled and disabled again and again there is never a second key, and none is left.
for _ in range(3):
    bpy.ops.preferences.addon_disable(module=artist.EXTENSION)
    assert not keys(configs.addon) and not hasattr(bpy.types, PIE)
    bpy.ops.preferences.addon_enable(module=artist.EXTENSION)
    assert len(keys(configs.addon)) == len(EDITORS)

# Without a window nothing is loaded and drawn, and nothing fails for want of it.
icons, graph = artist.module("views.icons"), artist.module("views.emotion_graph")
assert bpy.app.background and icons.emotion_icon("happy") == 0
assert not graph._handlers
graph.redraw()
preferences = bpy.context.preferences.addons[artist.EXTENSION].preferences
preferences.show_emotion_graph = False
preferences.show_emotion_graph = True

# With the pictures loaded each emotion has its own.
icons.load_faces()
faces = {tuple(icons.face_pixels(emotion)[1]) for emotion in artist.module("core.palette").PALETTE}
assert len(faces) == 8 and all(max(face) > 0.5 for face in faces)
icons.unregister()
assert icons.emotion_icon("happy") == 0

# From one marker to the next, whatever their order in the file; ordinary markers are passed by.
scene = bpy.context.scene
assert not bpy.ops.emogene.jump_marker.poll(), "there is none"
for frame, emotion in ((60, "sad"), (20, "happy"), (90, "fear")):
    artist.mark(scene, frame, emotion)
scene.timeline_markers.new("cut 2", frame=40)
scene.frame_set(1)
visited = []
while bpy.ops.emogene.jump_marker(direction="NEXT") == {"FINISHED"}:
    chosen = scene.timeline_markers[scene.emogene.marker_index]
    visited.append((scene.frame_current, chosen.name))
assert visited == [(20, "happy 0.8"), (60, "sad 0.8"), (90, "fear 0.8")]
scene.frame_set(75)
assert bpy.ops.emogene.jump_marker(direction="PREVIOUS") == {"FINISHED"} and scene.frame_current == 60
scene.frame_set(20)
assert bpy.ops.emogene.jump_marker(direction="PREVIOUS") == {"CANCELLED"} and scene.frame_current == 20

# A row's button removes its own marker.
index = next(index for index, marker in enumerate(scene.timeline_markers) if marker.frame == 60)
assert bpy.ops.emogene.remove_marker(index=index) == {"FINISHED"}
assert frames() == [20, 40, 90]

# The band shows what markers and curves say, and leaves out what only a plan can tell.
told = graph._feelings(bpy.context, artist.character(scene))
assert [(mark.frame, mark.emotion) for mark in told.marks()] == [(20, "happy"), (90, "fear")]
assert graph._feelings(bpy.context, artist.character(scene)) is told, "nothing changed"
happy, fear, sad = 5, 4, 6
weights_at, _ = graph._weights(told, None, 1.0)
assert (weights_at(19)[happy], round(weights_at(80)[happy], 6)) == (0.0, 0.8)
assert round(weights_at(200)[fear], 6) == 0.8 and weights_at(200)[happy] == 0.0
next(m for m in scene.timeline_markers if m.frame == 90).emogene.easing = "hold"
changed = graph._feelings(bpy.context, artist.character(scene))
assert changed.serial != told.serial
artist.character(scene).sad = 0.3
artist.character(scene).keyframe_insert("sad", frame=1)
weights_at, jumps = graph._weights(graph._feelings(bpy.context, artist.character(scene)), None, 1.0)
assert (round(weights_at(10)[sad], 4), jumps) == (0.3, [90.0])
artist.end()
