# SPDX-License-Identifier: GPL-3.0-or-later
"""From a scene to the Shot document."""

from pathlib import Path

import bpy
import msgspec

from . import compat, head_object, intensities, markers, scene_camera
from .core.emotion_curves import ShotSpan
from .core.markers import emotion_keys
from .core.warnings import current_warnings
from .emogene_proto.errors import ShotError
from .emogene_proto.marker_names import NearMiss
from .emogene_proto.shot import AudioRef, Background, EmotionKey, Shot
from .emogene_proto.shot_check import check
from .sequencer import voice_audio, voice_start, voice_strip
from .session import plan_of, session

_PICTURED = ("quality", "width", "height", "camera", "camera_track", "output", "background")
"""Fields of a Shot that change its pictures and not its plan."""


def shot_of(scene: bpy.types.Scene) -> Shot:
    """All there is to know of the scene's render. Asks for every frame of what is animated: not for redraws.

    Raises:
        AudioError: the scene has no voice, or its file is gone.
        ShotError: something in it cannot be rendered.
    """
    settings = scene.emogene
    audio = voice_audio(scene)
    strip = voice_strip(scene)
    span = ShotSpan(_fps(scene), voice_start(strip), compat.strip_end(strip))
    picture = scene_camera.picture_of(scene)
    camera, camera_track = scene_camera.cameras_of(scene, span, picture)
    shot = Shot(
        audio=audio,
        fps=span.fps,
        frame_start=span.first,
        emotions=_keys(scene, span.first)[0],
        emotion_curves=intensities.emotion_curves_of(scene, span),
        emotion_strength=settings.emotion_strength(),
        actor=settings.actor,
        quality=settings.quality,
        width=picture.width,
        height=picture.height,
        seed=settings.seed,
        performance=settings.performance(),
        head_track=head_object.head_track_of(scene, span),
        speaking=settings.speaking(),
        camera=camera,
        camera_track=camera_track,
        output=settings.output,
        background=settings.background(),
    )
    check(shot)
    _check_picture(shot.background)
    return shot


def _check_picture(background: Background) -> None:
    if background.kind != "picture" or background.picture is None:
        return
    if not background.picture.path:
        raise ShotError("No picture is chosen for the background.", "Choose one in Camera and Picture.")
    if not Path(background.picture.path).is_file():
        message = f"The background picture {background.picture.path} is not there."
        raise ShotError(message, "Choose it again in Camera and Picture.")


def sketch_of(scene: bpy.types.Scene) -> tuple[Shot, frozenset[str]]:
    """What of the scene's Shot can be read at once, and the emotions whose curves only `shot_of` can tell.

    Without audio, cameras and the head's object. Cheap enough for redraws.
    """
    settings, strip = scene.emogene, voice_strip(scene)
    span = ShotSpan(
        _fps(scene), voice_start(strip) if strip else 1, compat.strip_end(strip) if strip else scene.frame_end
    )
    curves, untold = intensities.told_curves(scene, span)
    shot = Shot(
        AudioRef(),
        fps=span.fps,
        frame_start=span.first,
        emotions=_keys(scene, span.first)[0],
        emotion_curves=curves,
        emotion_strength=settings.emotion_strength(),
        actor=settings.actor,
        seed=settings.seed,
        performance=settings.performance(),
        speaking=settings.speaking(),
    )
    return shot, untold


def marker_problems(scene: bpy.types.Scene) -> tuple[NearMiss, ...]:
    """What in the scene's markers looks like a mistake."""
    return _keys(scene, 1)[1]


def warnings(scene: bpy.types.Scene) -> tuple[str, ...]:
    """What will look wrong with this actor. Cheap enough for redraws."""
    welcome, planned = session().welcome, plan_of(scene)
    shot, untold = sketch_of(scene)
    covered = {coverage.actor: coverage.covered_to for coverage in welcome.coverage} if welcome else {}
    return current_warnings(shot, untold, planned.shot if planned else None, covered.get(shot.actor, {}))


def _keys(scene: bpy.types.Scene, frame_start: int) -> tuple[tuple[EmotionKey, ...], tuple[NearMiss, ...]]:
    return emotion_keys(map(markers.marker_record, scene.timeline_markers), _fps(scene), frame_start)


def _fps(scene: bpy.types.Scene) -> float:
    return round(scene.render.fps / scene.render.fps_base, 6)


def plan_note(scene: bpy.types.Scene) -> str:
    """What the artist should know of the planned recording, as long as it is the scene's voice; else empty."""
    planned, strip = plan_of(scene), voice_strip(scene)
    if planned is None or strip is None or strip.sound is None:
        return ""
    same = bpy.path.basename(strip.sound.filepath) == Path(planned.shot.audio.path).name
    return planned.note if same else ""


def known_plan(scene: bpy.types.Scene, shot: Shot) -> tuple[str, int] | None:
    """The audio's sha256 and the length in frames if the shot was planned just so, else None."""
    planned = plan_of(scene)
    if planned is None:
        return None
    audio = planned.shot.audio
    without_hash = msgspec.structs.replace(audio, sha256="")
    picture = {name: getattr(shot, name) for name in _PICTURED}
    same = msgspec.structs.replace(planned.shot, audio=without_hash, **picture) == shot
    return (audio.sha256, len(planned.plan)) if same else None


def rendered_range(scene: bpy.types.Scene, shot: Shot) -> tuple[int, int | None]:
    """First and last frame to render, counted from 1 at the voice's start; None is to the end."""
    if not (scene.emogene.only_preview_range and scene.use_preview_range):
        return 1, None
    offset = shot.frame_start - 1
    return max(scene.frame_preview_start - offset, 1), scene.frame_preview_end - offset
