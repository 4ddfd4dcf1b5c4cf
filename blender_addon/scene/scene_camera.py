# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's camera on each frame, and the picture that it shows, for the Shot document."""

import bpy
from bpy.app.translations import pgettext_n

from ..core import cameras
from ..core.cameras import Picture, Root, SeenCamera
from ..core.emotion_curves import ShotSpan
from ..emogene_proto.errors import ShotError
from ..emogene_proto.shot import CameraKey, Crop
from ..views import empties
from ..wording import worded
from . import sampling
from .dependencies import asks_a_scene, simulated, sources_of


def picture_of(scene: bpy.types.Scene) -> Picture:
    """Size, pixels and crop of the pictures: the scene's render settings where the artist chose so.

    Raises:
        ShotError: the scene's render region is empty.
    """
    settings, render = scene.emogene, scene.render
    if settings.picture_size == "OWN":
        return Picture(settings.width, settings.height)
    width, height = (side * render.resolution_percentage // 100 for side in (render.resolution_x, render.resolution_y))
    crop: Crop | None = None
    if render.use_border and render.use_crop_to_border:
        crop = cameras.border_crop(
            width, height, render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y
        )
    return Picture(width, height, render.pixel_aspect_x, render.pixel_aspect_y, crop)


def size_text(scene: bpy.types.Scene) -> str:
    """The size of the frames, for people."""
    try:
        picture = picture_of(scene)
    except ShotError as error:
        return error.message
    crop = picture.crop if scene.emogene.camera_choice == "SCENE" else None
    if crop is None:
        return f"{picture.width} x {picture.height}"
    return worded("{width} x {height}, cropped", width=crop.width, height=crop.height)


def ignored_note(scene: bpy.types.Scene) -> str:
    """What of the scene's render settings the chosen camera does not take, in a sentence; else empty."""
    render = scene.render
    crops = render.use_border and render.use_crop_to_border
    if scene.emogene.camera_choice == "SCENE" or not (crops or render.pixel_aspect_x != render.pixel_aspect_y):
        return ""
    return pgettext_n("The actor's own camera has square pixels and no crop; only the resolution is taken.")


def cameras_of(character, span: ShotSpan, picture: Picture) -> tuple[CameraKey | None, tuple[CameraKey, ...]]:
    """`camera` and `camera_track` of the character's shot; neither where the actor's own camera is chosen.

    Raises:
        ShotError: there is no camera, or it is none that can be rendered with.
    """
    scene = character.id_data
    if scene.emogene.camera_choice == "ACTOR":
        return None, ()
    names = [_camera_on(scene, frame) for frame in span.frames]
    things = {name: bpy.data.objects[name] for name in names}
    root = character.camera_root
    if root is not None and not root.users_scene:
        raise ShotError(f"'{root.name}', where the character stands, was deleted.", "Choose another object, or none.")
    followed = [*things.values()] if root is None else [*things.values(), root]
    units = scene.unit_settings
    metres = 1.0 if units.system == "NONE" else units.scale_length

    def read(followers: list[bpy.types.Object]) -> tuple[dict[str, SeenCamera], Root | None]:
        seen = {name: _seen(name, follower) for name, follower in zip(things, followers, strict=False)}
        return seen, None if root is None else Root(root.name, _rows(followers[-1]))

    rows = sampling.watched(followed, _home(scene, followed), span.frames, _asks_scene(followed, root), read)
    return cameras.as_camera_or_track(
        [
            cameras.camera_key(seen[name], stands, metres, picture)
            for name, (seen, stands) in zip(names, rows, strict=True)
        ]
    )


def _camera_on(scene: bpy.types.Scene, frame: int) -> str:
    """Name of the camera that the artist chose, or that the scene renders this frame with."""
    chosen = scene.emogene.camera_object
    if chosen is None:
        switches = [
            (marker.frame, marker.camera.name)
            for marker in scene.timeline_markers
            if marker.camera is not None and not marker.camera.hide_render
        ]
        name = cameras.camera_on(frame, switches, scene.camera.name if scene.camera is not None else "")
        chosen = bpy.data.objects.get(name)
    if chosen is None or chosen.type != "CAMERA" or not chosen.users_scene:
        raise ShotError(
            "There is no camera to render with.", "Add one to the scene, choose one, or take the actor's own."
        )
    return chosen.name


def _asks_scene(things: list[bpy.types.Object], root: bpy.types.Object | None) -> bool:
    asks = False
    for thing in things:
        sources = sources_of(thing)
        if (moved := simulated(sources)) is not None:
            raise ShotError(
                f"The movement of '{moved.name}', which moves '{thing.name}', is simulated.",
                "Bake it to keyframes: Object > Rigid Body > Bake to Keyframes.",
            )
        if thing == root and any(map(empties.is_ours, sources)):
            raise ShotError(
                f"'{thing.name}', where the character stands, is moved by the plan itself.", "Choose another object."
            )
        asks = asks or any(map(asks_a_scene, sources))
    return asks


def _home(scene: bpy.types.Scene, things: list[bpy.types.Object]) -> bpy.types.Scene:
    """The scene that the objects live in: this one, or where the sequencer has a scene of its own, another."""
    return scene if all(scene in thing.users_scene for thing in things) else things[0].users_scene[0]


def _seen(name: str, follower: bpy.types.Object) -> SeenCamera:
    lens = follower.data
    return SeenCamera(
        name=name,
        kind=lens.type,
        matrix_world=_rows(follower),
        lens=lens.lens,
        sensor_width=lens.sensor_width,
        sensor_height=lens.sensor_height,
        sensor_fit=lens.sensor_fit,
        shift_x=lens.shift_x,
        shift_y=lens.shift_y,
    )


def _rows(thing: bpy.types.Object) -> cameras.Rows:
    return tuple(tuple(row) for row in thing.matrix_world)
