"""The pictured actor and his corpus, with light baked coarsely so that the tests stay fast."""

import dataclasses

import numpy as np
import pytest

from emogene.corpus import pictures
from emogene.corpus.appearance.actor import Actor, orbit_camera, own_camera
from emogene.corpus.appearance.anatomy import EYE, pose_anatomy
from emogene.corpus.appearance.filtering import SPACING, footprint, look_up_filtered, pyramid
from emogene.corpus.appearance.portrait import DEPTH_STEP, draw
from emogene.corpus.appearance.studio import Studio, build_studio
from emogene.corpus.pictures import depth_path, draw_corpus, matte_path, picture_path, read_pictures
from emogene.corpus.rasterizer import project, rasterize
from emogene.render.neck import HEAD_LOW, NECK_SLOPE, TORSO_POSE, bend
from emogene_proto.errors import CorpusError

SIZE = 160
AHEAD = np.zeros(2, np.float32)


@pytest.fixture(scope="module")
def studio(plain_model) -> Studio:
    return build_studio(plain_model, Actor(scalp_strands=4000), directions=16)


def expression(studio: Studio, **shapes: float) -> np.ndarray:
    out = np.zeros(len(studio.face.expression_names), np.float32)
    for name, value in shapes.items():
        out[studio.face.expression_index[name]] = value
    return out


def picture(studio: Studio, gaze: np.ndarray = AHEAD, pose: np.ndarray = TORSO_POSE, **shapes: float) -> np.ndarray:
    return draw(studio, expression(studio, **shapes), gaze, pose, own_camera(studio.actor, SIZE)).rgba


def visible_eye(studio: Studio, **shapes: float) -> int:
    """Samples in which an eyeball is seen."""
    _, points = pose_anatomy(studio.anatomy, studio.face, expression(studio, **shapes))
    surface = studio.anatomy.surface
    screen = project(bend(points, TORSO_POSE), own_camera(studio.actor, 512))
    seen = rasterize(screen, surface.triangles, 512, 512)
    return int((surface.materials[seen.triangle[seen.triangle >= 0]] == EYE).sum())


def region(studio: Studio, rgba: np.ndarray, rows: slice) -> np.ndarray:
    """(h, w, 3) part of a frontal picture that holds the resting face's landmarks `rows`."""
    marks = studio.face.vertices[studio.face.landmarks68[rows]]
    x, y = project(bend(marks, TORSO_POSE), own_camera(studio.actor, len(rgba))).T[:2]
    return rgba[int(y.min()) : int(y.max()) + 2, int(x.min()) : int(x.max()) + 2, :3].astype(float)


def test_the_portrait_holds_head_and_shoulders(studio):
    alpha = picture(studio)[..., 3]
    assert not alpha[0].any()
    assert alpha[-1, 0] == alpha[-1, -1] == 255
    top = np.flatnonzero((alpha > 128).any(1))[0]
    chin = project(bend(studio.face.vertices[studio.face.landmarks68[8:9]], TORSO_POSE), own_camera(Actor(), SIZE))
    assert 0.5 < (chin[0, 1] - top) / SIZE < 0.66


@pytest.mark.parametrize(("yaw", "pitch"), [(0.0, 0.0), (0.5, 0.2), (-0.5, -0.2)])
def test_landmarks_lie_on_the_face(studio, yaw, pitch):
    camera = orbit_camera(studio.actor, SIZE, yaw, pitch)
    rgba = draw(studio, expression(studio), AHEAD, TORSO_POSE, camera).rgba
    marks = bend(studio.face.vertices[studio.face.landmarks68], TORSO_POSE)
    x, y = project(marks, camera)[17:, :2].astype(int).T
    # One on the outline may share its pixel with the background.
    assert (rgba[y, x, 3] > 100).all()


def test_a_blink_hides_the_eyeballs(studio):
    opened = visible_eye(studio)
    half = visible_eye(studio, eyeBlink_L=0.5, eyeBlink_R=0.5)
    closed = visible_eye(studio, eyeBlink_L=1.0, eyeBlink_R=1.0)
    assert opened > 200
    assert 0.2 * opened < half < 0.8 * opened
    assert closed < 0.1 * opened


@pytest.mark.parametrize(("gaze", "axis"), [((0.35, 0.0), 1), ((0.0, -0.3), 0)])
def test_the_iris_goes_where_the_gaze_goes(studio, gaze, axis):
    """Yaw to the subject's left is to the picture's right; pitch down is down."""
    camera, wide = own_camera(studio.actor, 512), expression(studio, eyeWide_L=0.6, eyeWide_R=0.6)
    centres = []
    for look in ((0.0, 0.0), gaze):
        rgba = draw(studio, wide, np.array(look), TORSO_POSE, camera).rgba
        darkness = np.clip(90 - region(studio, rgba, slice(37, 42)).mean(-1), 0, None)
        centres.append((np.indices(darkness.shape)[axis] * darkness).sum() / darkness.sum())
    assert centres[1] > centres[0] + 0.7


