# SPDX-License-Identifier: GPL-3.0-or-later
"""From timeline markers to emotion keys.

A marker's settings are kept in a property group on it, and its name says the same in readable form. Where the name
was changed since we wrote it (the artist renamed it, or another tool lost the settings), the name holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ..emogene_proto.marker_names import NamedEmotion, NearMiss, read_name
from ..emogene_proto.shot import EmotionKey


@dataclass(frozen=True)
class MarkerRecord:
    """What Blender holds of one timeline marker."""

    name: str
    frame: int
    written_name: str = ""
    """The name that was written with the settings below; empty where there are none."""
    emotion: str = "neutral"
    intensity: float = 1.0
    transition_seconds: float = 0.4
    easing: str = "smooth"


def read_marker(record: MarkerRecord) -> NamedEmotion | NearMiss | None:
    """What the marker means now; None is an ordinary marker."""
    if record.written_name and record.name == record.written_name:
        return NamedEmotion(record.emotion, record.intensity)
    return read_name(record.name)


def emotion_keys(
    records: Iterable[MarkerRecord], fps: float, frame_start: int
) -> tuple[tuple[EmotionKey, ...], tuple[NearMiss, ...]]:
    """Keys in order of time, seconds counted from `frame_start`, and what in the markers looks like a mistake."""
    keys: dict[int, EmotionKey] = {}
    problems = []
    for record in sorted(records, key=lambda record: (record.frame, record.name)):
        meaning = read_marker(record)
        if isinstance(meaning, NearMiss):
            problems.append(meaning)
        elif meaning is not None:
            if record.frame in keys:
                problems.append(_clash(keys[record.frame], record))
                continue
            keys[record.frame] = EmotionKey(
                seconds=(record.frame - frame_start) / fps,
                emotion=meaning.emotion,
                intensity=min(max(round(meaning.intensity, 4), 0.0), 1.0),
                transition_seconds=round(record.transition_seconds, 4),
                easing=record.easing,
            )
    return tuple(keys.values()), tuple(problems)


def _clash(kept: EmotionKey, record: MarkerRecord) -> NearMiss:
    message = f"Frame {record.frame} has two emotion markers; '{record.name}' is left out, {kept.emotion} is used."
    return NearMiss(message, "Move or delete one of them.")
