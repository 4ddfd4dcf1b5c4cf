"""What a Shot must be to be rendered: checked before any work starts."""

import itertools
import re

import msgspec

from .camera_check import check_cameras
from .edits_check import check_edits
from .errors import ShotError
from .names import EASINGS, EMOTIONS, IDLE_SAMPLINGS, INTERPOLATIONS, QUALITIES
from .shot import (
    BACKGROUNDS,
    FITS,
    LARGEST_STRENGTH,
    MOST_ROWS,
    OUTPUTS,
    SPEAKING_LIMITS,
    AudioPart,
    Background,
    EmotionCurve,
    EmotionKey,
    HeadTrack,
    Performance,
    Shot,
    Speaking,
)

_ROUNDING = 1e-6
_SHA256 = r"[0-9a-f]{64}"
LARGEST_HEAD_MOTION = 10.0
"""Metres and radians; more is a mistake."""


def check(shot: Shot) -> None:
    """Refuse what cannot be rendered, before any work starts.

    Raises:
        ShotError: with the first thing that does not fit, and how to mend it.
    """
    if shot.version != 1:
        raise ShotError(f"This shot has version {shot.version}, which is not known here.", "Update EmoGene.")
    if not 1.0 <= shot.fps <= 240.0:
        raise ShotError(f"{shot.fps:g} frames per second is out of range.", "Use a rate from 1 to 240.")
    check_cameras(shot)
    if shot.output not in OUTPUTS:
        raise ShotError(f"There is no output '{shot.output}'.", f"Use one of: {', '.join(OUTPUTS)}.")
    _check_background(shot.background)
    if shot.quality not in QUALITIES:
        raise ShotError(f"There is no quality '{shot.quality}'.", f"Use one of: {', '.join(QUALITIES)}.")
    if not (0 <= shot.seed < 2**63 and abs(shot.frame_start) < 2**31):
        raise ShotError(
            "The seed or the first frame is out of range.", "Use a seed from 0, and a frame that Blender has."
        )
    for part in shot.recordings:
        _check_part(part)
    _check_performance(shot.performance)
    _check_speaking(shot.speaking)
    for key in shot.emotions:
        _check_key(key)
    _check_curves(shot.emotion_curves)
    for name, size in msgspec.structs.asdict(shot.emotion_strength).items():
        if not 0.0 <= size <= LARGEST_STRENGTH:
            raise ShotError(f"The {name} strength of the emotions is {size:g}.", f"Use 0 to {LARGEST_STRENGTH:g}.")
    if shot.head_track is not None:
        _check_head_track(shot.head_track)
    if shot.landmark_edits is not None:
        check_edits(shot.landmark_edits)


def _check_background(background: Background) -> None:
    if background.kind not in BACKGROUNDS:
        raise ShotError(f"There is no background '{background.kind}'.", f"Use one of: {', '.join(BACKGROUNDS)}.")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", background.colour):
        raise ShotError(
            f"The background's colour '{background.colour}' is not a colour.", "Write it as #rrggbb, e.g. #808080."
        )
    if background.fit not in FITS:
        raise ShotError(f"There is no fit '{background.fit}' of a background.", f"Use one of: {', '.join(FITS)}.")
    if background.kind == "picture" and background.picture is None:
        raise ShotError("The background is a picture, but none is named.", "Choose a picture, or another background.")
    sha256 = background.picture.sha256 if background.picture is not None else ""
    if sha256 and not re.fullmatch(_SHA256, sha256):
        raise ShotError("The background picture's sha256 is not a hash.", "Choose the picture again.")


def _check_part(part: AudioPart) -> None:
    audio = part.audio
    if audio.sha256 and not re.fullmatch(_SHA256, audio.sha256):
        raise ShotError("The audio's sha256 is not a hash.", "Load the audio again.")
    if not 0.0 <= part.start_seconds < 86_400.0:
        raise ShotError(
            f"A recording is to be heard from {part.start_seconds:g} s on.", "Use 0 or more, within one day."
        )
    if not 0.0 <= audio.offset_seconds < 86_400.0:
        raise ShotError(f"The audio is to begin at {audio.offset_seconds:g} s.", "Use 0 or more, within one day.")
    if audio.duration_seconds is not None and not 0.0 < audio.duration_seconds < 86_400.0:
        raise ShotError(f"The audio is to last {audio.duration_seconds:g} s.", "Use more than 0, within one day.")


