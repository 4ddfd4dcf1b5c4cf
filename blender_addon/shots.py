# SPDX-License-Identifier: GPL-3.0-or-later
"""From a scene to the Shot document."""

from pathlib import Path

import bpy
import msgspec

from . import properties
from .core.markers import emotion_keys
from .emogene_proto import shot as shots
from .emogene_proto.marker_names import NearMiss
from .emogene_proto.shot import Performance, Shot, Speaking
from .sequencer import voice_audio, voice_start, voice_strip
from .session import plan_of


def shot_of(scene: bpy.types.Scene) -> Shot:
    """All there is to know of the scene's render.

    Raises:
        AudioError: the scene has no voice, or its file is gone.
        ShotError: something in it cannot be rendered.
    """
    settings = scene.emogene
    audio = voice_audio(scene)
    frame_start = voice_start(voice_strip(scene))
    fps = scene.render.fps / scene.render.fps_base
    keys, _ = emotion_keys(map(properties.marker_record, scene.timeline_markers), fps, frame_start)
    shot = Shot(
        audio=audio,
        fps=round(fps, 6),
        frame_start=frame_start,
        emotions=keys,
        actor=settings.actor,
        width=settings.width,
        height=settings.height,
        seed=settings.seed,
        performance=Performance(*(round(v, 4) for v in (settings.blink, settings.gaze, settings.head_motion))),
        speaking=Speaking(**{name: round(getattr(settings, name), 4) for name in Speaking.__struct_fields__}),
    )
    shots.check(shot)
    return shot


def marker_problems(scene: bpy.types.Scene) -> tuple[NearMiss, ...]:
    """What in the scene's markers looks like a mistake."""
    return emotion_keys(map(properties.marker_record, scene.timeline_markers), 24.0, 1)[1]


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
    same = msgspec.structs.replace(planned.shot, audio=without_hash, width=shot.width, height=shot.height) == shot
    return (audio.sha256, len(planned.plan)) if same else None


def rendered_range(scene: bpy.types.Scene, shot: Shot) -> tuple[int, int | None]:
    """First and last frame to render, counted from 1 at the voice's start; None is to the end."""
    if not (scene.emogene.only_preview_range and scene.use_preview_range):
        return 1, None
    offset = shot.frame_start - 1
    return max(scene.frame_preview_start - offset, 1), scene.frame_preview_end - offset
