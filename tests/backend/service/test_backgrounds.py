"""Backgrounds at a running backend: pictures come as blobs, frames are kept apart by what lies behind them."""

import io

import numpy as np
import pytest
from PIL import Image
from running_backend import ask, of_type, small_shot, upload

from emogene.frame_keys import background_key
from emogene_proto.messages import Failed, FrameDone, PlanShot, RenderFrame, ShotPlanned
from emogene_proto.shot import Background, PictureRef


def frame(client, shot) -> tuple[str, np.ndarray]:
    """The key and the pixels of one frame."""
    received = ask(client, RenderFrame(shot=shot, frame=3))
    ((event, parts),) = [(event, parts) for event, parts in received if isinstance(event, FrameDone)]
    with Image.open(io.BytesIO(bytes(parts[0]))) as picture:
        return event.key, np.asarray(picture)


def behind(sha256: str) -> Background:
    return Background("picture", picture=PictureRef(sha256, "C:\\art\\hall.png"))


def test_frames_show_what_lies_behind_and_are_kept_apart_by_it(client, voice, shot, tmp_path):
    Image.new("RGB", (9, 5), (200, 10, 90)).save(tmp_path / "hall.png")
    sha256 = upload(client, tmp_path / "hall.png")
    plain_key, plain = frame(client, shot)
    colour_key, colour = frame(client, small_shot(voice, background=Background("colour", "#102030")))
    picture_key, picture = frame(client, small_shot(voice, background=behind(sha256)))
    assert len({plain_key, colour_key, picture_key}) == 3
    assert plain[0, 0, 3] == 0
    assert tuple(colour[0, 0]) == (16, 32, 48, 255) and tuple(picture[0, 0]) == (200, 10, 90, 255)
    assert (colour[..., 3] == 255).all()


def test_what_cannot_lie_behind_is_told_and_the_plan_is_made_all_the_same(client, voice, shot, tmp_path):
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n and nothing more")
    damaged = upload(client, tmp_path / "damaged.png")
    for background, code in (
        (behind("0" * 64), "no_picture"),
        (behind(""), "no_picture"),
        (behind(damaged), "bad_shot"),
        (Background("actor"), "bad_actor"),
    ):
        asked = small_shot(voice, background=background)
        (failed,) = of_type(ask(client, RenderFrame(shot=asked, frame=1)), Failed)
        assert failed.code == code and failed.hint
        assert of_type(ask(client, PlanShot(shot=asked)), ShotPlanned)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Background("colour", "#ABCDEF"), Background("colour", "#abcdef"), True),
        (Background("colour", "#abcdef"), Background("colour", "#abcdee"), False),
        (Background(), Background("transparent", "#123456"), True),
        (behind("a" * 64), Background("picture", picture=PictureRef("a" * 64, "elsewhere.png")), True),
        (behind("a" * 64), behind("b" * 64), False),
        (Background("actor"), Background(), False),
    ],
)
def test_keys_hold_what_decides_pixels_and_nothing_else(one, other, same):
    assert (background_key(one) == background_key(other)) is same
