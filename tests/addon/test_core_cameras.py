"""Cameras of Blender become keys of the shot: without scale, from where the character stands, said once if still."""

import math
from dataclasses import replace

import pytest
from emogene_addon.core.cameras import (
    Picture,
    Root,
    SeenCamera,
    as_camera_or_track,
    border_crop,
    camera_key,
    camera_on,
    rigid,
)
from emogene_addon.emogene_proto.errors import ShotError
from emogene_addon.emogene_proto.shot import AudioRef, Crop, Shot
from emogene_addon.emogene_proto.shot_check import check
from hypothesis import given
from hypothesis import strategies as st

PICTURE = Picture(640, 480)
LAST_ROW = (0.0, 0.0, 0.0, 1.0)


def turned(angle: float, x: float, y: float, scale: float = 1.0):
    """Turned about Z, then moved."""
    c, s = scale * math.cos(angle), scale * math.sin(angle)
    return ((c, -s, 0.0, x), (s, c, 0.0, y), (0.0, 0.0, scale, 0.5), LAST_ROW)


def seen(matrix) -> SeenCamera:
    return SeenCamera("eye", "PERSP", matrix, 50.0, 36.0, 24.0, "AUTO", 0.1, -0.2)


angles, places = st.floats(-3, 3), st.floats(-5, 5)


@given(angles, places, places, st.floats(0.1, 9))
def test_scale_is_taken_off_and_the_shot_is_one_that_can_be_rendered(angle, x, y, scale):
    key = camera_key(seen(turned(angle, x, y, scale)), None, 1.0, PICTURE)
    assert key.camera_to_world[0] == pytest.approx((math.cos(angle), -math.sin(angle), 0.0, x), abs=1e-8)
    assert (key.sensor_fit, key.shift_x, key.shift_y) == ("auto", 0.1, -0.2)
    check(Shot(AudioRef(), camera=key))


@given(angles, places, places, angles, places, places)
def test_a_camera_is_seen_from_where_the_character_stands(angle, x, y, root_angle, root_x, root_y):
    root = Root("root", turned(root_angle, root_x, root_y, 2.0))
    key = camera_key(seen(turned(angle, x, y)), root, 1.0, PICTURE)
    rows = rigid(root.matrix_world, "root")
    back = [[sum(rows[i][k] * key.camera_to_world[k][j] for k in range(4)) for j in range(4)] for i in range(3)]
    for row, expected in zip(back, turned(angle, x, y), strict=False):
        assert row == pytest.approx(list(expected), abs=1e-6)


def test_places_are_metres():
    assert camera_key(seen(turned(0.0, 3.0, 2.0)), None, 0.1, PICTURE).camera_to_world[0][3] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "ORTHO"}, "orthographic"),
        ({"kind": "PANO"}, "panoramic"),
        ({"kind": "CUSTOM"}, "no perspective"),
        ({"matrix_world": turned(0.0, 0.0, 0.0, 0.0)}, "scaled to nothing"),
        ({"matrix_world": turned(0.0, 0.0, 0.0, -1.0)}, "mirrored"),
    ],
)
def test_what_is_no_pinhole_is_refused_by_name(changes, words):
    with pytest.raises(ShotError, match=words) as refusal:
        camera_key(replace(seen(turned(0.0, 0.0, 0.0)), **changes), None, 1.0, PICTURE)
    assert "'eye'" in refusal.value.message and refusal.value.hint


def test_a_still_camera_is_one_and_a_moving_one_a_track():
    still, other = (camera_key(seen(turned(0.0, x, 0.0)), None, 1.0, PICTURE) for x in (0.0, 1.0))
    assert as_camera_or_track([still] * 9) == (still, ())
    assert as_camera_or_track([still, other, other, other]) == (None, (still, other))
    assert as_camera_or_track([still, other, still]) == (None, (still, other, still))


def test_markers_switch_cameras_as_in_blender():
    switches = [(20, "b"), (1, "a"), (40, "c")]
    assert [camera_on(frame, switches, "x") for frame in (-5, 1, 19, 20, 39, 40, 99)] == list("aaabbcc")
    assert camera_on(3, [], "x") == "x"


def test_a_border_is_cut_in_whole_pixels_from_the_lower_left():
    assert border_crop(100, 50, 0.1, 0.5, 0.2, 1.0) == Crop(10, 0, 40, 40)
    assert border_crop(100, 100, 0.0, 0.7, 0.0, 1.0).width == 70, "0.7 is less than that in single precision"
    with pytest.raises(ShotError, match="no pixel"):
        border_crop(100, 100, 0.5, 0.505, 0.0, 1.0)
