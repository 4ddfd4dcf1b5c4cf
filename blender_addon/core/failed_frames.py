# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames that could not be rendered while the others were: what the artist is told at the end."""

from collections.abc import Iterable

from ..emogene_proto.errors import RenderError
from ..emogene_proto.frame_runs import frame_runs
from ..emogene_proto.messages import FrameFailed

MOST_GROUPS = 8
"""So many runs of frames are named; of the rest it is said how many there are."""


def told(failed: list[FrameFailed]) -> RenderError:
    """One sentence that says which frames and why, with what to do next; `failed` is not empty.

    Where frames failed for different reasons, the most frequent one is told, and that there are others.
    """
    reasons: dict[str, list[FrameFailed]] = {}
    for event in failed:
        reasons.setdefault(event.code, []).append(event)
    first = max(reasons.values(), key=len)[0]
    frames = sorted({event.frame for event in failed})
    one = len(frames) == 1
    others = "; others for other reasons" if len(reasons) > 1 else ""
    message = (
        f"Frame{'' if one else 's'} {in_words(frames)} could not be rendered: {first.message.rstrip('.')}{others}."
    )
    again = f"render again: only {'this frame is' if one else 'these frames are'} rendered."
    hint = f"{first.hint.rstrip('.')}. Then {again}" if first.hint else again.capitalize()
    return RenderError(message, hint, "frames_failed")


def in_words(frames: Iterable[int]) -> str:
    """E.g. "7, 9 to 12 and 30", or "1, 3, 5 and 40 more"."""
    runs = frame_runs(frames)
    words = [str(first) if first == last else f"{first} to {last}" for first, last in runs[:MOST_GROUPS]]
    if more := sum(last - first + 1 for first, last in runs[MOST_GROUPS:]):
        return f"{', '.join(words)} and {more} more"
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
