# SPDX-License-Identifier: GPL-3.0-or-later
"""Live: the picture at the playhead while the timeline plays or is scrubbed.

It follows the session's pump, tells the backend where the playhead is, and shows the newest picture that fits.
"""

import time
from dataclasses import dataclass

import bpy
from bpy.app.handlers import persistent

from ..core.character_key import CharacterKey
from ..core.live import Live, LivePicture, live_size
from ..emogene_proto.errors import EmoGeneError
from ..emogene_proto.shot import Shot
from ..scene import characters, edits, shots, voices
from ..session import follow, hurry, session, unfollow
from . import live_view

_LOOK_SECONDS = 0.5
"""How often a playhead that stands is taken as a chance to look for changes of the shot."""


@dataclass
class _Shown:
    """What is shown, and of what it was made."""

    whose: CharacterKey
    sketch: object
    """What could be told of the character's shot at once, to notice that it changed."""
    picture: LivePicture | None = None
    looked: float = 0.0


_shown: _Shown | None = None


def running() -> bool:
    return _shown is not None


def start(character) -> None:
    """Show this character's shot live.

    Raises:
        EmoGeneError: it cannot be rendered as it is, or there is no connection.
    """
    global _shown
    shot = shots.shot_of(character)
    size = live_size(shot.frame_size, character.id_data.emogene.live_size)
    key = characters.key_of(character)
    session().show(Live(key, shot, size, session().files))
    _shown = _Shown(key, _sketch(character), looked=time.monotonic())
    _follow_once()
    hurry()


def stop() -> None:
    """Show nothing any more."""
    global _shown
    _shown = None
    unfollow(_follow)
    session().hide()
    live_view.set_overlay(False)
    live_view.forget()


def _follow_once() -> None:
    unfollow(_follow)
    follow(_follow)


def _follow() -> bool:
    """Called after each pump: tell, show, and look for changes."""
    shown, current = _shown, session()
    if shown is None:
        return False
    character = characters.found(shown.whose)
    if current.live is None or character is None:
        stop()
        return False
    scene = character.id_data
    live_view.set_overlay(scene.emogene.live_overlay)
    playing = _playing(scene)
    frame = scene.frame_current + scene.frame_subframe
    current.tell_playhead(frame, playing)
    if current.live is None:
        return True  # the connection has just broken; the next call stops
    picture = current.live.shown(frame, playing)
    if picture is not None and (picture is not shown.picture or not live_view.is_there()):
        shown.picture = picture
        live_view.show(picture)
    if not playing and time.monotonic() - shown.looked >= _LOOK_SECONDS:
        _look_for_changes(character, shown, current.live.shot)
    return True


def _look_for_changes(character, shown: _Shown, streamed: Shot) -> None:
    shown.looked = time.monotonic()
    sketch = _sketch(character)
    if sketch == shown.sketch or streamed.audio.sha256 == "":
        return
    try:
        start(character)
    except EmoGeneError as error:
        session().problem = error
        shown.sketch = sketch  # told once; the former shot goes on


def _sketch(character) -> object:
    """All that can be read without evaluating frames, and that changes what is seen."""
    scene = character.id_data
    settings, render = scene.emogene, scene.render
    shot, _ = shots.sketch_of(character)
    seen_by = [thing and thing.name for thing in (settings.camera_object, character.camera_root, scene.camera)]
    sizes = (settings.picture_size, settings.width, settings.height, render.resolution_x, render.resolution_y)
    looks = (settings.live_size, settings.camera_choice, character.background(), edits.token(character))
    return shot, voices.sketch(character), looks, seen_by, sizes


def _playing(scene: bpy.types.Scene) -> bool:
    """Whether some window plays this scene."""
    windows = bpy.context.window_manager.windows
    return any(window.scene == scene and window.screen.is_animation_playing for window in windows)


@persistent
def _before_load(*_) -> None:
    if running():
        stop()


def register() -> None:
    bpy.app.handlers.load_pre.append(_before_load)


def unregister() -> None:
    if running():
        stop()
    if _before_load in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_before_load)
