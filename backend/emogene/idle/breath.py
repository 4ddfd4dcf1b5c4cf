"""Breathing: when somebody breathes in and out, and how that moves the head.

At rest a breath takes 3 to 5 s, the way in shorter than the way out, and no two are alike. Who speaks breathes in
quickly in a pause, and out slowly over the phrase.
"""

import math
from dataclasses import dataclass

import numpy as np

from emogene.motion.easing import smootherstep
from emogene_proto.names import MODEL_FPS

IN_SECONDS = (1.5, 0.18)
OUT_SECONDS = (2.3, 0.24)
"""At rest: median, deviation of the logarithm."""
QUICK_SECONDS = 0.6
"""A breath drawn to speak on."""
SHORTEST_SECONDS = 0.4
LONGEST_IN_SECONDS = 2.4
SHORTEST_OUT_SECONDS = 0.8
PHRASE_SECONDS = 4.8
PHRASE_SPREAD = 0.15
"""Who speaks on without a pause draws breath after so long: median, deviation of the logarithm."""
LONGEST_PHRASE_SECONDS = 7.5
"""So long a breath is stretched if a pause comes then."""
SPEECH_DEPTH = 0.7
"""Movement of a breath in speech, as part of one at rest."""
DEPTH_SPREAD = 0.15
REST_SPREAD = 0.06
"""Deviations of how far breaths go in and out."""

RISE_METRES = 0.0014
"""The head goes up by so much on the way in."""
TILT_RADIANS = 0.0045
"""And tips back by so much."""


@dataclass(frozen=True)
class Breaths:
    """Turning points of the breath, in order: the first is empty, then in and out by turns."""

    seconds: np.ndarray
    """(N,)"""
    volumes: np.ndarray
    """(N,) about 0 breathed out, about 1 breathed in at rest."""


def draw_breaths(activity: np.ndarray, seed: int) -> Breaths:
    """Breaths of a shot; a moment depends on the few seconds after it, for which breath is drawn.

    Args:
        activity: (T,) at 25 fps, 0 in speech to 1 idle.
    """
    random = np.random.default_rng([seed, 0xB2EA])
    talk = _Talk.of(activity)
    # The shot begins at some moment of a breath.
    seconds, volumes = [-float(random.uniform(0.0, 3.5))], [0.0]
    while seconds[-1] * MODEL_FPS < len(activity):
        slow, deep, empty, into, out = random.standard_normal(5).tolist()
        into = IN_SECONDS[0] * math.exp(IN_SECONDS[1] * into)
        out = OUT_SECONDS[0] * math.exp(OUT_SECONDS[1] * out)
        into, out, speech = _fitted(seconds[-1], into, out, PHRASE_SECONDS * math.exp(PHRASE_SPREAD * slow), talk)
        seconds += [seconds[-1] + into, seconds[-1] + into + out]
        volumes += [(SPEECH_DEPTH if speech else 1.0) * (1.0 + DEPTH_SPREAD * deep), REST_SPREAD * empty]
    return Breaths(np.array(seconds), np.array(volumes))


@dataclass(frozen=True)
class _Talk:
    """Where speech is."""

    speaks: np.ndarray
    """(T,) bool at 25 fps."""
    onsets: np.ndarray
    """Seconds at which it begins, but for one with which the shot begins."""
    stops: np.ndarray

    @classmethod
    def of(cls, activity: np.ndarray) -> "_Talk":
        speaks = activity == 0.0
        changes = np.flatnonzero(speaks[1:] != speaks[:-1]) + 1
        return cls(speaks, changes[speaks[changes]] / MODEL_FPS, changes[~speaks[changes]] / MODEL_FPS)


def _fitted(start: float, into: float, out: float, phrase: float, talk: _Talk) -> tuple[float, float, bool]:
    """Seconds in and out of a breath that begins at `start`, and whether it is for speech.

    Args:
        into, out: what it would take at rest.
        phrase: what the way out would take in speech without a pause.
    """
    now = int(np.clip(start * MODEL_FPS + 1e-6, 0, len(talk.speaks) - 1))
    room = _next(talk.onsets, start) - start
    if talk.speaks[now]:
        into = QUICK_SECONDS
    elif room <= LONGEST_IN_SECONDS:
        into = max(room, SHORTEST_SECONDS)
    else:
        if room < into + out + QUICK_SECONDS:
            into = min(into, room - SHORTEST_OUT_SECONDS - QUICK_SECONDS)
            out = room - QUICK_SECONDS - into
        return into, out, False
    stop = _next(talk.stops, start + into + SHORTEST_OUT_SECONDS)
    pause = stop - start - into
    return into, pause if pause <= LONGEST_PHRASE_SECONDS else phrase, True


def volume_at(breaths: Breaths, times_seconds: np.ndarray) -> np.ndarray:
    """(T,) how full the lungs are; its velocity has no steps."""
    last = np.clip(np.searchsorted(breaths.seconds, times_seconds, "right") - 1, 0, len(breaths.seconds) - 2)
    start, end = breaths.seconds[last], breaths.seconds[last + 1]
    way = np.clip((times_seconds - start) / (end - start), 0.0, 1.0)
    # Out of full lungs air goes fast at first.
    way = smootherstep(np.where(last % 2 == 1, way**0.75, way))
    return breaths.volumes[last] + way * (breaths.volumes[last + 1] - breaths.volumes[last])


def breath_motion(breaths: Breaths, times_seconds: np.ndarray) -> np.ndarray:
    """(T, 6) rotation about the head's own axes, radians, and shift in the world, metres: up and a little back."""
    motion = np.zeros((len(times_seconds), 6))
    volume = volume_at(breaths, times_seconds)
    motion[:, 0], motion[:, 5] = -TILT_RADIANS * volume, RISE_METRES * volume
    return motion


def _next(moments: np.ndarray, after: float) -> float:
    """The first of the sorted moments that is not before `after`; infinite where there is none."""
    place = int(np.searchsorted(moments, after))
    return float(moments[place]) if place < len(moments) else np.inf
