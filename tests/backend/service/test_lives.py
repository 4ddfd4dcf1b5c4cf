"""Processes that begin, end, die and come back."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from running_backend import GATED_WORKER, RunningBackend, answers, ask, listen, of_type, small_shot, upload

from emogene.service.binding import parse_bind
from emogene.service.serve import serve
from emogene_proto.client import Client, ConnectionState
from emogene_proto.connection import find_backend, process_alive, start_command, start_environment
from emogene_proto.errors import BackendError
from emogene_proto.messages import (
    Accepted,
    Done,
    Failed,
    FrameDone,
    Jobs,
    JobStatus,
    ListJobs,
    Progress,
    RenderFrame,
    RenderRange,
    Shutdown,
    Watch,
)
from emogene_proto.shot_document import to_json

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process at once on Windows")

CLIENT_THAT_IS_KILLED = """
import sys, time
from pathlib import Path
from emogene_proto.client import Client
from emogene_proto.connection import read_connection
from emogene_proto.messages import Accepted, RenderRange
from emogene_proto.shot_document import from_json
client = Client.connect(read_connection(Path(sys.argv[1])))
client.send(RenderRange(shot=from_json(sys.stdin.buffer.read()), first=1, last=8, credit=100))
while True:
    for event, _ in client.poll():
        if isinstance(event, Accepted):
            print(event.job, flush=True)
    client.wait(0.1)
"""


def test_a_killed_client_leaves_its_job_running(gated, voice):
    command = [sys.executable, "-c", CLIENT_THAT_IS_KILLED, str(gated.connection_file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as doomed:
        doomed.stdin.write(to_json(small_shot(voice, seed=21)))
        doomed.stdin.close()
        job = doomed.stdout.readline().decode().strip()
        doomed.kill()
    gated.release()
    client = gated.connect("the next Blender")
    received = ask(client, Watch(job=job, credit=100))
    assert sorted(event.frame for event in of_type(received, FrameDone)) == list(range(1, 9))
    assert isinstance(received[-1].event, Done)
    client.close()


@posix
def test_a_killed_worker_costs_nothing_but_time(gated, voice):
    client = gated.connect()
    listen(client, lambda _: client.welcome.ready)
    request = client.send(RenderRange(shot=small_shot(voice, seed=22), first=1, last=8, credit=100))
    gated.let(2)
    before = listen(client, lambda received: len(of_type(received, FrameDone)) == 2)
    os.kill(worker_pid(gated), signal.SIGKILL)
    listen(client, lambda _: not client.welcome.ready)
    gated.release()
    after = answers(client, request)
    frames = [event.frame for event in of_type(before + after, FrameDone)]
    assert sorted(frames) == list(range(1, 9)) and isinstance(after[-1].event, Done)
    client.close()


def worker_pid(backend) -> int:
    """The newest worker, from the backend's log."""
    lines = [json.loads(line) for line in backend.log().splitlines()]
    return [line["worker"] for line in lines if line["event"].endswith(" started")][-1]


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(tmp_path, tiny_actor, number):
    with RunningBackend(tmp_path, tiny_actor.parent) as backend:
        worker = worker_pid(backend)
        backend.process.send_signal(number)
        assert backend.process.wait(20) == 0
        assert not backend.connection_file.exists()
        assert not process_alive(worker)


def test_shutdown_ends_it_and_the_client_notices(tmp_path, tiny_actor):
    with RunningBackend(tmp_path, tiny_actor.parent) as backend:
        client = backend.connect()
        request = client.send(Shutdown())
        received = listen(client, lambda _: client.state is ConnectionState.LOST)
        assert isinstance(received[0].event, Done) and received[0].event.id == request
        assert backend.process.wait(20) == 0
        with pytest.raises(BackendError, match="gone"):
            client.send(ListJobs())


