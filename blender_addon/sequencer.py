# SPDX-License-Identifier: GPL-3.0-or-later
"""The voice and the pictures as strips."""

import math
from pathlib import Path

import bpy

from . import colours, compat
from .core import strips, voice
from .core.strips import SoundTrim, StripSpan
from .emogene_proto.errors import AudioError
from .emogene_proto.shot import AudioRef


def add_voice(scene: bpy.types.Scene, path: Path) -> None:
    """Put the recording on the timeline at the scene's first frame, in place of the voice that was there.

    Raises:
        AudioError: there is no sound in it.
    """
    voice.check_voice_file(path)
    settings = scene.emogene
    old = voice_strip(scene)
    start = compat.strip_start(old) if old else scene.frame_start
    channel = old.channel if old else strips.free_channel(_spans(scene), settings.voice_channel, start, start + 1)
    new = _new_sound(scene, path, channel, start)
    if old is not None:
        compat.strips(scene).remove(old)
        # A new strip is moved up where the old one was in its way; the place is free now.
        new.channel = channel
    settings.voice_strip = new.name
    scene.frame_end = max(scene.frame_end, compat.strip_end(new) - 1)


def _new_sound(scene: bpy.types.Scene, path: Path, channel: int, start: int):
    try:
        strip = compat.strips(scene).new_sound(path.stem, str(path), channel, start)
    except RuntimeError as error:
        raise voice.refused_by_blender(path) from error
    # Blender makes a strip of anything: what it cannot hear has no rate, what is empty gets one frame.
    if strip.sound is None or strip.sound.samplerate <= 0 or compat.strip_content_frames(strip) <= 1:
        sound = strip.sound
        compat.strips(scene).remove(strip)
        if sound is not None and sound.users == 0:
            bpy.data.sounds.remove(sound)
        raise voice.refused_by_blender(path)
    strip.sound.filepath = _relative(path)
    return strip


def voice_strip(scene: bpy.types.Scene):
    """The sound strip that the face speaks, or None; a renamed one is known again if it is the only sound."""
    if not scene.emogene.voice_strip:
        return None
    strip = _named(scene, scene.emogene.voice_strip)
    if strip is not None and strip.type == "SOUND":
        return strip
    sounds = [strip for strip in compat.strips(scene) if strip.type == "SOUND"] if scene.sequence_editor else []
    return sounds[0] if len(sounds) == 1 else None


def voice_start(strip) -> int:
    """First frame on which the voice is heard; a strip drawn out before its sound is silent until then."""
    return max(compat.strip_start(strip), math.ceil(compat.strip_content_start(strip) - 1e-4))


def voice_audio(scene: bpy.types.Scene) -> AudioRef:
    """The file and the part of it that the voice strip lets hear.

    Raises:
        AudioError: no strip, or its file is gone.
    """
    strip = voice_strip(scene)
    if strip is None:
        raise AudioError("This scene has no voice yet.", "Load an audio file first.")
    path = Path(bpy.path.abspath(strip.sound.filepath, library=strip.sound.library)).resolve()
    voice.check_voice_file(path)
    frame_seconds = scene.render.fps_base / scene.render.fps
    start, end = voice_start(strip), compat.strip_end(strip)
    skipped = max(start - compat.strip_content_start(strip), 0.0)
    trim = SoundTrim(
        skipped * frame_seconds, (end - start) * frame_seconds, compat.strip_content_frames(strip) * frame_seconds
    )
    return strips.audio_ref(path, trim, frame_seconds)


def image_strip(scene: bpy.types.Scene):
    """The strip of rendered pictures, or None."""
    strip = _named(scene, scene.emogene.image_strip)
    return strip if strip is not None and strip.type == "IMAGE" else None


def show_frames(scene: bpy.types.Scene, folder: Path, form: str, numbers: range, frame_start: int) -> None:
    """Let the image strip show these frames of `folder`, number 1 lying at `frame_start`; replaced in place.

    A new strip, and one that showed files of another form, gets the colour space that shows them as they are.
    """
    names = [strips.frame_file(number, form) for number in numbers]
    start = frame_start + numbers.start - 1
    strip = image_strip(scene)
    if strip is None:
        channel = strips.free_channel(_spans(scene), scene.emogene.image_channel, start, start + len(names))
        strip = compat.strips(scene).new_image("EmoGene", str(folder / names[0]), channel, start, fit_method="FIT")
        scene.emogene.image_strip = strip.name
        shown = ""
    else:
        shown = strips.form_of(strip.elements[0].filename) if len(strip.elements) else ""
    strip.directory = _relative(folder) + "/"
    while len(strip.elements) > len(names):
        strip.elements.pop(len(strip.elements) - 1)
    while len(strip.elements) < len(names):
        strip.elements.append(names[len(strip.elements)])
    for element, name in zip(strip.elements, names, strict=True):
        element.filename = name
    compat.place_strip(strip, start, len(names))
    if shown != form:
        colours.suit(scene, strip)


def refresh(scene: bpy.types.Scene) -> None:
    """Forget pictures that Blender still holds in memory under the same file names."""
    strip = image_strip(scene)
    if strip is not None:
        strip.invalidate_cache("RAW")


def _relative(path: Path) -> str:
    """Relative to the .blend where there is one, so that the project can move."""
    if not bpy.data.filepath:
        return str(path)
    try:
        return bpy.path.relpath(str(path))
    except ValueError:  # Another drive on Windows has no relative path.
        return str(path)


def _named(scene: bpy.types.Scene, name: str):
    return compat.strips(scene).get(name) if name and scene.sequence_editor else None


def _spans(scene: bpy.types.Scene) -> list[StripSpan]:
    return [
        StripSpan(strip.channel, compat.strip_start(strip), compat.strip_end(strip)) for strip in compat.strips(scene)
    ]
