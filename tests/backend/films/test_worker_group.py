"""Several processes draw the frames of one shot: the same bytes, and one that dies costs no frame."""

import multiprocessing

import pytest
from command_line import pictures
from dying_worker import (
    DEADLY,
    die_at_once,
    die_at_the_first_place,
    fail_at_the_first_place,
    hang_at_the_deadly_frame,
    hang_at_the_first_place,
    stop_at_the_first_place,
    work_until_the_deadly_frame,
)

from emogene.films import worker_group
from emogene.films.drawing import DrawingSetup
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


@pytest.fixture
def a_gpu_each(monkeypatch):
    """Tells each process its place, as its GPU's number."""
    settings = worker_group.WorkerGroup._settings

    def told(group, place):
        return {**settings(group, place), "CUDA_VISIBLE_DEVICES": str(place)}

    monkeypatch.setattr(worker_group.WorkerGroup, "_settings", told)


@pytest.mark.parametrize("lost", [die_at_the_first_place, stop_at_the_first_place, fail_at_the_first_place])
def test_a_gpu_that_falls_off_ends_no_film(
    tmp_path, frames_in, told, undisturbed, a_gpu_each, monkeypatch, lost, caplog
):
    monkeypatch.setattr(worker_group, "work", lost)
    monkeypatch.setattr(worker_group, "_STARTS", 2)
    monkeypatch.setattr(worker_group, "_FAILURES", 2)
    outcome = render_frames(frames_in(tmp_path / "two"), range(8), None, RenderWay(workers=2), told)
    assert outcome.failed == {} and pictures(tmp_path / "two") == undisturbed
    if lost is not fail_at_the_first_place:  # that film may be over before the place has had its chances
        assert ["on GPU 0" in record.getMessage() for record in caplog.records] in ([True], [])
    assert not multiprocessing.active_children()


def test_a_film_ends_with_the_reason_where_no_place_is_left(tmp_path, frames_in, told, monkeypatch):
    monkeypatch.setattr(worker_group.WorkerGroup, "_settings", lambda group, place: {"CUDA_VISIBLE_DEVICES": "0"})
    monkeypatch.setattr(worker_group, "work", stop_at_the_first_place)
    with pytest.raises(RenderError, match="There is no GPU here"):
        render_frames(frames_in(tmp_path), range(8), None, RenderWay(workers=2), told)
    assert not multiprocessing.active_children()


def drawn_within(frames, seconds: float) -> dict[int, str | None]:
    """Draw all frames with two processes that may be silent for so long."""
    setup = DrawingSetup(frames.shot, frames.actor.folder, None, frames.folder)
    return dict(worker_group.WorkerGroup(setup, 2, seconds).draw(frames.task(row) for row in range(8)))


def test_a_process_that_hangs_over_a_frame_is_killed_and_only_that_frame_fails(
    tmp_path, frames_in, undisturbed, monkeypatch
):
    monkeypatch.setattr(worker_group, "work", hang_at_the_deadly_frame)
    monkeypatch.setattr(worker_group, "TRIES", 1)
    results = drawn_within(frames_in(tmp_path / "two"), 25.0)
    assert sorted(results) == list(range(1, 9)) and "said nothing for 25 s" in results.pop(DEADLY)
    assert set(results.values()) == {None}
    del undisturbed[f"frame_{DEADLY:04d}.png"]
    assert pictures(tmp_path / "two") == undisturbed and not multiprocessing.active_children()


def test_processes_that_hang_while_they_start_are_told(tmp_path, frames_in, monkeypatch):
    monkeypatch.setattr(worker_group.WorkerGroup, "_settings", lambda group, place: {"CUDA_VISIBLE_DEVICES": "0"})
    monkeypatch.setattr(worker_group, "work", hang_at_the_first_place)
    with pytest.raises(RenderError, match="do not start .said nothing"):
        drawn_within(frames_in(tmp_path), 1.0)
    assert not multiprocessing.active_children()


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

    def settings(engine: str, count: int) -> list[dict[str, str]]:
        shot = frames_in(tmp_path, engine=engine).shot
        group = worker_group.WorkerGroup(DrawingSetup(shot, tmp_path, None, tmp_path), count)
        return [group._settings(place) for place in range(count)]

    assert [each["NUMBA_NUM_THREADS"] for each in settings("cpu", 5)] == ["2"] * 5
    assert [each["NUMBA_NUM_THREADS"] for each in settings("cpu", 40)] == ["1"] * 40
    assert [each["CUDA_VISIBLE_DEVICES"] for each in settings("cuda", 3)] == ["4", "7", "4"]
    assert "CUDA_VISIBLE_DEVICES" not in settings("cpu", 2)[0]
