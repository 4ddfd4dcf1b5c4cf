# SPDX-License-Identifier: GPL-3.0-or-later
"""The landmarks that an artist moved by hand, as they are kept in the .blend.

An edit lies on a frame of the timeline and on the strip that is heard there: where the strip is moved, the edit goes
with it. It says how far the point is from where the plan without edits has it, so it survives a new plan.
"""

import functools
import math
from collections.abc import Iterable, Mapping

import msgspec

from ..emogene_proto.edits_check import LARGEST_EDIT
from ..emogene_proto.names import LANDMARK_REGIONS
from ..emogene_proto.shot import LandmarkEdit, LandmarkEdits, Shot

Offset = tuple[float, float, float]

REGIONS = {
    "jaw": ("Jaw", ("jaw",)),
    "brows": ("Brows", ("brow_right", "brow_left")),
    "nose": ("Nose", ("nose",)),
    "eyes": ("Eyes", ("eye_right", "eye_left")),
    "mouth": ("Mouth", ("lips_outer", "lips_inner")),
}
"""What is cleared together: name for people, and the landmark regions in it."""
NOWHERE = -1
_SMALLEST = 2e-5
"""Metres; less is single precision and rounding, and no edit."""
_DECIMALS = 6


class StoredEdit(msgspec.Struct, frozen=True, array_like=True):
    """Where one point was put."""

    point: int
    frame: float
    """Of the timeline, when the edit was made."""
    offset: Offset
    """Metres, in the head's frame."""
    anchor: int = NOWHERE
    """Index of the strip that the edit goes with."""


class EditLayer(msgspec.Struct, frozen=True):
    """All edits of a character."""

    keys: tuple[StoredEdit, ...] = ()
    anchors: tuple[tuple[str, float], ...] = ()
    """Strips that edits go with: name, and the frame on which its content began when the edit was made."""


Starts = Mapping[str, float]
"""Of each strip of the voice, by name, the frame on which its content begins now."""


@functools.lru_cache(maxsize=16)  # asked for on every redraw
def read_layer(text: str) -> EditLayer:
    """The layer that a .blend holds; what cannot be read counts as none."""
    if not text:
        return EditLayer()
    try:
        return msgspec.json.decode(text, type=EditLayer)
    except msgspec.MsgspecError:
        return EditLayer()


def write_layer(layer: EditLayer) -> str:
    return msgspec.json.encode(layer).decode() if layer.keys else ""


def placed(layer: EditLayer, starts: Starts) -> list[StoredEdit]:
    """The edits on the frames where their strips are now; of two on one place the later one counts."""
    moved = [starts.get(name, then) - then for name, then in layer.anchors]
    there: dict[tuple[int, float], StoredEdit] = {}
    for edit in layer.keys:
        by = moved[edit.anchor] if 0 <= edit.anchor < len(moved) else 0.0
        frame = round(edit.frame + by, 3)
        there[edit.point, frame] = msgspec.structs.replace(edit, frame=frame) if by else edit
    return list(there.values())


def with_edits(
    layer: EditLayer, new: Mapping[int, Mapping[int, Offset]], heard: Mapping[int, str], starts: Starts
) -> EditLayer:
    """The layer with these points put elsewhere, in place of what was said of them on the same frames.

    Args:
        new: by point and frame of the timeline, metres from the plan; longer ones are cut to the longest allowed.
        heard: by frame, the strip that is heard there; missing where none is.
    """
    anchors = list(dict.fromkeys((name, starts[name]) for name in heard.values() if name in starts))
    kept = [edit for edit in placed(layer, starts) if round(edit.frame) not in new.get(edit.point, {})]
    # All anchors are as strips are now, so one list of them is enough.
    names = {name: index for index, (name, _) in enumerate(layer.anchors)}
    all_anchors = [(name, starts.get(name, then)) for name, then in layer.anchors]
    for name, start in anchors:
        if name not in names:
            names[name] = len(all_anchors)
            all_anchors.append((name, start))
    for point, frames in new.items():
        for frame, offset in frames.items():
            anchor = names.get(heard.get(frame, ""), NOWHERE)
            kept.append(StoredEdit(point, float(frame), _within(offset), anchor))
    kept.sort(key=lambda edit: (edit.frame, edit.point))
    return EditLayer(tuple(kept), tuple(all_anchors))


def without_region(layer: EditLayer, region: str) -> EditLayer:
    """The layer without the edits of a region's points."""
    points = {point for name in REGIONS[region][1] for point in LANDMARK_REGIONS[name]}
    return msgspec.structs.replace(layer, keys=tuple(edit for edit in layer.keys if edit.point not in points))


def regions_edited(layer: EditLayer) -> dict[str, int]:
    """How many edits each region has, of those that have some."""
    points = [edit.point for edit in layer.keys]
    counts = {}
    for region, (_, parts) in REGIONS.items():
        count = sum(point in LANDMARK_REGIONS[part] for point in points for part in parts)
        if count:
            counts[region] = count
    return counts


def shot_edits(
    layer: EditLayer, starts: Starts, frame_start: int, fps: float, fade_seconds: float, neighbours: int
) -> LandmarkEdits | None:
    """What the Shot document says of the layer; None where it is empty."""
    keys = tuple(
        LandmarkEdit(edit.point, round((edit.frame - frame_start) / fps, 6), edit.offset)
        for edit in placed(layer, starts)
    )
    return LandmarkEdits(keys, round(fade_seconds, 4), neighbours) if keys else None


def without_edits(shot: Shot) -> Shot:
    return shot if shot.landmark_edits is None else msgspec.structs.replace(shot, landmark_edits=None)


def is_moved(offset: Iterable[float]) -> bool:
    """Whether a difference to the plan is more than rounding."""
    return math.hypot(*offset) > _SMALLEST


def _within(offset: Offset) -> Offset:
    """No longer than an edit may be."""
    length = math.hypot(*offset)
    share = min(1.0, 0.999 * LARGEST_EDIT / length) if length else 1.0
    return tuple(round(share * part, _DECIMALS) for part in offset)
