# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame at the playhead, rendered on demand: in image editors and behind the camera; finals take its place."""

import bpy

from ..core.character_key import CharacterKey
from ..core.frame_job import FrameJob, picture_shot
from ..core.happenings import Finished, FramePictured, FrameSaved, Happening, TakenUp
from ..core.png import png_size
from ..core.strips import frame_file
from ..redrawing import redraw
from ..scene import characters, shots, voices
from ..session import hurry, listen, session, unlisten
from ..work.frames import numbers_there, role_of, run_around
from . import pictures
from .sequencer import PICTURES, relative

_lowest: dict[CharacterKey, FrameSaved] = {}
"""Of each render of finals that goes on, the frame with the lowest number."""


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
    made, finals = character.picture_made, character.picture_finals
    return (finals or made) if character.shows_finals else (made or finals)


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
            pictures.play(image, editor.image_user)


def put_behind(scene: bpy.types.Scene) -> None:
    """Show the active character's picture as the background of the scene's camera if the artist wants that."""
    camera, character = scene.camera, characters.active(scene)
    if camera is None or camera.type != "CAMERA" or camera.data.library is not None or character is None:
        return
    backgrounds, image = camera.data.background_images, image_of(character)
    ours = [each for each in backgrounds if pictures.is_ours(each.image)]
    wanted = scene.emogene.look_behind and image is not None
    for each in ours[1 if wanted else 0 :]:
        backgrounds.remove(each)
    if wanted:
        # What the artist set on the one that is there, e.g. its alpha, stays.
        background = ours[0] if ours else backgrounds.new()
        if not ours:
            background.frame_method = "FIT"
            background.alpha = 1.0
        background.image = image
        camera.data.show_background_images = True
        pictures.play(image, background.image_user)


def _take(happening: Happening) -> None:
    if isinstance(happening, FramePictured):
        _show_picture(happening)
    elif isinstance(happening, FrameSaved) and role_of(happening.folder) == PICTURES:
        _lowest[happening.whose] = min(happening, _lowest.get(happening.whose, happening), key=lambda f: f.number)
    elif isinstance(happening, TakenUp) and happening.numbers and role_of(happening.folder) == PICTURES:
        where = (happening.folder, happening.frame_start, happening.form, happening.shot_frames)
        _lowest[happening.whose] = FrameSaved(happening.whose, min(happening.numbers), *where)
    elif isinstance(happening, Finished):
        lowest = _lowest.pop(happening.whose, None)
        if lowest is not None and happening.problem is None and not happening.cancelled:
            _show_finals(lowest)


def _show_picture(made: FramePictured) -> None:
    if (character := characters.found(made.whose)) is not None:
        former = _own(character, "picture_made")
        image = pictures.show_file(former, f"EmoGene frame {character.name}", made.png, *png_size(made.png))
        character.picture_made, character.shows_finals = image, False
        _show_in([editor for editor in pictures.image_editors() if _is_free(editor)], image)
        put_behind(character.id_data)


def _show_finals(lowest: FrameSaved) -> None:
    """Whatever shows a picture of the character shows its final frames from now on."""
    character = characters.found(lowest.whose)
    if character is None or image_of(character) is None:
        return
    numbers = run_around(numbers_there(lowest.folder, lowest.form, lowest.shot_frames), lowest.number)
    if not numbers:
        return
    shown = (character.picture_made, character.picture_finals)
    run = pictures.Run(numbers.start, len(numbers), lowest.frame_start)
    first = relative(lowest.folder / frame_file(run.first, lowest.form))
    former = _own(character, "picture_finals")
    image = pictures.show_sequence(former, f"EmoGene finals {character.name}", first, run)
    character.picture_finals, character.shows_finals = image, True
    _show_in([editor for editor in pictures.image_editors() if editor.image and editor.image in shown], image)
    put_behind(character.id_data)


def _own(character, which: str) -> bpy.types.Image | None:
    """The character's image; None where it has none that may be written: a copied scene still shows the original's."""
    image = getattr(character, which)
    if image is None or image.library is not None:
        return None
    shared = sum(1 for each in characters.everyone() if getattr(each, which) == image) > 1
    return None if shared else image


def _is_free(editor: bpy.types.SpaceImageEditor) -> bool:
    """Whether an image editor shows nothing of the artist's own."""
    return editor.image is None or pictures.is_ours(editor.image)


def _show_in(editors: list[bpy.types.SpaceImageEditor], image: bpy.types.Image) -> None:
    for editor in editors:
        editor.image = image
        pictures.play(image, editor.image_user)
    redraw("IMAGE_EDITOR", "VIEW_3D", "SEQUENCE_EDITOR")


def register() -> None:
    listen(_take)


def unregister() -> None:
    unlisten(_take)
    _lowest.clear()