def test_a_restarted_backend_goes_on_with_its_jobs(tmp_path, tiny_actor, voice):
    with RunningBackend(tmp_path, tiny_actor.parent, worker_command=GATED_WORKER) as backend:
        client = backend.connect()
        upload(client, voice)
        backend.hold()
        request = client.send(RenderRange(shot=small_shot(voice, seed=23), first=1, last=8, credit=100))
        backend.let(5)
        seen = listen(client, lambda received: len(of_type(received, FrameDone)) == 5)
        job = of_type(seen, Accepted)[0].job
        backend.kill()
        lost = answers(client, request)
        assert lost[-1].event.code == "connection_lost" and client.state is ConnectionState.LOST

        backend.release()
        backend.start()
        client = backend.connect()
        received = ask(client, Watch(job=job, credit=100, have=(1, 2, 3, 4, 5)))
        assert sorted(event.frame for event in of_type(received, FrameDone)) == list(range(6, 9))
        assert ask(client, JobStatus(job=job))[0].event.jobs[0].reused == 5

        backend.stop()
        backend.start()
        client = backend.connect()
        finished = ask(client, Watch(job=job, credit=100))
        assert len(of_type(finished, FrameDone)) == 8


def test_another_port_is_found_when_one_is_taken(tmp_path, tiny_actor):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with RunningBackend(tmp_path, tiny_actor.parent, bind=f"tcp://127.0.0.1:{port}") as backend:
            assert backend.connection.address != f"tcp://127.0.0.1:{port}"
            assert backend.connect().state is ConnectionState.READY


def test_a_chosen_port_is_used(tmp_path, tiny_actor):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with RunningBackend(tmp_path, tiny_actor.parent, bind=f"tcp://127.0.0.1:{port}") as backend:
        assert backend.connection.address == f"tcp://127.0.0.1:{port}"


def test_it_ends_after_the_process_that_started_it_but_not_before_its_jobs(tmp_path, tiny_actor, voice):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as parent:
        options = {"parent": parent.pid, "worker_command": GATED_WORKER}
        with RunningBackend(tmp_path, tiny_actor.parent, **options) as backend:
            client = backend.connect()
            upload(client, voice)
            backend.hold()
            request = client.send(RenderRange(shot=small_shot(voice), first=1, last=3))
            parent.kill()
            parent.wait()
            backend.let(3)
            assert isinstance(answers(client, request)[-1].event, Done)
            assert backend.process.wait(20) == 0


@pytest.mark.parametrize("early", [True, False], ids=["connected before", "connected after"])
def test_it_takes_new_work_after_its_parents_end_and_stays_with_who_takes_it_over(tmp_path, tiny_actor, voice, early):
    """Blender crashes in a long render, is started again, and finds the backend of before."""
    sleeper = [sys.executable, "-c", "input()"]
    with (
        subprocess.Popen(sleeper, stdin=subprocess.PIPE) as parent,
        subprocess.Popen(sleeper, stdin=subprocess.PIPE) as successor,
        RunningBackend(tmp_path, tiny_actor.parent, parent=parent.pid, worker_command=GATED_WORKER) as backend,
    ):
        client = backend.connect()
        upload(client, voice)
        backend.hold()
        client.send(RenderRange(shot=small_shot(voice), first=1, last=3, credit=9))
        listen(client, lambda received: of_type(received, Accepted))
        second = Client.connect(backend.connection, "Blender", parent=successor.pid) if early else None
        if second is not None:
            listen(second, lambda _: second.welcome)
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 20
        while "is gone" not in backend.log():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        client.close()
        second = second or Client.connect(backend.connection, "Blender", parent=successor.pid)
        request = second.send(RenderFrame(shot=small_shot(voice), frame=2))
        backend.release()
        assert isinstance(answers(second, request)[-1].event, Done)
        while ask(second, ListJobs(active=True))[-1].event.jobs:
            time.sleep(0.05)
        time.sleep(1.0)
        assert isinstance(ask(second, ListJobs())[-1].event, Jobs), "it has nothing to do and stays"
        successor.kill()
        successor.wait()
        assert backend.process.wait(20) == 0
        second.close()


def test_of_two_that_are_started_at_once_one_is_refused(tmp_path, tiny_actor):
    """Each looks whether the other runs before either has announced itself."""
    command = start_command(sys.executable, tmp_path / "backend.json")
    command += ["--cache", str(tmp_path / "cache"), "--actors", str(tiny_actor.parent)]
    pair = [subprocess.Popen(command, env=start_environment(), stderr=subprocess.PIPE) for _ in range(2)]
    deadline = time.monotonic() + 60
    try:
        while all(process.poll() is None for process in pair):
            assert time.monotonic() < deadline, "both run"
            time.sleep(0.05)
        refused, stays = sorted(pair, key=lambda process: process.poll() is None)
        assert refused.returncode != 0 and b"ackend" in refused.stderr.read()
        while (connection := find_backend(tmp_path / "backend.json")) is None:
            assert stays.poll() is None
            time.sleep(0.05)
        assert connection.pid == stays.pid
    finally:
        for process in pair:
            process.terminate()
            process.communicate(timeout=20)


