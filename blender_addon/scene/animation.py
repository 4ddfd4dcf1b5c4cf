# SPDX-License-Identifier: GPL-3.0-or-later
"""What animates a data-block."""

from collections.abc import Iterable

import bpy

from .. import compat
from ..core import data_paths


def active_fcurves(data: bpy.types.ID) -> dict[tuple[str, int], bpy.types.FCurve]:
    """The f-curves of its own action that move something, by data path and array index."""
    animation = data.animation_data
    if animation is None or _is_played_solo(animation):
        return {}
    curves = compat.fcurves(animation.action, animation)
    return {(curve.data_path, curve.array_index): curve for curve in curves if _moves(curve)}


def beyond_fcurves(data: bpy.types.ID) -> tuple[set[str], bool]:
    """Data paths that drivers or NLA strips move, and whether NLA strips are blended with the action."""
    animation = data.animation_data
    if animation is None:
        return set(), False
    strips = list(_playing_strips(animation))
    paths = {driver.data_path for driver in animation.drivers if not driver.mute}
    return paths | _strip_paths(strips), bool(strips)


def keyed_paths(data: bpy.types.ID) -> set[str]:
    """Data paths that keyframes move, in the action or in NLA strips."""
    animation = getattr(data, "animation_data", None)  # actions and collections have none
    if animation is None:
        return set()
    own = {curve.data_path for curve in compat.fcurves(animation.action, animation)}
    return own | _strip_paths(_playing_strips(animation))


def forget_item(data: bpy.types.ID, collection: str, index: int) -> None:
    """An item of a collection property is about to go: its f-curves and drivers go too, those of later ones follow.

    Args:
        collection: path of the property, e.g. "emogene.characters".
    """
    animation = data.animation_data
    if animation is None:
        return
    strips = [strip for track in animation.nla_tracks for strip in track.strips]
    for assigned in (animation, *strips):
        if assigned.action is not None and assigned.action.users > 1:
            assigned.action = assigned.action.copy()  # others go on with theirs
        for curves in compat.fcurve_collections(assigned.action, assigned):
            _forget(curves, collection, index)
    _forget(animation.drivers, collection, index)


def _forget(curves, collection: str, index: int) -> None:
    for curve in list(curves):
        place, path = data_paths.item_of(curve.data_path, collection)
        if place == index:
            curves.remove(curve)
        elif place is not None and place > index:
            curve.data_path = f"{collection}[{place - 1}]{path}"


def curve_time(scene: bpy.types.Scene, frame: int) -> float:
    """Where on its f-curves the scene is on a frame: elsewhere if the artist remapped time."""
    return frame * scene.render.frame_map_old / scene.render.frame_map_new


def is_remapped(scene: bpy.types.Scene) -> bool:
    return scene.render.frame_map_old != scene.render.frame_map_new


def _playing_strips(animation: bpy.types.AnimData) -> Iterable[bpy.types.NlaStrip]:
    """NLA strips that are heard, also those inside meta strips."""
    tracks = [track for track in animation.nla_tracks if not track.mute] if animation.use_nla else []
    waiting = [strip for track in _solo(tracks) or tracks for strip in track.strips]
    while waiting:
        strip = waiting.pop()
        if not strip.mute:
            waiting += strip.strips
            yield strip


def _is_played_solo(animation: bpy.types.AnimData) -> bool:
    """Whether one NLA track plays alone, without the action."""
    return animation.use_nla and not animation.use_tweak_mode and bool(_solo(animation.nla_tracks))


def _solo(tracks: Iterable[bpy.types.NlaTrack]) -> list[bpy.types.NlaTrack]:
    return [track for track in tracks if track.is_solo]


def _strip_paths(strips: Iterable[bpy.types.NlaStrip]) -> set[str]:
    return {curve.data_path for strip in strips for curve in compat.fcurves(strip.action, strip)}


def _moves(curve: bpy.types.FCurve) -> bool:
    muted = curve.mute or (curve.group is not None and curve.group.mute)
    return curve.is_valid and not muted and not curve.is_empty
