"""Frames rendered into a folder: only those that are not there, each as a whole file, a failing one alone."""

import errno

import msgspec
import numpy as np
import OpenEXR
import pytest
from command_line import pictures

from emogene.films.drawing import Drawing
from emogene.films.rendering import RenderWay, render_frames
from emogene.films.shot_frames import film_hash
from emogene_proto.errors import RenderError
from emogene_proto.shot import Background

ALL = range(8)


def render(frames, told, rows=ALL, **way):
    return render_frames(frames, rows, None, RenderWay(**way), told)


@pytest.mark.parametrize("output", ["png", "exr"])
def test_what_is_finished_is_not_rendered_again(tmp_path, frames_in, told_and_then, output):
    frames = frames_in(tmp_path, output=output)
    assert render(frames, told_and_then(), range(2, 5)).drawn == 3
    outcome = render(frames, told := told_and_then())
    assert (outcome.drawn, outcome.reused, outcome.failed) == (5, 3, {})
    assert told.reused == [3, 4, 5] and told.drawn == [1, 2, 6, 7, 8]
    before = pictures(tmp_path)
    assert render(frames, told_and_then(), force=True).drawn == 8 and pictures(tmp_path) == before


def test_damaged_and_missing_frames_are_rendered_again(tmp_path, frames_in, told_and_then):
    frames = frames_in(tmp_path)
    render(frames, told_and_then())
    before = pictures(tmp_path)
    (tmp_path / "frame_0003.png").unlink()
    content = bytearray((tmp_path / "frame_0005.png").read_bytes())
    content[60] ^= 1
    (tmp_path / "frame_0005.png").write_bytes(content)
    render(frames, told := told_and_then())
    assert told.drawn == [3, 5] and pictures(tmp_path) == before


def test_frames_of_another_picture_are_rendered_again(tmp_path, frames_in, told_and_then):
    render(frames_in(tmp_path), told_and_then())
    for changes in ({"quality": "draft"}, {"background": Background("colour", "#102030")}, {"width": 20}):
        render(frames_in(tmp_path, **changes), told := told_and_then())
        assert told.drawn == [1, 2, 3, 4, 5, 6, 7, 8], changes


def test_frames_that_others_drew_are_rendered_again(tmp_path, frames_in, told_and_then, monkeypatch):
    render(frames_in(tmp_path), told_and_then())
    monkeypatch.setattr("emogene.films.shot_frames.drawing_code", lambda: "another release")
    render(frames_in(tmp_path), told := told_and_then(), range(2))
    assert told.drawn == [1, 2]


def test_a_change_elsewhere_in_the_shot_draws_no_exr_again_and_its_files_say_the_new_shot(
    tmp_path, frames_in, told_and_then
):
    """The picture is the same; what its file says of the film is put right."""
    render(frames_in(tmp_path, output="exr"), told_and_then())
    changed = frames_in(tmp_path, output="exr", seed=99)
    render(changed, told := told_and_then())
    assert told.drawn == [] and len(told.reused) == 8
    anew = frames_in(tmp_path / "anew", output="exr", seed=99)
    render(anew, told_and_then())
    assert pictures(tmp_path) == pictures(tmp_path / "anew")
    with OpenEXR.File(str(tmp_path / "frame_0004.exr")) as file:
        assert file.header()["emogene/shot"] == changed.task(3).place.shot and file.header()["emogene/frame"] == 4


def test_an_exr_says_which_face_it_shows(tmp_path, frames_in, told):
    frames = frames_in(tmp_path, output="exr", fps=23.976)
    render(frames, told, range(1))
    with OpenEXR.File(str(tmp_path / "frame_0001.exr")) as file:
        header = dict(file.header())
    seen = np.array(header["emogene/landmarks"], np.float32).reshape(68, 3)
    assert np.array_equal(seen, frames.plan.landmarks[0])
    assert np.array_equal(header["emogene/headToWorld"].T, frames.plan.poses[0])


def test_a_frame_that_fails_fails_alone_after_three_tries(tmp_path, frames_in, told, monkeypatch):
    (tmp_path / "frame_0004.png").mkdir()
    tried = []
    draw = Drawing.draw
    monkeypatch.setattr(Drawing, "draw", lambda self, task: (tried.append(task.number), draw(self, task))[1])
    outcome = render(frames_in(tmp_path), told)
    assert list(outcome.failed) == [4] and "frame_0004.png" in told.lost[4] and tried.count(4) == 3
    assert outcome.drawn == 7 and len(pictures(tmp_path)) == 7


def test_a_frame_that_fails_once_is_drawn_the_second_time(tmp_path, frames_in, told, monkeypatch):
    draw, trouble = Drawing.draw, iter([MemoryError()])

    def unsteady(self, task):
        if task.number == 2 and (error := next(trouble, None)):
            raise error
        draw(self, task)

    monkeypatch.setattr(Drawing, "draw", unsteady)
    assert render(frames_in(tmp_path), told).failed == {} and told.drawn == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_full_disk_stops_at_once_and_says_so(tmp_path, frames_in, told, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", "frame_0001.png")

    monkeypatch.setattr("emogene.films.drawing.write_whole", full)
    with pytest.raises(RenderError, match="No space left"):
        render(frames_in(tmp_path), told)
    assert told.lost == {}


def test_frames_before_zero_and_after_9999_have_their_numbers(tmp_path, frames_in, told_and_then):
    render(frames_in(tmp_path, frame_start=-2), told_and_then(), range(3))
    render(frames_in(tmp_path, frame_start=9_998), told := told_and_then(), range(3))
    names = {"frame_-0002.png", "frame_-0001.png", "frame_0000.png"}
    assert set(pictures(tmp_path)) == names | {"frame_9998.png", "frame_9999.png", "frame_10000.png"}
    render(frames_in(tmp_path, frame_start=9_998), told, range(4))
    assert told.drawn == [9_998, 9_999, 10_000, 10_001], "the other's frames are no reason to draw these again"


def test_the_same_shot_elsewhere_has_the_same_hash(planned, frames_in, tmp_path):
    shot, _, actor = planned
    one = frames_in(tmp_path).task(0).place.shot
    audio = msgspec.structs.replace(shot.audio, path="voice.wav")
    moved = msgspec.structs.replace(shot, actor="somewhere/else.actor", audio=audio)
    assert film_hash(moved, actor) == one