@posix
def test_a_service_manager_that_ends_all_its_processes_at_once_ends_it_quietly(tmp_path, tiny_actor):
    command = start_command(sys.executable, tmp_path / "backend.json")
    command += ["--cache", str(tmp_path / "cache"), "--actors", str(tiny_actor.parent)]
    command += ["--log-file", str(tmp_path / "backend.log")]
    with subprocess.Popen(command, env=start_environment(), stderr=subprocess.DEVNULL, start_new_session=True) as group:
        try:
            while (connection := find_backend(tmp_path / "backend.json")) is None:
                time.sleep(0.05)
            client = Client.connect(connection)
            listen(client, lambda _: client.welcome and client.welcome.ready)
            client.close()
            os.killpg(group.pid, signal.SIGTERM)
            assert group.wait(20) == 0
        finally:
            group.kill()
    log = (tmp_path / "backend.log").read_text()
    assert "error" not in log.lower() and log.count("started") == 1


def test_a_second_backend_for_the_same_file_is_refused(backend):
    with pytest.raises(BackendError, match="runs already"):
        serve(connection_file=backend.connection_file)


def test_two_backends_may_share_a_cache(backend, tmp_path, tiny_actor, voice):
    shared = str(backend.folder / "cache")
    with RunningBackend(tmp_path, tiny_actor.parent, cache=shared) as second:
        client = second.connect()
        upload(client, voice)
        received = ask(client, RenderRange(shot=small_shot(voice), first=1, last=2))
        assert len(of_type(received, FrameDone)) == 2


def test_a_worker_that_cannot_start_is_told_to_the_artist(tmp_path, tiny_actor, voice):
    broken = [sys.executable, "-c", "raise SystemExit(1)"]
    with RunningBackend(tmp_path, tiny_actor.parent, worker_command=broken) as backend:
        client = backend.connect()
        upload(client, voice)
        failed = ask(client, RenderFrame(shot=small_shot(voice), frame=1))[-1].event
        assert isinstance(failed, Failed) and failed.code == "backend" and "doctor" in failed.hint
        assert client.welcome.problem
        # A render is not lost over it: memory may be short for a while only. It says why it waits.
        client.send(RenderRange(shot=small_shot(voice), first=1, last=2))
        listen(client, lambda received: any("does not start" in event.stage for event in of_type(received, Progress)))


@pytest.mark.parametrize("bind", ["tcp://0.0.0.0:5555", "tcp://192.168.1.2:0", "tcp://*:5555", "tcp://example.org:80"])
def test_it_listens_on_this_computer_only(bind):
    with pytest.raises(BackendError, match="only with keys"):
        parse_bind(bind)


@pytest.mark.parametrize("bind", ["", "127.0.0.1", "ipc:///tmp/x", "tcp://127.0.0.1:99999", "tcp://127.0.0.1"])
def test_an_address_that_is_none(bind):
    with pytest.raises(BackendError, match="is no"):
        parse_bind(bind)


def test_the_announcement_is_private_and_found(backend):
    if sys.platform != "win32":
        assert backend.connection_file.stat().st_mode & 0o777 == 0o600
    assert find_backend(backend.connection_file) == backend.connection
    assert backend.connection.secret_key not in backend.log()


def test_the_command_line_starts_it_as_the_extension_does(tmp_path, tiny_actor):
    connection_file = tmp_path / "backend.json"
    command = start_command(sys.executable, connection_file, os.getpid())
    command += ["--cache", str(tmp_path / "cache"), "--actors", str(tiny_actor.parent)]
    with subprocess.Popen(command, env=start_environment(), stderr=subprocess.DEVNULL) as process:
        try:
            while (connection := find_backend(connection_file)) is None:
                assert process.poll() is None
                time.sleep(0.01)
            client = Client.connect(connection)
            listen(client, lambda _: client.welcome)
            assert "pack" in client.welcome.actors
            assert isinstance(ask(client, Shutdown())[-1].event, Done)
            client.close()
            assert process.wait(20) == 0
        finally:
            process.kill()
