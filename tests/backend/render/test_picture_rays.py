"""Training rays: each shows its pixel, regions and patches lie where they should, mattes cut the head out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emogene.corpus.appearance.portrait import DEPTH_STEP
from emogene.corpus.pictures import read_pictures
from emogene.render.picture_rays import (
    BORDER,
    HEAD_SHARES,
    REGIONS,
    TORSO_SHARES,
    PictureSet,
    PixelBatch,
    draw_patch,
    draw_pixels,
    joined,
    load_pictures,
    project,
    reduced,
    reduced_depth,
    region_boxes,
)
from emogene_proto.errors import CorpusError

from .conftest import front_camera, turned
from .picture_scene import FRAMES, SIZE, write_scene

ROWS = np.array([0, 5])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> PictureSet:
    """The scene, with noise in its colours so that every pixel is another one."""
    data = read_pictures(write_scene(tmp_path_factory.mktemp("pictures")))
    loaded = load_pictures(data, np.arange(FRAMES), lambda text: None)
    loaded.pixels[..., :3] = np.random.default_rng(0).integers(0, 256, loaded.pixels[..., :3].shape)
    return loaded


def pixels_of(pictures: PictureSet, batch: PixelBatch) -> tuple[np.ndarray, np.ndarray]:
    """Column and row that each ray goes through, by the camera of its picture."""
    found = project(batch.origins + batch.directions, np.eye(4), pictures.camera(0))
    assert np.abs(found - (np.floor(found) + 0.5)).max() < 1e-3
    column, row = np.floor(found).astype(int).T
    return column, row


def test_rays_show_their_pixels(pictures):
    batch = draw_pixels(pictures, ROWS, 400, HEAD_SHARES, np.random.default_rng(0))
    column, row = pixels_of(pictures, batch)
    picture = ROWS[batch.frame]
    assert np.array_equal(batch.rgba, pictures.pixels[picture, row, column] / np.float32(255.0))
    assert np.array_equal(batch.head, pictures.mattes[picture, row, column] / np.float32(255.0))
    assert (np.diff(batch.frame) >= 0).all() and np.bincount(batch.frame).tolist() == [200, 200]
    assert np.abs(np.linalg.norm(batch.directions, axis=1) - 1).max() < 1e-6


def test_rays_know_how_far_off_what_they_show_is(pictures):
    """A wall at a depth along the camera's axis: what rays reach at their distances lies on it."""
    depths = np.full(pictures.mattes.shape, round(0.8 / DEPTH_STEP), np.uint16)
    depths[:, : SIZE // 2] = 0
    batch = draw_pixels(replace(pictures, depths=depths), ROWS, 400, HEAD_SHARES, np.random.default_rng(0))
    _, row = pixels_of(pictures, batch)
    known = row >= SIZE // 2
    assert not batch.distance[~known].any() and known.any() and not known.all()
    reached = batch.origins + batch.distance[:, None] * batch.directions
    camera = pictures.camera(0).camera_to_world
    depth = (reached - camera[:3, 3]) @ -camera[:3, 2]
    assert depth[known] == pytest.approx(0.8, abs=1e-4)
    assert not draw_pixels(pictures, ROWS, 400, HEAD_SHARES, np.random.default_rng(0)).distance.any()


def test_depths_of_smaller_pictures_are_means_of_known_ones():
    depth = np.array([[100, 102, 7, 0], [104, 106, 7, 7]], np.uint16)
    depth = np.concatenate([depth, depth])
    assert reduced_depth(depth, 2).tolist() == [[103, 0], [103, 0]]
    assert np.array_equal(reduced_depth(depth, 4), depth)
    edge = np.array([[20000, 20600], [20000, 20600]], np.uint16)
    assert reduced_depth(edge, 1).tolist() == [[0]]


@pytest.mark.parametrize("name", REGIONS)
def test_a_share_is_drawn_all_over_its_region(pictures, name):
    shares = tuple(float(other == name) for other in REGIONS)
    batch = draw_pixels(pictures, ROWS, 4000, shares, np.random.default_rng(1))
    column, row = pixels_of(pictures, batch)
    for number, picture in enumerate(ROWS):
        mine = batch.frame == number
        left, top, right, bottom = pictures.boxes[picture, REGIONS.index(name)]
        assert set(column[mine]) == set(range(left, right)) and set(row[mine]) == set(range(top, bottom))


def test_shares_add_up():
    assert sum(HEAD_SHARES) == pytest.approx(1.0) and sum(TORSO_SHARES) == pytest.approx(1.0)
    assert len(HEAD_SHARES) == len(TORSO_SHARES) == len(REGIONS)


def test_rays_outside_of_the_face_are_known(pictures):
    batch = draw_pixels(pictures, ROWS, 2000, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0), np.random.default_rng(2))
    column, row = pixels_of(pictures, batch)
    left, top, right, bottom = pictures.boxes[ROWS[batch.frame], REGIONS.index("face")].T
    inside = (column >= left) & (column < right) & (row >= top) & (row < bottom)
    assert np.array_equal(batch.outside_face, ~inside) and 0.05 < inside.mean() < 0.9


