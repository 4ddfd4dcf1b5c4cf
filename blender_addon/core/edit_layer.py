# SPDX-License-Identifier: GPL-3.0-or-later
"""The landmarks that an artist moved by hand, as they are kept in the .blend.

An edit lies on a frame of the timeline and on the strip that is heard there: where the strip is moved, the edit goes
with it. It says how far the point is from where the plan without edits has it, so it survives a new plan.
"""

import math
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from ..emogene_proto.edits_check import LARGEST_EDIT
from ..emogene_proto.names import LANDMARK_REGIONS
from ..emogene_proto.shot import LandmarkEdit, LandmarkEdits, Shot
from .edit_blocks import EditBlock, Offset, block_of, edits_at, how_many, offsets_of, without_points

T = TypeVar("T")

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
_BLOCKS_A_SLICE = 24
"""Repacked in a millisecond or two where all points are edited."""
_EDITS_A_SLICE = 800

Anchor = tuple[str, float]
"""A strip, and the frame on which its content began when the edit was made."""


class StoredEdit(msgspec.Struct, frozen=True):
    """Where one point was put."""

    point: int
    frame: float
    """Of the timeline."""
    offset: Offset
    """Metres, in the head's frame."""
    anchor: int = NOWHERE
    """Index of the strip that the edit goes with."""


class EditLayer(msgspec.Struct, frozen=True):
    """All edits of a character."""

    blocks: tuple[EditBlock, ...] = ()
    """In the order in which they were made."""
    anchors: tuple[Anchor, ...] = ()
    """Strips that edits go with."""

    @property
    def keys(self) -> tuple[StoredEdit, ...]:
        """Each edit by itself; takes long in a large layer."""
        return tuple(_each(self.blocks))


class StripPlace(NamedTuple):
    """Where a strip of the voice lies now, in frames."""

    name: str
    """What edits name it by."""
    start: float
    """On which its content begins."""
    first: float
    end: float
    """After its last one."""


Starts = Mapping[str, Sequence[StripPlace]]
"""Strips of the voice by what edits may name them by; those that were split or copied have one name."""
ByFrame = Mapping[int, Mapping[int, Offset]]
"""Metres from the plan, by frame and point."""


def placed(layer: EditLayer, starts: Starts) -> list[StoredEdit]:
    """The edits on the frames where their strips are now; of two on one place the later one counts."""
    return list(_each(settled(layer, starts).blocks))


def settled(layer: EditLayer, starts: Starts) -> EditLayer:
    """The same edits, said of the frames on which they are now and of the strips as they are now."""
    anchors: dict[Anchor, int] = {}
    there: dict[float, list[EditBlock]] = {}
    for block in layer.blocks:
        frame, anchor = _place_now(layer, block, starts)
        index = NOWHERE if anchor is None else anchors.setdefault(anchor, len(anchors))
        if (frame, index) != (block.frame, block.anchor):
            block = EditBlock(frame, index, block.points, block.packed)
        there.setdefault(frame, []).append(block)
    blocks = [block for on_frame in there.values() for block in _later_ones(on_frame)]
    return EditLayer(tuple(blocks), tuple(anchors))


def held_by(layer: EditLayer, starts: Starts) -> EditLayer:
    """The same edits on the same frames, going on from where strips of these names are now."""
    anchors = []
    for name, then in layer.anchors:
        near = min((place.start for place in starts.get(name, ())), key=lambda start: abs(start - then), default=then)
        anchors.append((name, near))
    return EditLayer(layer.blocks, tuple(anchors))


def _place_now(layer: EditLayer, block: EditBlock, starts: Starts) -> tuple[float, Anchor | None]:
    if not 0 <= block.anchor < len(layer.anchors):
        return block.frame, None
    name, then = layer.anchors[block.anchor]
    places, into = starts.get(name, ()), block.frame - then
    # Of a split strip's parts one has this moment of the sound; of a strip and its copy the one that is where the
    # strip was. A strip that is the only one takes along what is cut off, too.
    fitting = [place for place in places if len(places) == 1 or place.first <= place.start + into < place.end]
    if not fitting:
        return block.frame, (name, then)
    place = min(fitting, key=lambda place: abs(place.start - then))
    frame = block.frame if place.start == then else round(place.start + into, 3)
    return frame, (place.name, place.start)


def _later_ones(blocks: list[EditBlock]) -> Iterable[EditBlock]:
    """Of one frame's blocks what no later one replaces."""
    if len(blocks) == 1:
        return blocks
    taken: set[int] = set()
    left: list[EditBlock] = []
    for block in reversed(blocks):
        rest = without_points(block, frozenset(taken))
        if rest is not None:
            left.append(rest)
            taken.update(offsets_of(rest))
    return reversed(left)


def by_frame(new: Mapping[int, Mapping[int, Offset]]) -> Generator[None, None, dict[int, dict[int, Offset]]]:
    """In slices: what is said by point and frame, by frame and point. Longer offsets are cut to the longest allowed."""
    frames: dict[int, dict[int, Offset]] = {}
    done = 0
    for point, offsets in new.items():
        for frame, offset in offsets.items():
            frames.setdefault(frame, {})[point] = _within(offset)
            done += 1
            if done % _EDITS_A_SLICE == 0:
                yield
    return frames