def test_an_open_mouth_is_dark_inside_and_lips_are_not(studio):
    inside = slice(60, 68)
    opened = region(studio, picture(studio, jawOpen=0.8), inside).mean(-1).min()
    pressed = region(studio, picture(studio, mouthPress_L=0.6, mouthPress_R=0.6), inside).mean(-1).min()
    assert opened < 0.7 * pressed


def test_the_torso_stays_when_the_head_turns(studio):
    pose = TORSO_POSE.copy()
    pose[:3, 3] = [0.01, 0.0, 0.0]
    still, moved = picture(studio), picture(studio, pose=pose)
    assert np.array_equal(still[-20:], moved[-20:])
    assert not np.array_equal(still[:80], moved[:80])


def test_a_frame_is_the_same_each_time(studio):
    shapes = {"jawOpen": 0.3, "mouthSmile_L": 0.5}
    assert np.array_equal(picture(studio, **shapes), picture(studio, **shapes))


def matte(studio: Studio, pose: np.ndarray = TORSO_POSE, **shapes: float) -> tuple[np.ndarray, np.ndarray]:
    """A picture's opacity and its head matte."""
    rgba, head, _ = draw(studio, expression(studio, **shapes), AHEAD, pose, own_camera(studio.actor, SIZE))
    return rgba[..., 3], head


