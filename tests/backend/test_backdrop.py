"""The shot's background is seen in frames of every quality, between frames and live, and a bad one is told first.

The engine here draws one half-transparent grey: what it draws is the renderer's matter.
"""

import msgspec
import numpy as np
import pytest
from PIL import Image
from tiny_actor import tiny_camera

from emogene import pipeline
from emogene.actors.background import BackgroundEntry
from emogene.actors.build import manifest_of
from emogene.actors.pack import Actor
from emogene.values import Camera, FaceState, Frame, Plan
from emogene_proto.errors import ActorError, RenderError, ShotError
from emogene_proto.shot import AudioRef, Background, CameraKey, Crop, PictureRef, Shot

LOOK = CameraKey(((1.0, 0.0, 0.0, 0.0), (0.0, 0.0, -1.0, -1.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0)), 50.0, 36.0)


class GreyEngine:
    """Half of what lies behind is seen everywhere."""

    name = "grey"

    def render(self, face: FaceState, camera: Camera) -> Frame:
        rgba = np.tile(np.array([0.25, 0.25, 0.25, 0.5], np.float32), (camera.height, camera.width, 1))
        return Frame(rgba, np.full((camera.height, camera.width), 0.7, np.float32))


@pytest.fixture
def actor(tmp_path) -> Actor:
    grey = BackgroundEntry(colour="#404040")
    return Actor(tmp_path, manifest_of("ada", "CC0-1.0", "", tiny_camera(), background=grey))


@pytest.fixture
def plan() -> Plan:
    shapes = ((68, 3), (8,), (4, 4), (2,))
    landmarks, weights, poses, gaze = (np.zeros((3, *shape), np.float32) for shape in shapes)
    poses[:] = np.eye(4)
    return Plan(landmarks, weights, poses, gaze, 24.0, 1)


def shot(background: Background, **changes) -> Shot:
    return Shot(AudioRef(), width=20, height=12, background=background, **changes)


def seen(colour: float) -> float:
    return 0.25 + 0.5 * colour / 255


@pytest.mark.parametrize("quality", ["draft", "preview", "final"])
def test_every_quality_every_moment_and_the_live_picture_show_it(actor, plan, quality):
    asked = shot(Background("colour", "#ff8000"), quality=quality)
    backdrop = pipeline.load_backdrop(asked, actor)
    frames = (
        pipeline.render_row(plan, 1, asked, actor, GreyEngine(), backdrop),
        pipeline.render_frame(plan, 0.5 / 24, asked, actor, GreyEngine(), backdrop),
        pipeline.render_live(plan, 1, (10, 6), asked, actor, GreyEngine(), backdrop),
    )
    for frame in frames:
        assert np.abs(frame.rgba - [seen(255), seen(128), seen(0), 1.0]).max() < 1e-6
        assert (frame.depth == np.float32(0.7)).all()
    assert [frame.rgba.shape[:2] for frame in frames] == [(12, 20), (12, 20), (6, 10)]


def test_a_picture_fills_the_frame_of_a_crop(actor, plan, tmp_path):
    halves = np.zeros((10, 40, 3), np.uint8)
    halves[:, 20:] = 255
    Image.fromarray(halves).save(tmp_path / "halves.png")
    camera = msgspec.structs.replace(LOOK, crop=Crop(2, 2, 16, 4))
    asked = shot(Background("picture", picture=PictureRef(path="halves.png")), camera=camera)
    backdrop = pipeline.load_backdrop(asked, actor, tmp_path / "halves.png")
    rgba = pipeline.render_row(plan, 0, asked, actor, GreyEngine(), backdrop).rgba
    assert rgba.shape == (4, 16, 4)
    assert np.abs(rgba[:, 0, :3] - seen(0)).max() < 0.01 and np.abs(rgba[:, -1, :3] - seen(255)).max() < 0.01


def test_the_actors_own_is_its_packs(actor, plan):
    asked = shot(Background("actor"))
    frame = pipeline.render_row(plan, 0, asked, actor, GreyEngine(), pipeline.load_backdrop(asked, actor))
    assert np.abs(frame.rgba[..., :3] - seen(0x40)).max() < 1e-6
    bare = Actor(actor.folder, msgspec.structs.replace(actor.manifest, background=None))
    with pytest.raises(ActorError, match="no background of its own"):
        pipeline.load_backdrop(asked, bare)


def test_transparent_frames_stay_as_they_were(actor, plan):
    asked = shot(Background())
    assert pipeline.load_backdrop(asked, actor) is None
    frame = pipeline.render_row(plan, 0, asked, actor, GreyEngine())
    assert (frame.rgba == (0.25, 0.25, 0.25, 0.5)).all()


def test_a_background_is_never_left_out_silently(actor, plan, tmp_path):
    with pytest.raises(RenderError):
        pipeline.render_row(plan, 0, shot(Background("colour")), actor, GreyEngine())
    gone = shot(Background("picture", picture=PictureRef(path="C:\\art\\hall.png")))
    with pytest.raises(RenderError):
        pipeline.load_backdrop(gone, actor)
    with pytest.raises(ShotError, match="no background picture hall.png"):
        pipeline.load_backdrop(gone, actor, tmp_path / "nothing")