def merged(
    layer: EditLayer, new: ByFrame, heard: Mapping[int, Anchor], starts: Starts
) -> Generator[None, None, EditLayer]:
    """In slices: the layer with these points put elsewhere, in place of what was said of them on the same frames.

    Args:
        new: offsets that are allowed, see `by_frame`.
        heard: by frame, the strip that is heard there; missing where none is.
    """
    now = settled(layer, starts)
    yield
    anchors = {anchor: index for index, anchor in enumerate(now.anchors)}
    blocks: list[EditBlock] = []
    put: dict[tuple[float, int], Mapping[int, Offset]] = {}
    for frame, offsets in new.items():
        anchor = heard.get(frame)
        index = NOWHERE if anchor is None else anchors.setdefault(anchor, len(anchors))
        put[float(frame), index] = offsets
    touched = 0
    for block in now.blocks:
        replaced = new.get(round(block.frame))
        rest = block if replaced is None else without_points(block, frozenset(replaced))
        same = put.get((block.frame, block.anchor))
        if rest is not None and same is not None:
            put[block.frame, block.anchor] = {**offsets_of(rest), **same}
        elif rest is not None:
            blocks.append(rest)
        touched += replaced is not None
        if replaced is not None and touched % _BLOCKS_A_SLICE == 0:
            yield
    for done, (frame, index) in enumerate(list(put)):
        blocks.append(block_of(frame, index, put.pop((frame, index))))
        if done % _BLOCKS_A_SLICE == _BLOCKS_A_SLICE - 1:
            yield
    yield  # a large layer takes long enough to write
    return EditLayer(tuple(blocks), tuple(anchors))


def freed(frames: dict[int, dict[int, Offset]]) -> Generator[None]:
    """In slices: forget them; 100,000 at once take as long as many slices."""
    for done, frame in enumerate(list(frames)):
        del frames[frame]
        if done % _BLOCKS_A_SLICE == 0:
            yield


def with_edits(
    layer: EditLayer, new: Mapping[int, Mapping[int, Offset]], heard: Mapping[int, Anchor], starts: Starts
) -> EditLayer:
    """The same at once, of what is said by point and frame; for a few edits."""
    return done_at_once(merged(layer, done_at_once(by_frame(new)), heard, starts))


def points_in(region: str) -> frozenset[int]:
    return frozenset(point for name in REGIONS[region][1] for point in LANDMARK_REGIONS[name])


def without_region(layer: EditLayer, region: str) -> EditLayer:
    """The layer without the edits of a region's points."""
    points = points_in(region)
    rests = (without_points(block, points) for block in layer.blocks)
    return EditLayer(tuple(rest for rest in rests if rest is not None), layer.anchors)


def regions_edited(layer: EditLayer) -> dict[str, int]:
    """How many edits each region has, of those that have some."""
    blocks = list(layer.blocks)
    points = {
        region: [*(p for part in parts for p in LANDMARK_REGIONS[part])] for region, (_, parts) in REGIONS.items()
    }
    counts = {region: how_many(blocks, points[region]) for region in REGIONS}
    return {region: count for region, count in counts.items() if count}


def shot_edits(
    layer: EditLayer, starts: Starts, frame_start: int, fps: float, fade_seconds: float, neighbours: int
) -> LandmarkEdits | None:
    """What the Shot document says of the layer; None where it is empty."""
    saying = said(layer, starts, frame_start, fps)
    return LandmarkEdits(done_at_once(saying), round(fade_seconds, 4), neighbours) if layer.blocks else None


def said(
    layer: EditLayer, starts: Starts, frame_start: int, fps: float
) -> Generator[None, None, tuple[LandmarkEdit, ...]]:
    """In slices: the edits in seconds of a shot. What was said of it before is quick to say again."""
    keys: list[LandmarkEdit] = []
    for done, block in enumerate(settled(layer, starts).blocks):
        if done % _BLOCKS_A_SLICE == 0:
            yield
        keys += edits_at(round((block.frame - frame_start) / fps, 6), block)
    return tuple(keys)


def done_at_once(work: Generator[None, None, T]) -> T:
    """What work in slices comes to."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def without_edits(shot: Shot) -> Shot:
    return shot if shot.landmark_edits is None else msgspec.structs.replace(shot, landmark_edits=None)


def is_moved(offset: Iterable[float]) -> bool:
    """Whether a difference to the plan is more than rounding."""
    return math.hypot(*offset) > _SMALLEST


def _each(blocks: Iterable[EditBlock]) -> Iterable[StoredEdit]:
    for block in blocks:
        for point, offset in offsets_of(block).items():
            yield StoredEdit(point, block.frame, offset, block.anchor)


def _within(offset: Offset) -> Offset:
    """No longer than an edit may be."""
    length = math.hypot(*offset)
    share = min(1.0, 0.999 * LARGEST_EDIT / length) if length else 1.0
    x, y, z = offset
    return round(share * x, _DECIMALS), round(share * y, _DECIMALS), round(share * z, _DECIMALS)
