# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound strips that a character speaks."""

import math
import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import bpy

from .. import compat
from ..core import strips
from ..core.voice import check_voice_file, refused_by_blender
from ..core.voice_parts import Voice, VoicePart, voice_of
from ..emogene_proto.errors import AudioError
from ..views import sequencer
from . import animation, characters

_LONGEST = 10_000_000
"""Frames; beyond all timelines."""


def add_voice(character, path: Path, beside: bool = False) -> None:
    """Put a recording on the timeline, in place of the voice that was there or, at the playhead, beside it.

    The first one of the first character begins where the scene does. One in a meta strip makes way for one outside,
    whole whatever the meta strip lets hear.

    Raises:
        AudioError: there is no sound in it.
    """
    check_voice_file(path)
    scene, former = character.id_data, voice_strips(character)
    old = former[0] if len(former) == 1 and not beside else None
    begins_scene = not former and characters.index_of(character) == 0
    start = compat.strip_start(old) if old else scene.frame_start if begins_scene else scene.frame_current
    taken = sequencer.spans(scene)
    at_top = old is not None and old.parent_meta() is None
    channel = old.channel if at_top else strips.free_channel(taken, character.voice_channel, start, start + 1)
    new = _new_sound(scene, path, channel, start)
    if old is not None:
        new.emogene.edits_id = old.emogene.edits_id  # edits are of the line, whichever take it is
        compat.remove_strip(scene, old)
    if at_top:
        # A new strip is moved up where the old one was in its way; the place is free now.
        new.channel = channel
    give(character, new)
    scene.frame_end = max(scene.frame_end, compat.strip_end(new) - 1)


def use(character, sounds: Sequence, beside: bool = False) -> None:
    """Let the character speak these sound strips, and no others unless `beside`."""
    if not beside:
        for strip in voice_strips(character):
            take_away(strip)
    for strip in sounds:
        give(character, strip)


def give(character, strip) -> None:
    """Let the character speak a strip."""
    strip.emogene.character, strip.emogene.role = character.uid, "VOICE"
    give_ids([strip])


def give_ids(sounds: Iterable) -> None:
    """Let edits name these strips by more than their names; strips of older files have nothing else yet."""
    for strip in sounds:
        if not strip.emogene.edits_id:
            strip.emogene.edits_id = f"#{secrets.token_hex(6)}"


def edits_id(strip) -> str:
    """What edits name a strip by."""
    return strip.emogene.edits_id or strip.name


def take_away(strip) -> None:
    """Let nobody speak a strip; it stays on the timeline."""
    strip.emogene.character, strip.emogene.role = 0, "NONE"


def voice_strips(character) -> list:
    """The sound strips that are the character's, in order of time, muted ones too."""
    own = [strip for strip in compat.all_strips(character.id_data) if _is_voice(strip, character.uid)]
    return sorted(own, key=compat.strip_start)


def is_heard(character) -> bool:
    """Whether any of its strips can be heard."""
    return any(True for _ in _heard(character))


def speaking(scene: bpy.types.Scene) -> list:
    """The characters of a scene that can be heard."""
    return [character for character in scene.emogene.characters if is_heard(character)]


def voice(character) -> Voice:
    """What is heard of the character.

    Raises:
        AudioError: nothing is, a file is gone, or a strip plays at another speed than its file.
    """
    scene = character.id_data
    parts = [_part(*heard) for heard in _heard(character)]
    if not parts:
        if voice_strips(character):
            raise AudioError(f"The voice of {character.name} is muted.", "Unmute its strips or their channel.")
        raise AudioError("This scene has no voice yet.", "Load an audio file first.")
    return voice_of(parts, scene.render.fps_base / scene.render.fps)


def sketch(character) -> tuple:
    """All that a change of the voice's strips changes; reads no file."""
    return tuple(
        (strip.sound.filepath, start, end, compat.strip_content_start(strip)) for strip, start, end in _heard(character)
    )


def span(character) -> tuple[int, int] | None:
    """First frame on which the character is heard, and the one after the last; None where it is not. Reads no file."""
    heard = [(start, end) for _, start, end in _heard(character)]
    return (min(start for start, _ in heard), max(end for _, end in heard)) if heard else None


def heard_strips(character) -> list[tuple]:
    """Each strip that is heard, with its first frame and the one after its last."""
    return list(_heard(character))


def _is_voice(strip, uid: int) -> bool:
    return strip.type == "SOUND" and strip.emogene.role == "VOICE" and strip.emogene.character == uid


def _heard(character) -> Iterator[tuple]:
    """Each strip of the voice that is heard, with its first frame and the one after its last."""
    scene = character.id_data
    if scene.sequence_editor is not None:
        yield from _heard_in(scene.sequence_editor, character.uid, -_LONGEST, _LONGEST)


def _heard_in(holder, uid: int, first: int, end: int) -> Iterator[tuple]:
    """The same in a sequence editor or meta strip of which only these frames count."""
    for strip in compat.strips_in(holder):
        if strip.mute or holder.channels[strip.channel].mute or _is_turned_down(strip):
            continue
        begins, ends = max(compat.strip_start(strip), first), min(compat.strip_end(strip), end)
        if strip.type == "META":
            yield from _heard_in(strip, uid, begins, ends)
        elif _is_voice(strip, uid) and strip.sound is not None:
            # A strip drawn out before its sound is silent until then.
            begins = max(begins, math.ceil(compat.strip_content_start(strip) - 1e-4))
            if begins < ends:
                yield strip, begins, ends


def _is_turned_down(strip) -> bool:
    """Whether its volume is 0 all the time; what fades in or out is heard."""
    if getattr(strip, "volume", 1.0) > 0.0:
        return False
    scene, path = strip.id_data, strip.path_from_id("volume")
    return (path, 0) not in animation.active_fcurves(scene) and path not in animation.beyond_fcurves(scene)[0]


def _part(strip, start: int, end: int) -> VoicePart:
    path = Path(bpy.path.abspath(strip.sound.filepath, library=strip.sound.library)).resolve()
    check_voice_file(path)
    if len(getattr(strip, "retiming_keys", ())):  # from Blender 4.5 on sound can be retimed
        raise AudioError(
            f"The strip '{strip.name}' plays at another speed than its file.",
            "Reset its retiming, or save the sound as it plays to a file (Render > Render Audio) and use that.",
        )
    skipped = max(start - compat.strip_content_start(strip), 0.0)
    return VoicePart(path, start, end, skipped, compat.strip_content_frames(strip))


def _new_sound(scene: bpy.types.Scene, path: Path, channel: int, start: int):
    try:
        strip = compat.strips(scene).new_sound(path.stem, str(path), channel, start)
    except RuntimeError as error:
        raise refused_by_blender(path) from error
    # Blender makes a strip of anything: what it cannot hear has no rate, what is empty gets one frame.
    if strip.sound is None or strip.sound.samplerate <= 0 or compat.strip_content_frames(strip) <= 1:
        sound = strip.sound
        compat.remove_strip(scene, strip)
        if sound is not None and sound.users == 0:
            bpy.data.sounds.remove(sound)
        raise refused_by_blender(path)
    strip.sound.filepath = sequencer.relative(path)
    return strip
