"""Several processes draw the frames of one shot: the same bytes, and one that dies costs no frame."""

import multiprocessing

import pytest
from command_line import pictures
from dying_worker import DEADLY, die_at_once, work_until_the_deadly_frame

from emogene.films import worker_group
from emogene.films.rendering import RenderWay, render_frames
from emogene_proto.errors import RenderError


@pytest.fixture
def undisturbed(tmp_path, frames_in, told_and_then):
    """The pictures that one process draws."""
    render_frames(frames_in(tmp_path / "one"), range(8), None, RenderWay(), told_and_then())
    return pictures(tmp_path / "one")


def test_killed_processes_cost_no_frame_and_change_no_byte(tmp_path, frames_in, told_and_then, undisturbed):
    def kill_one(number):
        if number in (2, 4):
            multiprocessing.active_children()[0].kill()

    told = told_and_then(kill_one)
    outcome = render_frames(frames_in(tmp_path / "two"), range(8), None, RenderWay(workers=2), told)
    assert outcome.failed == {} and sorted(told.drawn) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert pictures(tmp_path / "two") == undisturbed
    assert not multiprocessing.active_children(), "nothing goes on afterwards"


def test_a_frame_that_kills_every_process_fails_alone(tmp_path, frames_in, told, undisturbed, monkeypatch):
    monkeypatch.setattr(worker_group, "work", work_until_the_deadly_frame)
    outcome = render_frames(frames_in(tmp_path / "two"), range(8), None, RenderWay(workers=2), told)
    assert list(outcome.failed) == [DEADLY] and "ended with status 7" in outcome.failed[DEADLY]
    del undisturbed[f"frame_{DEADLY:04d}.png"]
    assert pictures(tmp_path / "two") == undisturbed


def test_processes_that_do_not_start_are_told(tmp_path, frames_in, told, monkeypatch):
    monkeypatch.setattr(worker_group, "work", die_at_once)
    with pytest.raises(RenderError, match="do not start"):
        render_frames(frames_in(tmp_path), range(8), None, RenderWay(workers=2), told)


def test_an_interruption_ends_all_processes_and_leaves_whole_files(tmp_path, frames_in, told_and_then, undisturbed):
    def stop(number):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_frames(frames_in(tmp_path / "two"), range(8), None, RenderWay(workers=2), told_and_then(stop))
    assert not multiprocessing.active_children()
    assert pictures(tmp_path / "two").items() <= undisturbed.items()


def test_each_process_has_its_part_of_the_cores_or_its_gpu(frames_in, tmp_path, monkeypatch):
    monkeypatch.setattr(worker_group, "cores", lambda: 12)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4, 7")
    from emogene.films.drawing import DrawingSetup

    def settings(engine: str, count: int) -> list[dict[str, str]]:
        shot = frames_in(tmp_path, engine=engine).shot
        group = worker_group.WorkerGroup(DrawingSetup(shot, tmp_path, None, tmp_path), count)
        return [group._settings(place) for place in range(count)]

    assert [each["NUMBA_NUM_THREADS"] for each in settings("cpu", 5)] == ["2"] * 5
    assert [each["NUMBA_NUM_THREADS"] for each in settings("cpu", 40)] == ["1"] * 40
    assert [each["CUDA_VISIBLE_DEVICES"] for each in settings("cuda", 3)] == ["4", "7", "4"]
    assert "CUDA_VISIBLE_DEVICES" not in settings("cpu", 2)[0]
