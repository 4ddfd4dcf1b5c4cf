# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame at the playhead, rendered on demand: in image editors and behind the camera; finals take its place."""

import bpy

from . import characters, pictures, shots, voices
from .core.character_key import CharacterKey
from .core.frame_job import FrameJob, picture_shot
from .core.happenings import Finished, FramePictured, FrameSaved, Happening
from .core.png import png_size
from .core.strips import frame_file
from .frames import role_of
from .sequencer import PICTURES
from .session import hurry, listen, session, unlisten

_FRAME, _FINALS = "EmoGene frame {}", "EmoGene finals {}"
_newest: dict[CharacterKey, FrameSaved] = {}
"""The last final frame of each render that goes on."""
_finals: dict[CharacterKey, FrameSaved] = {}
"""A frame of each whole final render of this session: where its files lie."""


def picture(character) -> None:
    """Ask for the picture at the playhead; it is shown when it comes.

    Raises:
        EmoGeneError: it cannot be rendered as it is, or there is no connection.
    """
    scene, current = character.id_data, session()
    shot = picture_shot(shots.shot_of(character), scene.emogene.look_size)
    # Beside the voice the face is that of the nearest frame.
    first, end = voices.span(character) or (shot.frame_start, shot.frame_start + 1)
    frame = min(max(scene.frame_current, first), end - 1)
    key = characters.key_of(character)
    current.problem = None
    current.run_aside("picture", FrameJob(key, shot, frame, current.files))
    hurry()


def is_coming() -> bool:
    """Whether a picture was asked for and is not here yet."""
    return "picture" in session().asides


def image_of(character) -> bpy.types.Image | None:
    """The newest picture that there is of the character: one made on demand, or the finals since."""
    names = (_FINALS, _FRAME) if characters.key_of(character) in _finals else (_FRAME, _FINALS)
    images = (bpy.data.images.get(name.format(character.name)) for name in names)
    return next((image for image in images if image is not None), None)


def open_editor(character) -> None:
    """Show the character's picture in an image editor: an open one, else in a window of its own."""
    editors = pictures.image_editors()
    if not editors and not bpy.app.background:
        bpy.ops.wm.window_new()
        area = bpy.context.window_manager.windows[-1].screen.areas[0]
        area.type = "IMAGE_EDITOR"
        editors = [area.spaces.active]
    image = image_of(character)
    for editor in editors[:1]:
        editor.image = image
        if image is not None:
            _play(image, editor.image_user, character)


def put_behind(scene: bpy.types.Scene) -> None:
    """Show the active character's picture as the background of the scene's camera if the artist wants that."""
    camera, character = scene.camera, characters.active(scene)
    if camera is None or camera.type != "CAMERA" or camera.data.library is not None or character is None:
        return
    backgrounds, image = camera.data.background_images, image_of(character)
    for each in [each for each in backgrounds if _is_ours(each.image)]:
        backgrounds.remove(each)
    if scene.emogene.look_behind and image is not None:
        background = backgrounds.new()
        background.image = image
        background.frame_method = "FIT"
        background.alpha = 1.0
        camera.data.show_background_images = True
        _play(image, background.image_user, character)


def _take(happening: Happening) -> None:
    if isinstance(happening, FramePictured):
        _show_picture(happening)
    elif isinstance(happening, FrameSaved) and role_of(happening.folder) == PICTURES:
        _newest[happening.whose] = happening
    elif isinstance(happening, Finished):
        newest = _newest.pop(happening.whose, None)
        if newest is not None and happening.problem is None and not happening.cancelled:
            _show_finals(newest)


def _show_picture(made: FramePictured) -> None:
    if (character := characters.found(made.whose)) is not None:
        image = pictures.show_file(_FRAME.format(character.name), made.png, *png_size(made.png))
        _finals.pop(made.whose, None)
        _show_everywhere(character, image)


def _show_finals(newest: FrameSaved) -> None:
    """Whatever shows a picture of the character shows its final frames from now on."""
    character = characters.found(newest.whose)
    if character is None or image_of(character) is None:
        return
    first = newest.folder / frame_file(1, newest.form)
    if first.is_file():
        _finals[newest.whose] = newest
        _show_everywhere(character, pictures.show_sequence(_FINALS.format(character.name), first))


def _show_everywhere(character, image: bpy.types.Image) -> None:
    for editor in pictures.image_editors():
        if editor.image is None or _is_ours(editor.image):
            editor.image = image
            _play(image, editor.image_user, character)
    put_behind(character.id_data)
    pictures.redraw()


def _play(image: bpy.types.Image, user: bpy.types.ImageUser, character) -> None:
    newest = _finals.get(characters.key_of(character))
    if image.source == "SEQUENCE" and newest is not None:
        pictures.play(user, newest.frame_start, newest.shot_frames)


def _is_ours(image: bpy.types.Image | None) -> bool:
    return image is not None and image.name.startswith((_FRAME.format(""), _FINALS.format("")))


def register() -> None:
    listen(_take)


def unregister() -> None:
    unlisten(_take)
    _newest.clear()
    _finals.clear()
