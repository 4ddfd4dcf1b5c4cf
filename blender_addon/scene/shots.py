# SPDX-License-Identifier: GPL-3.0-or-later
"""From a scene to the Shot document."""

from collections.abc import Iterator
from pathlib import Path

import bpy
import msgspec

from ..core.bringing import hashes_of, without_hashes
from ..core.character_key import CharacterKey
from ..core.emotion_curves import ShotSpan
from ..core.jobs import KnownPlan
from ..core.markers import emotion_keys
from ..core.voice_parts import Voice
from ..core.warnings import current_warnings
from ..emogene_proto.errors import ShotError
from ..emogene_proto.marker_names import NearMiss
from ..emogene_proto.shot import AudioRef, Background, EmotionKey, HeadTrack, Shot
from ..emogene_proto.shot_check import check
from ..session import session
from ..views.sequencer import PICTURES, PREVIEW
from ..work.plans import plan_of
from . import characters, edits, head_object, intensities, markers, scene_camera, voices

_PICTURED = ("quality", "width", "height", "output", "background", "landmark_edits")
"""Fields of a Shot that change its pictures and not its plan. Cameras do neither, but a plan warns of them."""


def shot_of(character, role: str = PICTURES) -> Shot:
    """All there is to know of a character's render. Asks for every frame of what is animated: not for redraws.

    Args:
        role: of what is rendered; a preview is drafted, whatever the scene's quality is.

    Raises:
        AudioError: the character has no voice, or a file of it is gone.
        ShotError: something in it cannot be rendered.
    """
    settings = character.id_data.emogene
    planned, span = _planned_shot(character)
    picture = scene_camera.picture_of(character.id_data)
    camera, camera_track = scene_camera.cameras_of(character, span, picture)
    shot = msgspec.structs.replace(
        planned,
        quality="draft" if role == PREVIEW else settings.quality,
        width=picture.width,
        height=picture.height,
        camera=camera,
        camera_track=camera_track,
        output="png" if role == PREVIEW else settings.output,
        background=character.background(),
        landmark_edits=edits.shot_edits_of(character, span),
    )
    check(shot)
    _check_picture(shot.background)
    return shot


def plan_shot_of(character) -> Shot:
    """The same without its pictures: what only a plan needs, which takes no evaluation of cameras.

    Raises:
        AudioError, ShotError: as in `shot_of`.
    """
    shot, _ = _planned_shot(character)
    check(shot)
    return shot


def plan_shot_in_slices(key: CharacterKey) -> Iterator[Shot | None]:
    """`plan_shot_of` in slices, for what is done without being asked for; the last one has the shot.

    It has none where the character is gone meanwhile.
    """
    character, track = characters.found(key), None
    if character is None:
        return
    span = _span(character, voices.voice(character))
    for part in head_object.head_track_in_slices(key, span):
        track = part
        yield None
    character = characters.found(key)
    if character is not None:
        shot = _shot_with(character, voices.voice(character), track)
        check(shot)
        yield shot


def _planned_shot(character) -> tuple[Shot, ShotSpan]:
    voice = voices.voice(character)
    span = _span(character, voice)
    return _shot_with(character, voice, head_object.head_track_of(character, span)), span


def _span(character, voice: Voice) -> ShotSpan:
    return ShotSpan(_fps(character.id_data), voice.first, voice.end)


def _shot_with(character, voice: Voice, track: HeadTrack | None) -> Shot:
    span = _span(character, voice)
    return Shot(
        audio=voice.audio,
        further_audio=voice.further_audio,
        fps=span.fps,
        frame_start=span.first,
        emotions=_keys(character, span.first)[0],
        emotion_curves=intensities.emotion_curves_of(character, span),
        emotion_strength=character.emotion_strength(),
        actor=character.actor,
        seed=character.seed,
        performance=character.performance(),
        head_track=track,
        speaking=character.speaking(),
    )


