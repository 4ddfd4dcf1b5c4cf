"""Nobody moved anything: whatever else is done to a scene with landmarks makes no edit, and loses none."""

import artist
import bpy

artist.install()
scene = artist.a_scene_with_voice()
edits, faces, empties = (artist.module(name) for name in ("scene.edits", "views.faces", "views.empties"))
slices = artist.module("slices")
artist.start_backend()
assert bpy.ops.emogene.key_empties() == {"FINISHED"}
artist.wait(lambda: artist.planned() is not None and faces.is_current(artist.character()))


def pass_time(ticks: int = 30) -> None:
    for _ in range(ticks):
        artist.tick()


def scrub() -> None:
    for frame in (20, 47):
        scene.frame_set(frame)
        pass_time(22)


def landmarks() -> list[bpy.types.Object]:
    return [empty for _, empty in sorted(empties.landmarks_of(artist.character(scene).head).items())]


def fcurves() -> list[bpy.types.FCurve]:
    compat = artist.module("compat")
    return [curve for each in landmarks() for curve in compat.fcurves(each.animation_data.action, each.animation_data)]


def of_all(items, name: str, value) -> None:
    for item in items:
        setattr(item, name, value)


def hidden(on: bool) -> None:
    empties.home_of(artist.character(scene).head).hide_viewport = on


def excluded(on: bool) -> None:
    layer = bpy.context.view_layer.layer_collection.children[empties.home_of(artist.character(scene).head).name]
    layer.exclude = on


def muted(on: bool) -> None:
    of_all(fcurves(), "mute", on)


def stretched(on: bool) -> None:
    scene.render.frame_map_new = 200 if on else 100


def modified(on: bool) -> None:
    for curve in fcurves()[::9]:
        if on:
            curve.modifiers.new("NOISE")
        else:
            curve.modifiers.remove(curve.modifiers[0])


def in_nla(on: bool) -> None:
    for each in landmarks()[:4]:
        data = each.animation_data
        if on:
            action = bpy.data.actions.new("lift")
            track = data.nla_tracks.new()
            track.strips.new("lift", 1, action)
        else:
            data.nla_tracks.remove(data.nla_tracks[0])


def not_evaluated(on: bool) -> None:
    scene.frame_current = 30 if on else 1


for what in (hidden, excluded, muted, stretched, modified, in_nla, not_evaluated):
    for sliced in (False, True):
        slices.at_once = not sliced
        what(True)
        pass_time(22)
        scrub()
        what(False)
        bpy.context.view_layer.update()
        pass_time(40)
        scrub()
        assert artist.character(scene).edits == "", (what.__name__, sliced)

# A linked copy of the scene makes no face of the first one's, and takes none away.
copy = scene.copy()
head = artist.character(scene).head
assert empties.head_of(artist.character(scene)) == head and empties.head_of(copy.emogene.characters[0]) is None
keyed = []
original = empties.key
empties.key = lambda *given: keyed.append(given) or original(*given)
came = artist.module("core.happenings").Planned(
    artist.module("scene.characters").key_of(copy.emogene.characters[0]), artist.shot_of(scene), artist.planned().plan
)
for take in (artist.module("work.plans")._take, faces._take):
    take(came)
pass_time(100)
assert keyed == []
empties.key = original
faces.hide(copy.emogene.characters[0])
assert len(landmarks()) == 68
bpy.data.scenes.remove(copy)

# Moved while new keys are on their way: nothing of the artist's is lost.
slices.at_once = False
artist.mark(scene, 1, "angry", 1.0)
scene.frame_set(20)
before = artist.planned().plan
artist.wait(lambda: artist.planned().plan is not before)
assert slices.is_at(("face", artist.module("scene.characters").key_of(artist.character(scene))))
moved = landmarks()[60]
moved.location.x += 0.004
artist.wait(lambda: artist.character(scene).edits != "" and faces.is_current(artist.character(scene)))
(edit,) = edits.layer_of(artist.character(scene)).keys
assert (edit.point, edit.frame) == (60, 20) and abs(edit.offset[0] - 0.004) < 1e-5
artist.end()