def test_regions_hold_their_landmarks_in_any_pose(rest):
    camera = front_camera(200, 200)
    for pose in (turned(0, 0, (0, 0, 0)), turned(20, 10, (0.03, 0.0, 0.02))):
        found, boxes = project(rest, pose, camera), region_boxes(rest, pose, camera)
        assert boxes[0].tolist() == [0, 0, 200, 200]
        parts = {"face": slice(0, 68), "mouth": slice(48, 68), "right eye": slice(36, 42), "left eye": slice(42, 48)}
        for name, part in parts.items():
            left, top, right, bottom = boxes[REGIONS.index(name)]
            width = np.ptp(found[part, 0])
            assert found[part, 0].min() - left == pytest.approx(BORDER[name] * width, abs=1.0)
            assert right - found[part, 0].max() == pytest.approx(BORDER[name] * width, abs=1.0)
            assert top < found[part, 1].min() and bottom > found[part, 1].max()
        neck = boxes[REGIONS.index("neck")]
        assert neck[1] == np.floor(found[48:, 1].min()) and neck[3] > found[:17, 1].max()


@pytest.mark.parametrize("shift", [(3.0, 0.0, 0.0), (0.0, 0.0, -3.0), (-3.0, 0.0, 3.0)])
def test_a_face_outside_of_the_picture_still_has_regions(rest, shift):
    """At least a pixel each, inside the picture, so that rays can be drawn."""
    boxes = region_boxes(rest, turned(0, 0, shift), front_camera(48, 48))
    assert (boxes >= 0).all() and (boxes <= 48).all()
    assert (boxes[:, 2:] > boxes[:, :2]).all()


@pytest.mark.parametrize("region", ["face", "mouth", "neck", "picture"])
def test_patches_are_squares_of_neighbours_row_by_row(pictures, region):
    chance = np.random.default_rng(3)
    for _ in range(20):
        batch = draw_patch(pictures, ROWS, 12, (region,), chance)
        column, row = pixels_of(pictures, batch)
        assert np.array_equal(column.reshape(12, 12), column[0] + np.arange(12)[None, :].repeat(12, 0))
        assert np.array_equal(row.reshape(12, 12), row[0] + np.arange(12)[:, None].repeat(12, 1))
        assert len(set(batch.frame)) == 1
        left, top, right, bottom = pictures.boxes[ROWS[batch.frame[0]], REGIONS.index(region)]
        assert column[0] < right and column[-1] >= left - 6 and row[0] < bottom and row[-1] >= top - 6


def test_a_patch_as_large_as_the_picture_is_the_picture(pictures):
    batch = draw_patch(pictures, ROWS[:1], SIZE, ("mouth",), np.random.default_rng(4))
    assert np.array_equal(batch.rgba.reshape(SIZE, SIZE, 4), pictures.pixels[ROWS[0]] / np.float32(255.0))