def _check_picture(background: Background) -> None:
    if background.kind != "picture" or background.picture is None:
        return
    if not background.picture.path:
        raise ShotError("No picture is chosen for the background.", "Choose one in Camera and Picture.")
    if not Path(background.picture.path).is_file():
        message = f"The background picture {background.picture.path} is not there."
        raise ShotError(message, "Choose it again in Camera and Picture.")


def sketch_of(character) -> tuple[Shot, frozenset[str]]:
    """What of the character's plan can be read at once, and the emotions whose curves only `shot_of` can tell.

    Without audio and the head's object. Cheap enough for redraws.
    """
    scene = character.id_data
    heard = voices.span(character)
    span = ShotSpan(_fps(scene), *(heard or (1, scene.frame_end)))
    curves, untold = intensities.told_curves(character, span)
    shot = Shot(
        AudioRef(),
        fps=span.fps,
        frame_start=span.first,
        emotions=_keys(character, span.first)[0],
        emotion_curves=curves,
        emotion_strength=character.emotion_strength(),
        actor=character.actor,
        seed=character.seed,
        performance=character.performance(),
        speaking=character.speaking(),
    )
    return shot, untold


def marker_problems(scene: bpy.types.Scene) -> tuple[NearMiss, ...]:
    """What in the scene's markers looks like a mistake."""
    cast = characters.cast(scene)
    records = [markers.marker_record(marker) for marker in scene.timeline_markers]
    found = [emotion_keys(records, _fps(scene), 1, cast, index)[1] for index in range(max(len(cast), 1))]
    return tuple(dict.fromkeys(problem for problems in found for problem in problems))


def warnings(character) -> tuple[str, ...]:
    """What will look wrong with this actor. Cheap enough for redraws."""
    welcome, planned = session().welcome, plan_of(character)
    shot, untold = sketch_of(character)
    covered = {coverage.actor: coverage.covered_to for coverage in welcome.coverage} if welcome else {}
    return current_warnings(shot, untold, planned.shot if planned else None, covered.get(shot.actor, {}))


def _keys(character, frame_start: int) -> tuple[tuple[EmotionKey, ...], tuple[NearMiss, ...]]:
    scene = character.id_data
    records = map(markers.marker_record, scene.timeline_markers)
    return emotion_keys(records, _fps(scene), frame_start, characters.cast(scene), characters.index_of(character))


def _fps(scene: bpy.types.Scene) -> float:
    return round(scene.render.fps / scene.render.fps_base, 6)


def plan_note(character) -> str:
    """What the artist should know of the planned recording, as long as it is the character's voice; else empty."""
    planned, heard = plan_of(character), voices.sketch(character)
    if planned is None or not heard:
        return ""
    same = bpy.path.basename(heard[0][0]) == Path(planned.shot.audio.path).name
    return planned.note if same else ""


def end_of(character) -> int:
    """The first frame after the character's voice; that after the first one where it has none."""
    scene = character.id_data
    _, end = voices.span(character) or (0, scene.frame_start + 1)
    return end


def known_plan(character, shot: Shot) -> KnownPlan | None:
    """The plan of just this shot, else None."""
    planned = plan_of(character)
    if planned is None:
        return None
    picture = {name: getattr(shot, name) for name in _PICTURED}
    same = msgspec.structs.replace(without_hashes(planned.shot), **picture) == shot
    return KnownPlan(hashes_of(planned.shot), len(planned.plan)) if same else None


def rendered_range(character, shot: Shot, role: str = PICTURES) -> tuple[int, int | None]:
    """First and last frame to render, counted from 1 at the voice's start; None is to the end."""
    scene = character.id_data
    if not scene.use_preview_range or (role != PREVIEW and not scene.emogene.only_preview_range):
        return 1, None
    offset = shot.frame_start - 1
    return max(scene.frame_preview_start - offset, 1), scene.frame_preview_end - offset
