# SPDX-License-Identifier: GPL-3.0-or-later
"""From timeline markers to emotion keys.

A marker's settings are kept in a property group on it, and its name says the same in readable form. Where the name
was changed since we wrote it (the artist renamed it, or another tool lost the settings), the name holds. A mixture
of emotions is kept in the name alone. Where a scene has several characters, the name begins with whose it is.
"""

import functools
import itertools
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..emogene_proto.marker_names import NamedEmotion, NearMiss, read_name, write_name
from ..emogene_proto.shot import EmotionKey, Feeling
from .cast import names_nobody, split_owner

_FINEST = 10_000
"""Intensities are kept to four decimals."""


class MarkerRecord(NamedTuple):
    """What Blender holds of one timeline marker."""

    name: str
    frame: int
    written_name: str = ""
    """The name that was written with the settings below; empty where there are none."""
    emotion: str = "neutral"
    intensity: float = 1.0
    transition_seconds: float = 0.4
    easing: str = "smooth"


def read_marker(record: MarkerRecord, cast: Sequence[str] = ()) -> NamedEmotion | NearMiss | None:
    """What the marker means now; None is an ordinary marker.

    Args:
        cast: names of the scene's characters, in order.
    """
    if len(cast) > 1 and (nobody := names_nobody(record.name, cast)):
        _, _, says = record.name.partition(":")
        if not isinstance(read_name(says), NamedEmotion):
            return None
        known = ", ".join(cast)
        return NearMiss(f"The marker '{record.name}' names no character: {nobody}.", f"The characters are {known}.")
    named = read_name(split_owner(record.name, cast)[1])
    mixed = isinstance(named, NamedEmotion) and bool(named.also)
    if record.written_name and record.name == record.written_name and not mixed:
        return NamedEmotion(record.emotion, record.intensity)
    return named


def owner_of(record: MarkerRecord, cast: Sequence[str]) -> int:
    """Which of the cast an emotion marker is about."""
    return split_owner(record.name, cast)[0]


def emotion_keys(
    records: Iterable[MarkerRecord],
    fps: float,
    frame_start: int,
    cast: Sequence[str] = (),
    character: int = 0,
) -> tuple[tuple[EmotionKey, ...], tuple[NearMiss, ...]]:
    """Keys in order of time, seconds counted from `frame_start`, and what in the markers looks like a mistake.

    All emotion markers of a frame are felt together; how they come is said by the first of them in order of names.

    Args:
        cast: names of the scene's characters, in order.
        character: whose keys are asked for, an index into `cast`.
    """
    return _emotion_keys(tuple(records), fps, frame_start, tuple(cast), character)


@functools.lru_cache(maxsize=16)  # asked for many times a second, mostly of the same markers
def _emotion_keys(
    records: tuple[MarkerRecord, ...], fps: float, frame_start: int, cast: tuple[str, ...], character: int
) -> tuple[tuple[EmotionKey, ...], tuple[NearMiss, ...]]:
    keys = []
    problems = []
    in_order = sorted(records, key=lambda record: (record.frame, record.name))
    for frame, here in itertools.groupby(in_order, key=lambda record: record.frame):
        emotions = []
        for record in here:
            meaning = read_marker(record, cast)
            if isinstance(meaning, NearMiss):
                problems.append(meaning)
            elif meaning is not None and owner_of(record, cast) == character:
                emotions.append((record, meaning))
        if emotions:
            feelings, clash = _mixture([feeling for _, meaning in emotions for feeling in feelings_of(meaning)])
            if clash:
                problems.append(_clash(frame, clash, feelings))
            keys.append(_key(feelings, emotions[0][0], (frame - frame_start) / fps))
    return tuple(keys), tuple(problems)


def feelings_of(meaning: NamedEmotion) -> tuple[Feeling, ...]:
    """All that a marker sets, the first included."""
    return (Feeling(meaning.emotion, meaning.intensity), *meaning.also)


def blended(feelings: tuple[Feeling, ...], new: Feeling) -> tuple[Feeling, ...]:
    """These and one more, each as strong as it says; where that adds up to more than 1, all give way alike."""
    kept = tuple(feeling for feeling in feelings if feeling.emotion not in (new.emotion, "neutral"))
    if not kept or new.emotion == "neutral":
        return (new,)
    mixed = (*kept, new)
    return _scaled(mixed, min(1.0, 1.0 / sum(feeling.intensity for feeling in mixed)))


def _mixture(feelings: list[Feeling]) -> tuple[tuple[Feeling, ...], str]:
    """What is felt on one frame, and what is wrong with it, if anything."""
    clash = ""
    felt: dict[str, float] = {}
    for feeling in feelings:
        if feeling.emotion in felt:
            clash = f"sets {feeling.emotion} twice"
        felt.setdefault(feeling.emotion, min(max(round(feeling.intensity, 4), 0.0), 1.0))
    if len(felt) > 1 and "neutral" in felt:
        del felt["neutral"]
        clash = "mixes neutral with an emotion"
    mixed = tuple(Feeling(emotion, intensity) for emotion, intensity in felt.items())
    total = sum(feeling.intensity for feeling in mixed)
    if total > 1.0 + 0.5 / _FINEST and len(mixed) > 1:
        clash = f"has emotions that add up to {total:.3g}"
        mixed = _scaled(mixed, 1.0 / total)
    return mixed, clash


def _scaled(feelings: tuple[Feeling, ...], factor: float) -> tuple[Feeling, ...]:
    return tuple(Feeling(feeling.emotion, _floored(feeling.intensity * factor)) for feeling in feelings)


def _floored(intensity: float) -> float:
    """To four decimals, downwards: shares of 1 never add up to more."""
    return math.floor(intensity * _FINEST + 1e-6) / _FINEST


def _key(feelings: tuple[Feeling, ...], record: MarkerRecord, seconds: float) -> EmotionKey:
    return EmotionKey(
        seconds=seconds,
        emotion=feelings[0].emotion,
        intensity=feelings[0].intensity,
        transition_seconds=round(record.transition_seconds, 4),
        easing=record.easing,
        also=feelings[1:],
    )


def _clash(frame: int, clash: str, used: tuple[Feeling, ...]) -> NearMiss:
    name = write_name(used[0].emotion, used[0].intensity, used[1:])
    return NearMiss(f"Frame {frame} {clash}; {name} is used.", "Change, move or delete one of its markers.")
