"""The log of a running backend: whose line it is, and what a worker says, in one file of JSON lines."""

import json
import os
import signal
import sys
import time

import pytest
from running_backend import RunningBackend, ask, small_shot, upload

from emogene_proto.messages import Accepted, RenderRange

NOISY_WORKER = """
import logging
from emogene.service.work import Work
from emogene.service.worker import main

class NoisyWork(Work):
    def render(self, shot, plan, row):
        logging.getLogger("emogene.worker").warning("rendering row %d", row)
        print("a library says so", flush=True)
        return super().render(shot, plan, row)

main(NoisyWork)
"""


@pytest.fixture(scope="module")
def noisy(tmp_path_factory, tiny_actor):
    command = [sys.executable, "-c", NOISY_WORKER]
    with RunningBackend(tmp_path_factory.mktemp("noisy"), tiny_actor.parent, worker_command=command) as running:
        yield running


def lines(backend) -> list[dict]:
    return [json.loads(line) for line in backend.log().splitlines()]


def wait_for(backend, *events: str) -> None:
    """A line may come a moment after the answer that it is about."""
    deadline = time.monotonic() + 60
    while not all(any(event in line["event"] for line in lines(backend)) for event in events):
        assert time.monotonic() < deadline, backend.log()
        time.sleep(0.02)


def test_a_jobs_lines_name_it_the_workers_too(noisy, voice):
    client = noisy.connect("a film")
    upload(client, voice)
    received = ask(client, RenderRange(shot=small_shot(voice, seed=31), first=2, last=3, credit=8))
    job = next(event.job for event, _ in received if isinstance(event, Accepted))
    client.close()
    wait_for(noisy, "begins", "rendering row 2", "done: ")
    told = [line for line in lines(noisy) if line.get("job") == job]
    assert any("begins" in line["event"] for line in told) and any("done" in line["event"] for line in told)
    rendered = [line for line in told if line["event"].startswith("rendering row")]
    assert [(line["frame"], line["event"]) for line in rendered] == [(2, "rendering row 1"), (3, "rendering row 2")]
    assert all(line["worker"] > 0 and line["logger"] == "emogene.worker" for line in rendered)
    assert {line.get("client") for line in lines(noisy) if "hello" in line["event"]} >= {"a film"}


@pytest.mark.skipif(sys.platform == "win32", reason="a worker that is killed by a signal is POSIX")
def test_what_a_killed_worker_was_at_stands_in_the_log(noisy):
    worker = [line["worker"] for line in lines(noisy) if line["event"].endswith(" started")][-1]
    os.kill(worker, signal.SIGKILL)
    wait_for(noisy, "ended with status -9")
    (ended,) = [line for line in lines(noisy) if "ended with status -9" in line["event"]]
    assert (ended["level"], ended["worker"]) == ("error", worker)


def test_no_secret_is_in_it(noisy):
    assert noisy.connection.secret_key not in noisy.log()


def test_the_cache_has_the_log_unless_it_is_kept_elsewhere(tmp_path, tiny_actor):
    with RunningBackend(tmp_path, tiny_actor.parent, log_file=None) as backend:
        log_file = tmp_path / "cache" / "service" / "logs" / "backend.jsonl"
        first = json.loads(log_file.read_text().splitlines()[0])
        assert first["logger"] == "emogene.service"
        backend.kill()
        assert log_file.read_text()
