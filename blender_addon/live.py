# SPDX-License-Identifier: GPL-3.0-or-later
"""Live: the picture at the playhead while the timeline plays or is scrubbed.

It follows the session's pump, tells the backend where the playhead is, and shows the newest picture that fits.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import bpy
from bpy.app.handlers import persistent

from . import live_view, shots
from .core.live import Live, LivePicture, live_size
from .emogene_proto.errors import EmoGeneError
from .emogene_proto.shot import Shot
from .session import follow, hurry, session, unfollow

_LOOK_SECONDS = 0.5
"""How often a playhead that stands is taken as a chance to look for changes of the shot."""


@dataclass
class _Shown:
    """What is shown, and of what it was made."""

    scene: int
    sketch: object
    """What could be told of the scene's shot at once, to notice that it changed."""
    voice: tuple[str, int, int]
    """The voice's file, when the stream began."""
    audio_sha256: str = ""
    picture: LivePicture | None = None
    looked: float = 0.0


_shown: _Shown | None = None


def running() -> bool:
    return _shown is not None


def start(scene: bpy.types.Scene) -> None:
    """Show this scene's shot live.

    Raises:
        EmoGeneError: it cannot be rendered as it is, or there is no connection.
    """
    global _shown
    before = _shown
    shot = shots.shot_of(scene)
    voice = _file(Path(shot.audio.path))
    known = before.audio_sha256 if before is not None and before.voice == voice else ""
    size = live_size(shot.frame_size, scene.emogene.live_size)
    session().show(Live(scene.session_uid, shot, size, known))
    _shown = _Shown(scene.session_uid, _sketch(scene), voice, known, looked=time.monotonic())
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
    scene = next((scene for scene in bpy.data.scenes if scene.session_uid == shown.scene), None)
    if current.live is None or scene is None:
        stop()
        return False
    live_view.set_overlay(scene.emogene.live_overlay)
    playing = _playing(scene)
    frame = scene.frame_current + scene.frame_subframe
    current.tell_playhead(frame, playing)
    if current.live is None:
        return True  # the connection has just broken; the next call stops
    shown.audio_sha256 = current.live.audio_sha256
    picture = current.live.shown(frame, playing)
    if picture is not None and (picture is not shown.picture or not live_view.is_there()):
        shown.picture = picture
        live_view.show(picture)
    if not playing and time.monotonic() - shown.looked >= _LOOK_SECONDS:
        _look_for_changes(scene, shown, current.live.shot)
    return True


def _look_for_changes(scene: bpy.types.Scene, shown: _Shown, streamed: Shot) -> None:
    shown.looked = time.monotonic()
    if _sketch(scene) == shown.sketch or streamed.audio.sha256 == "":
        return
    try:
        start(scene)
    except EmoGeneError as error:
        session().problem = error
        shown.sketch = _sketch(scene)  # told once; the former shot goes on


def _sketch(scene: bpy.types.Scene) -> object:
    """All that can be read without evaluating frames, and that changes what is seen."""
    settings, render = scene.emogene, scene.render
    shot, _ = shots.sketch_of(scene)
    seen_by = [thing and thing.name for thing in (settings.camera_object, settings.camera_root, scene.camera)]
    sizes = (settings.picture_size, settings.width, settings.height, render.resolution_x, render.resolution_y)
    looks = (settings.live_size, settings.camera_choice, settings.background())
    return shot, settings.voice_strip, looks, seen_by, sizes


def _playing(scene: bpy.types.Scene) -> bool:
    """Whether some window plays this scene."""
    windows = bpy.context.window_manager.windows
    return any(window.scene == scene and window.screen.is_animation_playing for window in windows)


def _file(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_mtime_ns, found.st_size


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
