"""Animated intensities become curves of the shot; writes them with Blender's own values, for the backend to compare."""

import json
from collections.abc import Callable

import artist
import bpy

START, END = 7, 300

artist.install()
scene = artist.a_scene_with_voice()
shots, compat, protocol = (
    artist.module("scene.shots"),
    artist.module("compat"),
    artist.module("emogene_proto.shot_document"),
)
intensities, curves = artist.module("scene.intensities"), artist.module("core.emotion_curves")
voice = artist.voice(scene)
voice.frame_start = START
voice.frame_final_duration = END - START
compared = []


def fcurve(name: str = "happy"):
    animation = scene.animation_data
    return next(
        c for c in compat.fcurves(animation.action, animation) if c.data_path == f"emogene.characters[0].{name}"
    )


def keyed(*keys: tuple[float, float], name: str = "happy"):
    """Keyframes as the I key sets them."""
    for frame, value in keys:
        setattr(artist.character(scene), name, value)
        artist.character(scene).keyframe_insert(name, frame=frame)
    return fcurve(name)


def in_blender(name: str = "happy") -> list[float]:
    """The value that Blender shows on each frame of the shot."""
    values = []
    for frame in range(START, END):
        scene.frame_set(frame)
        values.append(getattr(scene.evaluated_get(bpy.context.evaluated_depsgraph_get()).emogene.characters[0], name))
    return values


def compare(case: str, prepare: Callable[[], None], points: int | None = None) -> None:
    """Write the curve of a freshly animated scene and what Blender makes of it."""
    prepare()
    scene.frame_set(11)
    shot = artist.shot_of(scene)
    assert scene.frame_current == 11, "the playhead stays"
    assert [curve.emotion for curve in shot.emotion_curves] == ["happy"], case
    assert points is None or len(shot.emotion_curves[0].points) == points, (case, shot.emotion_curves)
    told, untold = intensities.told_curves(artist.character(scene), curves.ShotSpan(shot.fps, START, END))
    assert untold == (frozenset() if points else {"happy"}), case
    assert not points or told == shot.emotion_curves, "what the panel goes by is what is rendered"
    text = protocol.to_json(shot).decode()
    compared.append({"case": case, "shot": text, "values": in_blender()})
    assert artist.shot_of(scene) == shot, "nothing changed, nothing is planned again"
    scene.animation_data_clear()
    artist.character(scene).happy = 0.0


KEYS = ((1, 0.2), (40, 0.9), (90.4, 0.1), (150, 0.1), (151, 1.0), (400, 0.3))


def every_interpolation() -> None:
    points = keyed(*KEYS).keyframe_points
    for point, way in zip(points, ("LINEAR", "CONSTANT", "BEZIER", "CONSTANT", "BEZIER", "LINEAR"), strict=True):
        point.interpolation = way


def long_handles() -> None:
    curve = keyed(*KEYS)
    for point, reach in zip(curve.keyframe_points, (200, 60, 5, 300, 0.01, 100), strict=True):
        point.handle_left_type = point.handle_right_type = "FREE"
        point.handle_left = (point.co.x - reach, point.co.y + 0.4)
        point.handle_right = (point.co.x + 2 * reach, point.co.y - 0.7)
    curve.update()


def bouncing() -> None:
    points = keyed(*KEYS).keyframe_points
    for point, way in zip(points, ("BOUNCE", "SINE", "ELASTIC", "BACK", "EXPO", "QUAD"), strict=True):
        point.interpolation = way


def extrapolated() -> None:
    keyed((100, 0.3), (150, 0.6)).extrapolation = "LINEAR"


def cycling() -> None:
    keyed((1, 0.0), (10, 1.0), (25, 0.0)).modifiers.new("CYCLES")


def noisy() -> None:
    modifier = keyed(*KEYS).modifiers.new("NOISE")
    modifier.scale, modifier.strength = 5.0, 0.4


def a_muted_modifier() -> None:
    keyed(*KEYS).modifiers.new("NOISE").mute = True


def beside_the_shot() -> None:
    keyed((-50, 0.1), (-20, 0.7))


def film_rate() -> None:
    scene.render.fps, scene.render.fps_base = 24, 1.001
    keyed(*KEYS)