def test_joined_batches_are_sorted_by_frame_and_keep_their_order(pictures):
    """A patch stays whole after the other rays of its frame: training finds it there."""
    chance = np.random.default_rng(5)
    for _ in range(5):
        rest = draw_pixels(pictures, ROWS, 100, TORSO_SHARES, chance)
        patch = draw_patch(pictures, ROWS, 8, ("face",), chance)
        both = joined([rest, patch])
        assert (np.diff(both.frame) >= 0).all()
        end = int(np.searchsorted(rest.frame, patch.frame[0], "right"))
        assert np.array_equal(both.rgba[end : end + 64], patch.rgba)
        assert np.array_equal(both.directions[end : end + 64], patch.directions)
        assert np.array_equal(np.delete(both.rgba, np.arange(end, end + 64), 0), rest.rgba)


def test_the_matte_is_at_most_the_pictures_opacity(pictures):
    """Where a picture is clear there is no head, whatever rounding made of the matte."""
    faint = replace(pictures, pixels=pictures.pixels // 2)
    batch = draw_pixels(faint, ROWS, 1000, HEAD_SHARES, np.random.default_rng(6))
    assert (batch.head <= batch.rgba[:, 3]).all() and batch.head.max() == np.float32(127 / 255)


def test_averaging_weighs_colours_by_their_opacity():
    """What is clear has no colour that could bleed into an edge."""
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[..., :3] = (9, 255, 9)
    rgba[::2, ::2] = (200, 40, 80, 255)
    matte = np.zeros((4, 4), np.uint8)
    matte[:2] = 255
    small, small_matte = reduced(rgba, matte, 2)
    assert small.dtype == small_matte.dtype == np.uint8
    assert small.tolist() == [[[200, 40, 80, 64]] * 2] * 2
    assert small_matte.tolist() == [[255, 255], [0, 0]]


def test_averaging_keeps_what_a_picture_adds_up_to():
    chance = np.random.default_rng(7)
    rgba, matte = (
        chance.integers(0, 256, (32, 32, 4)).astype(np.uint8),
        chance.integers(0, 256, (32, 32)).astype(np.uint8),
    )
    small, small_matte = reduced(rgba, matte, 8)

    def light(values: np.ndarray) -> np.ndarray:
        return (values[..., :3] * (values[..., 3:] / 255.0)).mean((0, 1))

    assert light(small.astype(float)) == pytest.approx(light(rgba.astype(float)), abs=1.0)
    assert small_matte.mean() == pytest.approx(matte.mean(), abs=0.5)
    assert reduced(rgba, matte, 32)[0] is rgba


def test_smaller_pictures_have_cameras_and_regions_of_their_size(pictures):
    half = load_pictures(pictures.corpus, np.arange(3), lambda text: None, SIZE // 2)
    assert half.pixels.shape == (3, SIZE // 2, SIZE // 2, 4) and half.mattes.shape == (3, SIZE // 2, SIZE // 2)
    assert half.camera(0).focal_px == pytest.approx(pictures.camera(0).focal_px / 2)
    assert np.abs(half.boxes * 2 - pictures.boxes[:3]).max() <= 4


def test_pictures_that_are_not_made_are_left_out(tmp_path: Path):
    folder = write_scene(tmp_path / "scene")
    for i in (1, 4):
        (folder / "rgba" / f"{i:06d}.png").unlink()
    told: list[str] = []
    pictures = load_pictures(read_pictures(folder), np.arange(6), told.append)
    assert pictures.index.tolist() == [0, 2, 3, 5]
    assert told == ["2 of 6 pictures have not been made and are left out."]
    with pytest.raises(CorpusError, match="no pictures"):
        load_pictures(read_pictures(folder), np.array([1, 4]), told.append)


@pytest.mark.parametrize("size", [SIZE * 2, 20, SIZE - 1])
def test_sizes_that_divide_nothing_are_refused(pictures, size):
    with pytest.raises(CorpusError, match=f"averaged to {size}"):
        load_pictures(pictures.corpus, np.arange(2), lambda text: None, size)


def test_a_picture_whose_matte_is_missing_is_refused(tmp_path: Path):
    folder = write_scene(tmp_path / "scene")
    (folder / "head" / "000002.png").unlink()
    with pytest.raises(CorpusError, match="lacks head/000002.png"):
        load_pictures(read_pictures(folder), np.arange(4), lambda text: None)
