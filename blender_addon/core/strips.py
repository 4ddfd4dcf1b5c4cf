# SPDX-License-Identifier: GPL-3.0-or-later
"""Where strips go, and what their files are called."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..emogene_proto.shot import AudioRef

MAX_CHANNEL = 128


@dataclass(frozen=True)
class StripSpan:
    """A strip's place: its channel and the frames from `start` up to, without, `end`."""

    channel: int
    start: int
    end: int


@dataclass(frozen=True)
class SoundTrim:
    """How a sound strip uses its file, in seconds."""

    skipped_seconds: float
    used_seconds: float
    file_seconds: float


def free_channel(spans: Iterable[StripSpan], wanted: int, start: int, end: int) -> int:
    """The lowest channel from `wanted` up that is free over the given frames; `wanted` itself if none is."""
    taken = {span.channel for span in spans if span.start < end and start < span.end}
    return next((channel for channel in range(wanted, MAX_CHANNEL + 1) if channel not in taken), wanted)


def frame_file(number: int, form: str) -> str:
    """File name of a shot's frame, png or exr; numbers begin at 1 whatever the timeline's frame."""
    return f"frame_{number:04d}.{form}"


def form_of(name: str) -> str:
    """The form of a frame's file, png or exr."""
    return "exr" if name.lower().endswith(".exr") else "png"


def folder_name(name: str) -> str:
    """A scene's or file's name as the name of one folder: never a path, nothing that a system refuses."""
    return re.sub(r"[^\w.-]+", "_", name).strip(".") or "_"


def frame_number(name: str, form: str) -> int | None:
    """The number in the name of a frame's file of this form; None for other files."""
    digits = name.removeprefix("frame_").removesuffix(f".{form}")
    return int(digits) if digits.isdecimal() and frame_file(int(digits), form) == name else None


def shown_numbers(existing: Iterable[int], first: int, last: int) -> range:
    """The unbroken run of finished frames that a strip can show, around the first of `first` to `last` that is there.

    Frames may arrive in any order; a strip has no holes, so it ends before the first missing one.
    """
    there = set(existing)
    start = next((number for number in range(first, last + 1) if number in there), None)
    if start is None:
        return range(0)
    end = start
    while start - 1 in there:
        start -= 1
    while end in there:
        end += 1
    return range(start, end)


def audio_ref(path: Path, trim: SoundTrim, frame_seconds: float) -> AudioRef:
    """The part of the file that the strip lets hear.

    Strips are whole frames long, so an end within a frame of the file's is the file's end: nothing is cut off.
    """
    whole = trim.skipped_seconds + trim.used_seconds >= trim.file_seconds - frame_seconds
    return AudioRef(
        path=str(path),
        offset_seconds=round(trim.skipped_seconds, 6),
        duration_seconds=None if whole else round(trim.used_seconds, 6),
    )
