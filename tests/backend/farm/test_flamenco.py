"""Flamenco's job type, compiled under node with stand-ins for Flamenco's own functions, its commands really run."""

import json
import os
import signal
import subprocess
import sys

import pytest
from farm_shot import RANGE, frames_in, program, run, worker_environment
from flamenco_farm import Command, Compiled, Refused, Task, Variables, command_line, compile_job, work_off

from emogene.farm.templates import FarmEngine, template_bytes

JOB_TYPE = template_bytes(FarmEngine.FLAMENCO).decode()
SHARED = Variables(
    one_way={"emogene": {"linux": "/opt/emogene/bin/emogene", "windows": r"C:\EmoGene\emogene.exe"}},
    two_way={"films": {"linux": "/mnt/films", "windows": r"S:\films"}},
)
SETTINGS = {
    "shot_document": "//Szene 1/shot.json",
    "output_folder": "//out",
    "shot_path": r"s:\Films\Szene 1\Ärger\shot.json",
    "output_path": r"S:\films\out 1",
    "frames": RANGE,
    "chunk_size": 5,
    "workers": 2,
    "film_name": "film",
    "film_format": "mp4",
}
"""As an artist on Windows submits them from Blender."""


def compiled(**others: object) -> Compiled:
    return compile_job(JOB_TYPE, SHARED.submitted({**SETTINGS, **others}, "windows"))


def frame_words(task: Task) -> str:
    return next(word for word in task.commands[-1].parameters["args"] if word.startswith("--frames="))


def test_chunks_wait_for_the_plan_and_the_film_waits_for_all_chunks():
    plan, *chunks, film = compiled().tasks
    assert [frame_words(chunk) for chunk in chunks] == ["--frames=-5--1", "--frames=0-4", "--frames=5-6"]
    assert plan.dependencies == []
    assert all(chunk.dependencies == [0] for chunk in chunks)
    assert film.dependencies == [1, 2, 3]
    assert frame_words(film) == f"--frames={RANGE}"


@pytest.mark.parametrize(
    ("platform", "exe", "document", "plan"),
    [
        ("linux", "/opt/emogene/bin/emogene", "/mnt/films/Szene 1/Ärger/shot.json", "/mnt/films/out 1/plan.npz"),
        ("windows", r"C:\EmoGene\emogene.exe", r"S:\films\Szene 1\Ärger\shot.json", r"S:\films\out 1\plan.npz"),
    ],
)
def test_what_is_submitted_on_windows_finds_its_files_on_every_worker(platform, exe, document, plan):
    tasks = compiled().tasks
    line = command_line(tasks[0].commands[1], SHARED, platform)
    assert line == [exe, "landmarks", document, "--out", plan]
    for command in (command for task in tasks for command in task.commands):
        words = command_line(command, SHARED, platform)
        assert document in words and not any("{" in word for word in words)


def test_settings_that_need_not_be_given_have_usual_values():
    left_out = ("chunk_size", "workers", "film_name", "film_format", "shot_path", "output_path")
    settings = {key: value for key, value in SETTINGS.items() if key not in left_out}
    settings |= {"shot_document": "/mnt/films/a/shot.json", "output_folder": "/mnt/films/out"}
    plan, *chunks, film = compile_job(JOB_TYPE, settings | {"frames": "1 .. 50"}).tasks
    assert [frame_words(chunk) for chunk in chunks] == ["--frames=1-24", "--frames=25-48", "--frames=49-50"]
    assert film.commands[0].parameters["args"][-1] == "/mnt/films/out/film.mp4"


