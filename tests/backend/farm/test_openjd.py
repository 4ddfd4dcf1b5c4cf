"""The Open Job Description template, run by the specification's own command line with real workers' processes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from farm_shot import FIRST, LAST, RANGE, emogene, program, run, worker_environment

from emogene.farm.templates import FarmEngine, write_template

pytest.importorskip("openjd.cli", reason="openjd-cli is not installed: pip install -e '.[test]'")
OPENJD = (sys.executable, "-m", "openjd")


@pytest.fixture
def template(tmp_path) -> Path:
    return write_template(FarmEngine.OPENJD, tmp_path / "bundle" / "template.yaml")


def submission(template: Path, shot: Path, output: Path, **others: object) -> list[object]:
    """The command line that runs a job here."""
    parameters = {
        "ShotFolder": shot.parent,
        "OutputFolder": output,
        "FirstFrame": FIRST,
        "LastFrame": LAST,
        "ChunkSize": 5,
        "Emogene": program(),
        **others,
    }
    given = [word for name, value in parameters.items() for word in ("-p", f"{name}={value}")]
    return [*OPENJD, "run", template, *given]


def test_the_template_follows_the_specification(template):
    checked = run([*OPENJD, "check", template])
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_job_plans_once_renders_chunks_and_joins_the_film_that_one_computer_renders(template, shot, output, unsplit):
    done = run(submission(template, shot, output, Workers=2))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Chunks run: 5" in done.stdout  # openjd counts every task: the plan, three chunks, the film
    assert unsplit.is_in(output)


def test_chunks_may_run_at_once_on_several_workers(template, shot, output, unsplit):
    job = submission(template, shot, output)
    planned = run([*job, "--step", "Plan"])
    assert planned.returncode == 0, planned.stdout + planned.stderr
    shares = ([{"Frames": f"{FIRST}--1"}, {"Frames": "0-1"}], [{"Frames": f"2-{LAST}"}])
    workers = [
        subprocess.Popen(
            [*map(str, job), "--step", "Render", "--tasks", json.dumps(share)],
            env=worker_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for share in shares
    ]
    for worker in workers:
        said, _ = worker.communicate(timeout=600)
        assert worker.returncode == 0, said.decode()
    joined = run([*job, "--step", "Join"])
    assert joined.returncode == 0, joined.stdout + joined.stderr
    assert unsplit.is_in(output)


def test_frames_that_the_shot_does_not_have_fail_the_job_before_any_work(template, shot, output):
    done = run(submission(template, shot, output, LastFrame=LAST + 100))
    assert done.returncode != 0
    assert "Error: " in done.stdout and "Hint: " in done.stdout
    assert not (output / "plan.npz").exists() and not (output / "frames").exists()


def test_a_shot_whose_voice_is_missing_fails_at_the_plan_with_a_sentence(template, shot, output, tmp_path):
    alone = tmp_path / "nur das Dokument"
    alone.mkdir()
    (alone / "shot.json").write_bytes(shot.read_bytes())
    done = run(submission(template, alone / "shot.json", output))
    assert done.returncode != 0
    assert "Error: " in done.stdout and "Hint: " in done.stdout
    assert not (output / "frames").exists()


def test_frames_that_end_before_they_begin_make_no_job(template, shot, output):
    done = run(submission(template, shot, output, FirstFrame=LAST, LastFrame=FIRST))
    assert done.returncode != 0
    assert not output.exists()


def test_a_chunk_with_a_damaged_frame_is_mended_by_running_it_again(template, shot, output, unsplit):
    output.mkdir()
    emogene("landmarks", shot, "--out", output / "plan.npz")
    chunk = [*submission(template, shot, output), "--step", "Render", "--tasks", json.dumps([{"Frames": "2-4"}])]
    assert run(chunk).returncode == 0
    damaged = sorted((output / "frames").glob("frame_*.png"))[1]
    damaged.write_bytes(damaged.read_bytes()[:-40])
    again = run(chunk)
    assert again.returncode == 0, again.stdout + again.stderr
    assert damaged.read_bytes() == unsplit.frames[damaged.name]
    assert '"reused": 2' in again.stdout.replace('":2', '": 2')


def test_a_schedulers_path_mapping_reaches_every_command(template, tmp_path):
    echo = shutil.which("echo")
    if os.name == "nt" or echo is None:
        pytest.skip("there is no program here that only says what it was given")
    rule = {"source_path_format": "POSIX", "source_path": "/films", "destination_path": "/mnt/farm 1"}
    rules = json.dumps({"version": "pathmapping-1.0", "path_mapping_rules": [rule]})
    job = submission(template, Path("/films/Ä/shot.json"), Path("/films/out"), Emogene=echo, ChunkSize=100)
    done = run([*job, "--path-mapping-rules", rules])
    assert done.returncode == 0, done.stdout + done.stderr
    document = "/mnt/farm 1/Ä/shot.json"
    for words in (
        f"shot check {document} --frames={RANGE}",
        f"landmarks {document} --out /mnt/farm 1/out/plan.npz",
        f"render {document} --plan /mnt/farm 1/out/plan.npz --out /mnt/farm 1/out/frames --frames={RANGE} --workers 1",
        f"join {document} --frames-dir /mnt/farm 1/out/frames --frames={RANGE} --out /mnt/farm 1/out/film.mp4",
    ):
        assert any(line.split("\t")[-1].startswith(words) for line in done.stdout.splitlines()), words