def test_the_matte_shows_the_head_and_no_shoulders(studio):
    alpha, head = matte(studio)
    assert head.shape == (SIZE, SIZE) and head.dtype == np.uint8
    assert (head <= alpha.astype(int) + 1).all()
    assert 0.15 < (head == 255).mean() < 0.5
    marks = bend(studio.face.vertices[studio.face.landmarks68], TORSO_POSE)
    x, y = project(marks, own_camera(studio.actor, SIZE))[17:, :2].astype(int).T
    assert (head[y, x] == 255).all()
    assert not head[-SIZE // 8 :].any() and (alpha[-SIZE // 8 :] == 255).mean() > 0.5


def test_the_matte_ends_where_the_head_field_does(studio):
    """Under the chin, no lower than HEAD_LOW at the chin's own depth; what follows of the throat is the torso's."""
    camera = own_camera(studio.actor, SIZE)
    chin = studio.face.vertices[studio.face.landmarks68[8]]
    end = np.array([0.0, HEAD_LOW - NECK_SLOPE * chin[2], chin[2]])
    (column, row), (_, lowest) = project(bend(np.stack([chin, end]), TORSO_POSE), camera)[:, :2]
    assert lowest - row < SIZE / 8
    alpha, head = matte(studio)
    assert head[int(row) - 2, int(column)] == 255
    below = head[int(row) + 1 :, int(column)]
    assert (alpha[int(row) + 1 :, int(column)] == 255).all()
    assert not below[int(np.ceil(lowest - row)) :].any()
    assert below.size > SIZE / 8


def test_the_matte_moves_with_the_head(studio):
    pose = TORSO_POSE.copy()
    pose[:3, 3] = [0.03, 0.0, 0.0]
    (_, still), (_, moved) = matte(studio), matte(studio, pose=pose)
    columns = np.arange(SIZE)
    middle = [(head.astype(float).sum(0) * columns).sum() / head.astype(float).sum() for head in (still, moved)]
    wide = own_camera(studio.actor, SIZE)
    distance = -float(np.linalg.norm(wide.camera_to_world[:3, 3]))
    assert middle[1] - middle[0] == pytest.approx(-0.03 * wide.focal_px / distance, rel=0.25)


def test_depths_are_those_of_what_is_seen(studio):
    """Landmarks of the bridge of the nose, which nothing hides from before, lie where the picture says."""
    camera = own_camera(studio.actor, 4 * SIZE)
    seen = draw(studio, expression(studio), AHEAD, TORSO_POSE, camera)
    marks = bend(studio.face.vertices[studio.face.landmarks68][27:31], TORSO_POSE)
    x, y, inverse = project(marks, camera).T
    depth = seen.depth[y.astype(int), x.astype(int)] * DEPTH_STEP
    assert depth == pytest.approx(1.0 / inverse, abs=2e-3)
    assert seen.depth.dtype == np.uint16
    assert not seen.depth[seen.rgba[..., 3] < 200].any()
    assert (seen.depth[seen.rgba[..., 3] == 255] > 0).mean() > 0.85


def test_a_corpus_of_a_filmed_actor_knows_no_depths(studio, speech_programs, tmp_path):
    corpus = draw_corpus(studio, tmp_path, 1, 64, seed=5, workers=1)
    assert corpus.depth(0) is not None
    depth_path(tmp_path, 0).unlink()
    assert corpus.depth(0) is None


def test_fine_patterns_do_not_turn_into_coarse_ones():
    """Stripes much finer than a pixel are grey, however a footprint lies; coarse ones stay."""
    stripes = np.zeros((1, 64, 64, 8), np.uint8)
    stripes[:, :, ::2] = 255
    levels, work, out = pyramid(stripes), np.empty(8, np.float32), np.empty(8, np.float32)
    for across in ([[9.3, 0.0], [0.0, 9.3]], [[23.0, 7.0], [1.0, 2.0]]):
        for u in np.linspace(0.0, 1.0, 7):
            look_up_filtered(levels, 0, u, 0.4, True, np.array(across, np.float32), work, out)
            assert out[3] == pytest.approx(0.5, abs=0.08)
    look_up_filtered(levels, 0, 0.5 / 64, 0.4, True, np.full((2, 2), 0.1, np.float32), work, out)
    assert out[3] == pytest.approx(1.0)


def test_a_footprint_is_what_a_step_on_the_screen_crosses_of_the_texture():
    corner, screen = np.arange(3), np.array([[0, 0, 1], [4, 0, 1], [0, 8, 1]], np.float32)
    across = np.empty((2, 2), np.float32)
    footprint(corner, np.array([[0, 0], [0.5, 0], [0, 0.25]], np.float32), screen, 64, across)
    np.testing.assert_allclose(across, SPACING * np.array([[64 * 0.5 / 4, 0], [0, 64 * 0.25 / 8]]))


def test_what_is_written_can_be_read_and_drawn_again(studio, speech_programs, tmp_path):
    told = []
    draw_corpus(studio, tmp_path, 3, 64, seed=5, workers=1, progress=lambda *what: told.append(what))
    corpus = read_pictures(tmp_path)
    assert told == [(0, "Acting 1 of 1"), *((done, "Drawing pictures") for done in range(4))]
    assert len(corpus) == 3
    assert corpus.landmarks.shape == (3, 68, 3)
    assert corpus.weights.sum(1) == pytest.approx(1.0)
    assert corpus.picture(1).shape == (64, 64, 4) and corpus.head_matte(1).shape == (64, 64)
    again = draw(studio, corpus.expressions[1], corpus.gaze[1], corpus.poses[1], corpus.camera(1))
    assert np.array_equal(corpus.picture(1), again.rgba) and np.array_equal(corpus.head_matte(1), again.matte)
    assert np.array_equal(corpus.depth(1), again.depth)
    lid = corpus.rest[[37, 38, 43, 44], 1] - corpus.rest[[41, 40, 47, 46], 1]
    closed = corpus.closed_eyes[[37, 38, 43, 44], 1] - corpus.closed_eyes[[41, 40, 47, 46], 1]
    assert (closed < 0.4 * lid).all()


def test_a_broken_run_goes_on_and_ends_the_same(studio, speech_programs, tmp_path):
    draw_corpus(studio, tmp_path, 2, 64, seed=5, workers=1)
    paths = picture_path(tmp_path, 1), matte_path(tmp_path, 1)
    before = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()
    with pytest.raises(CorpusError, match="lacks rgba/000001.png"):
        read_pictures(tmp_path).picture(1)
    with pytest.raises(CorpusError, match="lacks head/000001.png"):
        read_pictures(tmp_path).head_matte(1)
    draw_corpus(studio, tmp_path, 2, 64, seed=5, workers=1)
    assert [path.read_bytes() for path in paths] == before


def test_where_a_picture_is_its_matte_is_too(studio, speech_programs, tmp_path, monkeypatch):
    """A run that dies between the two draws both again."""
    draw_corpus(studio, tmp_path, 1, 64, seed=5, workers=1)
    picture_path(tmp_path, 0).unlink()
    order = []
    save = pictures._save
    monkeypatch.setattr(pictures, "_save", lambda pixels, path: (order.append(path.parent.name), save(pixels, path)))
    draw_corpus(studio, tmp_path, 1, 64, seed=5, workers=1)
    assert order == ["depth", "head", "rgba"]


def test_a_folder_keeps_to_the_settings_it_was_begun_with(studio, speech_programs, tmp_path):
    draw_corpus(studio, tmp_path, 1, 64, seed=5, workers=1)
    with pytest.raises(CorpusError, match="other settings"):
        draw_corpus(studio, tmp_path, 1, 64, seed=6, workers=1)
    (tmp_path / "frames.npz").unlink()
    with pytest.raises(CorpusError, match="other settings"):
        draw_corpus(studio, tmp_path, 1, 64, seed=6, workers=1)
    (tmp_path / "corpus.json").write_text("{")
    with pytest.raises(CorpusError, match="other settings"):
        draw_corpus(studio, tmp_path, 1, 64, seed=5, workers=1)
    (tmp_path / "corpus.json").unlink()
    with pytest.raises(CorpusError, match="nobody knows whose"):
        draw_corpus(studio, tmp_path, 1, 64, seed=5, workers=1)
    with pytest.raises(CorpusError, match="no picture corpus"):
        read_pictures(tmp_path / "elsewhere")


def test_the_actor_is_one_value():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Actor().seed = 1  # type: ignore[misc]
