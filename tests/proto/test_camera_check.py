"""Cameras of a shot: what shows no picture is refused in words, and each frame has its own."""

import math

import msgspec
import pytest

from emogene_proto import shot_document
from emogene_proto.errors import ShotError
from emogene_proto.shot import AudioRef, CameraKey, Crop, Shot
from emogene_proto.shot_check import check

IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
KEY = CameraKey(IDENTITY, 50.0, 36.0)


def shot(**changes) -> Shot:
    return Shot(AudioRef(), **changes)


def changed(**changes) -> CameraKey:
    return msgspec.structs.replace(KEY, **changes)


def with_row(index: int, row: tuple) -> tuple:
    return (*IDENTITY[:index], row, *IDENTITY[index + 1 :])


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"camera_to_world": IDENTITY[:3]}, "4x4"),
        ({"camera_to_world": with_row(0, (1.0, 0.0, 0.0, math.nan))}, "4x4"),
        ({"camera_to_world": with_row(0, (2.0, 0.0, 0.0, 0.0))}, "scaled"),
        ({"camera_to_world": with_row(0, (1.0, 0.1, 0.0, 0.0))}, "skewed"),
        ({"camera_to_world": with_row(3, (0.0, 0.0, 0.0, 2.0))}, "scaled"),
        ({"camera_to_world": with_row(0, (-1.0, 0.0, 0.0, 0.0))}, "mirrored"),
        ({"camera_to_world": with_row(1, (0.0, 1.0, 0.0, 1e6))}, "far"),
        ({"focal_mm": 0.0}, "lens"),
        ({"focal_mm": math.nan}, "lens"),
        ({"sensor_mm": -1.0}, "lens"),
        ({"sensor_height_mm": math.inf}, "lens"),
        ({"sensor_fit": "AUTO"}, "sensor fit"),
        ({"shift_x": math.nan}, "shift"),
        ({"shift_y": 1e3}, "shift"),
        ({"pixel_aspect_x": 0.0}, "aspect"),
        ({"pixel_aspect_y": 1e4}, "aspect"),
        ({"pixel_aspect_y": math.inf}, "aspect"),
        ({"crop": Crop(0, 0, 8, 64)}, "crop"),
        ({"crop": Crop(-1, 0, 64, 64)}, "outside"),
        ({"crop": Crop(500, 0, 64, 64)}, "outside"),
    ],
)
def test_a_camera_that_shows_no_picture_is_refused_alone_and_in_a_track(wrong, word):
    with pytest.raises(ShotError, match=word) as alone:
        check(shot(camera=changed(**wrong)))
    assert alone.value.hint
    with pytest.raises(ShotError, match=word) as in_track:
        check(shot(camera_track=(KEY, KEY, changed(**wrong))))
    if "crop" not in wrong:
        assert in_track.value.message.startswith("Row 3")


def test_a_camera_beside_a_track_is_refused():
    with pytest.raises(ShotError, match="camera and a camera track"):
        check(shot(camera=KEY, camera_track=(KEY,)))


def test_frames_of_different_sizes_are_refused():
    for crops in ((Crop(0, 0, 64, 64), Crop(0, 0, 64, 65)), (Crop(0, 0, 64, 64), None)):
        with pytest.raises(ShotError, match="differ in size"):
            check(shot(camera_track=tuple(changed(crop=crop) for crop in crops)))
    moving = tuple(changed(crop=Crop(left, 3, 64, 64)) for left in range(5))
    check(shot(camera_track=moving))


def test_a_crop_makes_room_for_a_larger_picture():
    check(shot(width=8000, height=6000, camera=changed(crop=Crop(4000, 3000, 1000, 800))))
    for size in ({"width": 8000}, {"width": 8}, {"height": 70_000}):
        with pytest.raises(ShotError, match="out of range"):
            check(shot(camera=KEY, **size))


def test_each_frame_has_its_row_and_the_ends_are_held():
    track = tuple(changed(focal_mm=float(focal)) for focal in (50, 60, 70))
    moving = shot(camera_track=track)
    assert [moving.camera_at(row).focal_mm for row in (-1, 0, 1, 2, 9)] == [50.0, 50.0, 60.0, 70.0, 70.0]
    assert shot(camera=KEY).camera_at(7) == KEY and shot().camera_at(0) is None
    assert shot(camera=changed(crop=Crop(1, 2, 30, 40))).frame_size == (30, 40)
    assert shot(camera_track=track).frame_size == shot().frame_size == (512, 512)


def test_a_track_is_read_back_as_it_was_written_and_takes_little_room():
    track = tuple(changed(focal_mm=50.0 + i, sensor_fit="auto", shift_x=0.01 * i) for i in range(50))
    moving = shot(camera_track=track)
    assert shot_document.from_json(shot_document.to_json(moving)) == moving
    assert len(msgspec.msgpack.encode(moving)) < 50 * 280 + 1000


def test_there_are_two_forms_of_output():
    check(shot(output="exr"))
    with pytest.raises(ShotError, match="output 'tiff'"):
        check(shot(output="tiff"))