def _check_performance(performance: Performance) -> None:
    sampling = performance.idle_sampling
    if sampling not in IDLE_SAMPLINGS:
        raise ShotError(f"There is no idle sampling '{sampling}'.", f"Use one of: {', '.join(IDLE_SAMPLINGS)}.")
    for name, size in msgspec.structs.asdict(performance).items():
        if name != "idle_sampling" and not 0.0 <= size <= 10.0:
            raise ShotError(f"The size of {name.replace('_', ' ')} is {size:g}.", "Use 0 to 10.")


def _check_speaking(speaking: Speaking) -> None:
    for name, most in SPEAKING_LIMITS.items():
        size = getattr(speaking, name)
        if not 0.0 <= size <= most:
            raise ShotError(f"The {name.replace('_', ' ')} of the speech is {size:g}.", f"Use 0 to {most:g}.")


def _check_key(key: EmotionKey) -> None:
    where = f"The emotion key at {key.seconds:g} s"
    for feeling in key.feelings:
        if feeling.emotion not in EMOTIONS:
            hint = f"Use one of: {', '.join(EMOTIONS)}."
            raise ShotError(f"{where} names '{feeling.emotion}', which is no emotion.", hint)
        if not 0.0 <= feeling.intensity <= 1.0:
            raise ShotError(f"{where} has intensity {feeling.intensity:g}.", "Use 0 to 1.")
    named = [feeling.emotion for feeling in key.feelings]
    if len(set(named)) < len(named):
        raise ShotError(f"{where} names an emotion twice.", "Name each emotion once.")
    total = sum(feeling.intensity for feeling in key.feelings if feeling.emotion != "neutral")
    if total > 1.0 + _ROUNDING:
        raise ShotError(f"{where} mixes intensities that add up to {total:g}.", "Let them add up to 1 at most.")
    if key.easing not in EASINGS:
        raise ShotError(f"{where} has easing '{key.easing}'.", f"Use one of: {', '.join(EASINGS)}.")
    if not 0.0 <= key.transition_seconds <= 60.0:
        raise ShotError(f"{where} has a transition of {key.transition_seconds:g} s.", "Use 0 to 60 seconds.")
    if not abs(key.seconds) < 86_400.0:
        raise ShotError("An emotion key lies outside one day.", "Check the markers' frames.")


def _check_curves(curves: tuple[EmotionCurve, ...]) -> None:
    named = [curve.emotion for curve in curves]
    for curve in curves:
        where = f"The curve of '{curve.emotion}'"
        if curve.emotion not in EMOTIONS[1:]:
            raise ShotError(f"{where} is for no emotion that has curves.", f"Use one of: {', '.join(EMOTIONS[1:])}.")
        if named.count(curve.emotion) > 1:
            raise ShotError(f"{where} is not the only one for it.", "Use one curve for an emotion.")
        if len(curve.points) > MOST_ROWS:
            raise ShotError(f"{where} has more than {MOST_ROWS:,} points.", "Use fewer keyframes, or a shorter shot.")
        seconds = [point.seconds for point in curve.points]
        if not seconds or any(b <= a for a, b in itertools.pairwise(seconds)):
            raise ShotError(f"{where} has no points, or not in order of time.", "Write the shot again from Blender.")
        for point in curve.points:
            numbers = (point.seconds, point.value, *point.handle_left, *point.handle_right)
            if not all(abs(number) < 86_400.0 for number in numbers):
                raise ShotError(f"{where} has a point out of range.", "Check the curve's keyframes.")
            if point.interpolation not in INTERPOLATIONS:
                hint = f"Use one of: {', '.join(INTERPOLATIONS)}."
                raise ShotError(f"{where} has a point with interpolation '{point.interpolation}'.", hint)
            if point.handle_left[0] > 0.0 or point.handle_right[0] < 0.0:
                raise ShotError(f"{where} has a handle on the wrong side of its point.", "Check its handles.")


def _check_head_track(track: HeadTrack) -> None:
    hint = "Check the animation of the object that moves the head."
    if not track.motion:
        raise ShotError("The head's track has no frames.", hint)
    if len(track.motion) > MOST_ROWS:
        raise ShotError(f"The head's track has more than {MOST_ROWS:,} frames.", "Make the shot shorter.")
    for number, row in enumerate(track.motion, 1):
        if not all(abs(value) < LARGEST_HEAD_MOTION for value in row):
            limits = f"Metres and radians (not degrees) are less than {LARGEST_HEAD_MOTION:g} either way."
            raise ShotError(f"Row {number} of the head's track goes out of range.", f"{limits} {hint}")