def driven() -> None:
    artist.character(scene).driver_add("happy").driver.expression = "0.5 + 0.4 * sin(frame / 9)"


def pushed_down() -> bpy.types.NlaStrip:
    """The keys as an NLA strip, as artists push and stash actions."""
    keyed(*KEYS)
    animation = scene.animation_data
    strip = animation.nla_tracks.new().strips.new("happy", 20, animation.action)
    if hasattr(strip, "action_slot"):
        strip.action_slot = animation.action_slot
    animation.action = None
    artist.character(scene).happy = 0.0
    return strip


def nla() -> None:
    pushed_down().influence = 0.5


def nla_meta() -> None:
    pushed_down().select = True
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "NLA_EDITOR"
    with bpy.context.temp_override(window=window, area=area, region=area.regions[-1]):
        assert bpy.ops.nla.meta_add() == {"FINISHED"}
    assert [strip.type for strip in scene.animation_data.nla_tracks[0].strips] == ["META"]


def a_solo_track() -> None:
    pushed_down()
    keyed((1, 1.0), name="happy")
    scene.animation_data.nla_tracks[0].is_solo = True


def beside_a_stashed_action() -> None:
    pushed_down()
    scene.animation_data.nla_tracks[0].mute = True
    keyed(*KEYS)


def time_remapped() -> None:
    scene.render.frame_map_old, scene.render.frame_map_new = 100, 250
    keyed(*KEYS)


def simply_set() -> None:
    artist.character(scene).happy = 0.35


compare("as keyed", lambda: keyed(*KEYS), points=6)
compare("every interpolation", every_interpolation, points=6)
compare("long handles", long_handles, points=6)
compare("bounce, sine, elastic, back, expo", bouncing)
compare("extrapolated", extrapolated)
compare("cycles", cycling)
compare("noise", noisy)
compare("a muted modifier", a_muted_modifier, points=6)
compare("beside the shot", beside_the_shot, points=1)
compare("23.976 frames a second", film_rate, points=6)
scene.render.fps, scene.render.fps_base = 24, 1.0
compare("driven", driven)
compare("an NLA strip", nla)
compare("an NLA meta strip", nla_meta)
compare("a solo NLA track", a_solo_track)
compare("beside a stashed action", beside_a_stashed_action, points=6)
compare("time remapped", time_remapped)
scene.render.frame_map_old = scene.render.frame_map_new = 100
compare("set, not animated", simply_set, points=1)

# Markers say the rest; muted curves, tracks and strips say nothing.
assert artist.shot_of(scene).emotion_curves == ()
strip = pushed_down()
for muted in (strip, scene.animation_data.nla_tracks[0]):
    assert [curve.emotion for curve in artist.shot_of(scene).emotion_curves] == ["happy"]
    muted.mute, artist.character(scene).happy = True, 0.0
    assert artist.shot_of(scene).emotion_curves == (), muted
    muted.mute = False
scene.animation_data_clear()
artist.character(scene).happy = 0.0
keyed(*KEYS).mute = True
artist.character(scene).happy = 0.0
assert artist.shot_of(scene).emotion_curves == ()
fcurve().mute = False
keyed((1, 0.0), (50, 0.5), name="angry")
assert [curve.emotion for curve in artist.shot_of(scene).emotion_curves] == ["angry", "happy"]

# What is one number for a whole shot cannot be animated by mistake.
animatable = {name for name, prop in artist.character(scene).bl_rna.properties.items() if prop.is_animatable}
assert set(artist.module("scene.intensities").INTENSITIES) <= animatable
assert not animatable & {"overall_strength", "mouth_strength", "blink", "breath", "head_object_weight", "amplitude"}

# A moved keyframe is another shot, one that no frame feels is not.
before = artist.shot_of(scene)
fcurve().keyframe_points[1].co.y = 0.8
assert artist.shot_of(scene) != before
keyed((900, 0.4))
before = artist.shot_of(scene)
keyed((1500, 0.9))
assert artist.shot_of(scene) == before

# Kept with the file.
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "curves.blend"))
bpy.ops.wm.open_mainfile(filepath=str(artist.FOLDER / "curves.blend"))
scene = bpy.data.scenes["Scene"]
assert artist.shot_of(scene) == before

(artist.FOLDER / "curves.json").write_text(json.dumps(compared))
artist.end()