def test_the_settings_are_of_the_kinds_that_flamenco_knows():
    allowed = {"key", "type", "subtype", "choices", "propargs", "description", "label", "default"}
    allowed |= {"eval", "evalInfo", "visible", "required", "editable"}
    settings = compiled().job_type["settings"]
    assert {setting["key"] for setting in settings} == set(SETTINGS)
    for setting in settings:
        assert set(setting) <= allowed
        assert setting["type"] in {"string", "int32", "float", "bool"}
        assert setting.get("visible", "visible") in {"visible", "hidden", "submission", "web"}
        compile(setting.get("eval", "0"), "eval", "eval")


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"frames": "1-10, 20-30"}, "one range"),
        ({"frames": "10-1"}, "end before they begin"),
        ({"frames": ""}, "one range"),
        ({"chunk_size": 0}, "chunk size"),
        ({"workers": 1.5}, "number of processes"),
        ({"film_format": "avi"}, "neither mp4 nor mov"),
        ({"film_name": "../film"}, "not the name of a file"),
        ({"shot_path": "", "shot_document": ""}, "where the shot document is"),
        ({"shot_path": ""}, "cannot be found by Flamenco's workers"),
        ({"output_path": r"\\server\films"}, "a drive's letter"),
    ],
)
def test_wrong_settings_are_refused_on_submission_with_a_sentence(others, sentence):
    with pytest.raises(Refused, match=sentence):
        compiled(**others)


@pytest.fixture
def farm(shot, output) -> tuple[list[Task], Variables]:
    """The job's tasks on a farm of this computer, submitted through its shared storage's variable."""
    platform = {"win32": "windows", "darwin": "darwin"}.get(sys.platform, "linux")
    here = Variables(
        one_way={"emogene": {platform: program()}},
        two_way={"shots": {platform: str(shot.parent.parent)}, "out": {platform: str(output.parent)}},
    )
    settings = {"shot_path": str(shot), "output_path": str(output), "frames": RANGE, "chunk_size": 5, "workers": 1}
    submitted = here.submitted(settings, platform)
    assert submitted["shot_path"].startswith("{shots}") and submitted["output_path"].startswith("{out}")
    return compile_job(JOB_TYPE, submitted).tasks, here


def line_of(command: Command, variables: Variables) -> list[str]:
    (platform,) = variables.one_way["emogene"]
    return command_line(command, variables, platform)


def must_succeed(line: list[str]) -> None:
    done = run(line)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_farm_renders_the_film_that_one_computer_renders(farm, output, unsplit):
    tasks, variables = farm
    work_off(tasks, lambda command: line_of(command, variables), must_succeed)
    assert unsplit.is_in(output)


def test_a_plan_that_fails_says_why_and_ends_in_the_code_of_bad_input(farm, shot, output):
    tasks, variables = farm
    for voice in shot.parent.rglob("*.wav"):
        aside = voice.with_suffix(".aside")
        voice.rename(aside)
        try:
            check = run(line_of(tasks[0].commands[0], variables))
        finally:
            aside.rename(voice)
    assert check.returncode == 2
    assert "Error: " in check.stdout + check.stderr and "Hint: " in check.stdout + check.stderr
    assert not output.exists()


def test_a_film_with_a_missing_frame_is_not_joined(farm, output):
    tasks, variables = farm
    for task in tasks[:2]:
        for command in task.commands:
            must_succeed(line_of(command, variables))
    joined = run(line_of(tasks[-1].commands[0], variables))
    assert joined.returncode not in (0, 130)
    assert "Error: " in joined.stderr and "Hint: " in joined.stderr
    assert not (output / "film.mp4").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_a_worker_that_dies_loses_nothing_and_its_chunk_is_run_again(farm, output, unsplit):
    tasks, variables = farm
    for command in tasks[0].commands:
        must_succeed(line_of(command, variables))
    line = line_of(tasks[1].commands[0], variables)
    with subprocess.Popen(line, env=worker_environment(), stdout=subprocess.PIPE, text=True) as worker:
        for told in worker.stdout or ():
            if json.loads(told)["event"] == "frame":
                os.kill(worker.pid, signal.SIGKILL)
                break
        worker.communicate(timeout=60)
    assert worker.returncode == -signal.SIGKILL
    finished = frames_in(output / "frames")
    assert finished and finished.items() <= unsplit.frames.items()
    must_succeed(line)
    rendered = frames_in(output / "frames")
    assert len(rendered) == 5 and rendered.items() <= unsplit.frames.items()
