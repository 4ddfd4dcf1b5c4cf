"""`emogene jobs` against a real backend, whose frames go through only when the test lets them."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import zmq
from running_backend import GATED_WORKER, RunningBackend, ask, listen, of_type, small_shot, upload, write_voice

from emogene import cli, cli_backend
from emogene_proto.client import Client
from emogene_proto.connection import Connection, write_connection
from emogene_proto.keys import new_keys, write_key_file
from emogene_proto.messages import (
    PROTOCOL_VERSION,
    Accepted,
    Cancel,
    FrameDone,
    FrameFailed,
    Hello,
    JobStatus,
    PlanShot,
    RenderRange,
    Watch,
    Welcome,
)
from emogene_proto.shot_document import shot_hash
from emogene_proto.wire import decode_request, encode

CURSED_WORKER = [sys.executable, str(Path(__file__).parents[1] / "cursed_worker.py")]
"""One for which the third frame cannot be rendered."""


@pytest.fixture(scope="module")
def voice(tmp_path_factory):
    return write_voice(tmp_path_factory.mktemp("voice") / "voice.wav")


@pytest.fixture(scope="module")
def running(tmp_path_factory, tiny_actor):
    folder = tmp_path_factory.mktemp("backend")
    with RunningBackend(folder, tiny_actor.parent, worker_command=GATED_WORKER) as backend:
        yield backend


@pytest.fixture
def backend(running):
    """Renders only what a test lets through; ends with the test's jobs."""
    running.hold()
    running.jobs = []
    yield running
    running.release()
    client = running.connect("the end")
    for job in running.jobs:
        ask(client, Cancel(job=job))
    client.close()


@pytest.fixture
def client(backend, voice):
    connected = backend.connect("a film")
    upload(connected, voice)
    yield connected
    connected.close()


@pytest.fixture
def jobs(backend, capsys):
    """Runs `emogene jobs ...`; gives its exit code, what it printed and what it complained of."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        command, *rest = arguments
        code = cli.run(["jobs", str(command), "--connection-file", str(backend.connection_file), *map(str, rest)])
        return code, *capsys.readouterr()

    return run


def render(backend, client, shot, first: int = 1, last: int = 8) -> str:
    """A job that was begun; its name."""
    client.send(RenderRange(shot=shot, first=first, last=last, credit=100))
    job = of_type(listen(client, lambda received: of_type(received, Accepted)), Accepted)[0].job
    backend.jobs.append(job)
    return job


def state(client, job: str) -> str:
    return ask(client, JobStatus(job=job))[0].event.jobs[0].state


def wait_for_state(client, job: str, wanted: str) -> None:
    deadline = time.monotonic() + 180
    while state(client, job) != wanted:
        assert time.monotonic() < deadline, state(client, job)
        time.sleep(0.05)


def test_jobs_are_listed_with_all_that_is_known_of_them(jobs, backend, client, voice):
    shot = small_shot(voice, seed=1)
    job = render(backend, client, shot)
    backend.let(3)
    listen(client, lambda received: len(of_type(received, FrameDone)) == 3)
    code, out, _ = jobs("list", "--active")
    assert code == 0
    (row,) = [line for line in out.splitlines() if line.startswith(job)]
    assert row.split()[1:4] == ["render", "rendering", "3/8"] and "a film" in row and "pack" in row
    code, out, _ = jobs("list", "--json", "--limit", 1)
    (told,) = json.loads(out)
    assert (told["job"], told["kind"], told["state"]) == (job, "render", "rendering")
    assert (told["done"], told["total"], told["first"], told["last"]) == (3, 8, 1, 8)
    assert told["shot_sha256"] == shot_hash(shot) and told["client"] == "a film" and told["failure"] == ""


def test_only_the_newest_are_listed_and_that_is_said(jobs, backend, client, voice):
    names = [render(backend, client, small_shot(voice, seed=seed)) for seed in (2, 3, 4)]
    code, out, err = jobs("list", "--limit", 2)
    assert code == 0 and [line.split()[0] for line in out.splitlines()[1:]] == names[:0:-1]
    assert "--limit" in err


def test_a_watched_job_is_shown_to_its_end(jobs, backend, client, voice):
    job = render(backend, client, small_shot(voice, seed=5))
    threading.Timer(1.0, backend.release).start()
    code, out, err = jobs("watch", job[:8])
    assert code == 0, err
    last = out.splitlines()[-1]
    assert last.startswith(f"{job} render done: 8 of 8 frames") and "kB" in last
    assert any(f"{job} rendering" in line for line in out.splitlines())


def test_frames_that_were_there_are_told_as_reused(jobs, backend, client, voice):
    backend.release()
    shot = small_shot(voice, seed=6)
    first = render(backend, client, shot, 1, 6)
    assert jobs("watch", first)[0] == 0
    again = render(backend, client, shot, 1, 8)
    code, out, _ = jobs("watch", again)
    assert code == 0 and "8 of 8 frames, 6 reused" in out.splitlines()[-1]


def test_watching_without_a_name_follows_all_that_is_active_and_what_comes(jobs, backend, client, voice):
    first = render(backend, client, small_shot(voice, seed=7))
    later: list[str] = []

    def add() -> None:
        other = backend.connect("another film")
        other.send(RenderRange(shot=small_shot(voice, seed=8), first=1, last=2, credit=9))
        later.append(of_type(listen(other, lambda received: of_type(received, Accepted)), Accepted)[0].job)
        time.sleep(1.5)
        backend.release()

    thread = threading.Thread(target=add)
    thread.start()
    code, out, _ = jobs("watch")
    thread.join()
    assert code == 0
    ended = [line.split()[0] for line in out.splitlines() if " done: " in line]
    assert sorted(ended) == sorted([first, *later])
    assert jobs("watch")[2].strip() == "No job is active."


def test_a_job_that_is_cancelled_ends_its_watch_with_the_code_of_an_interruption(jobs, backend, client, voice):
    job = render(backend, client, small_shot(voice, seed=9))
    other = backend.connect("the one who stops it")
    timer = threading.Timer(1.0, lambda: ask(other, Cancel(job=job)))
    timer.start()
    code, out, err = jobs("watch", job)
    timer.join()
    assert code == cli.INTERRUPTED and "cancelled" in out and "Hint:" in err


def test_cancel_and_retry(jobs, backend, client, voice):
    job = render(backend, client, small_shot(voice, seed=10))
    code, out, _ = jobs("retry", job)
    assert code == cli.FAILED, "it has not ended"
    assert jobs("cancel", job[:7]) == (0, f"{job} is cancelled.\n", "")
    assert state(client, job) == "cancelled"
    assert jobs("cancel", job) == (0, f"{job} had ended already: cancelled.\n", "")
    code, out, _ = jobs("retry", job)
    assert code == 0 and out.startswith(f"{job} is queued again")
    backend.release()
    assert jobs("watch", job)[0] == 0 and state(client, job) == "done"


def test_several_are_cancelled_at_once_or_none_where_one_is_not_known(jobs, backend, client, voice):
    names = [render(backend, client, small_shot(voice, seed=seed)) for seed in (11, 12)]
    code, _, err = jobs("cancel", *names, "0" * 12)
    assert code == cli.BAD_INPUT and "does not know this job" in err
    assert "cancelled" not in [state(client, name) for name in names]
    code, out, _ = jobs("cancel", *names)
    assert code == 0 and out.splitlines() == [f"{name} is cancelled." for name in names]


@pytest.mark.parametrize("name", ["nonsense", "0123456789abc", " ", "../etc"])
def test_what_is_no_name_of_a_job(jobs, name):
    code, out, err = jobs("watch", name)
    assert (code, out) == (cli.BAD_INPUT, "") and "is no job's name" in err and "Hint:" in err


def test_a_beginning_that_several_share_is_not_guessed(jobs, backend, client, voice):
    for seed in range(100, 118):  # 17 names and 16 first letters
        render(backend, client, small_shot(voice, seed=seed), 1, 1)
    listed = [told["job"] for told in json.loads(jobs("list", "--json")[1])]
    shared = next(letter for letter in "0123456789abcdef" if sum(name[0] == letter for name in listed) > 1)
    code, _, err = jobs("cancel", shared)
    assert code == cli.BAD_INPUT and f"jobs begin with {shared}" in err and "Give more of the name" in err
    unused = next(
        a + b for a in "0123456789abcdef" for b in "0123456789abcdef" if not any(n.startswith(a + b) for n in listed)
    )
    assert f"No job begins with {unused}" in jobs("cancel", unused)[2]


def test_clean_forgets_what_ended_and_keeps_what_it_is_told(jobs, backend, client, voice):
    backend.release()
    ended = [render(backend, client, small_shot(voice, seed=seed), 1, 1) for seed in (31, 32, 33)]
    for job in ended:
        wait_for_state(client, job, "done")
    backend.hold()
    active = render(backend, client, small_shot(voice, seed=34))

    def listed() -> list[str]:
        return [told["job"] for told in json.loads(jobs("list", "--json", "--limit", 1000)[1])]

    before = listed()
    assert jobs("clean", "--older", "1h") == (0, "0 jobs forgotten.\n", "") and listed() == before
    code, out, _ = jobs("clean", "--frames", "1TB")
    assert code == 0 and out.startswith("0 jobs forgotten") and listed() == before, "room was asked for, nothing else"
    code, out, _ = jobs("clean", "--keep", 2)
    assert code == 0 and out == f"{len(before) - 3} jobs forgotten.\n"
    assert listed() == [active, *ended[:0:-1]]
    assert jobs("clean", "--older", "0s")[1] == "2 jobs forgotten.\n" and listed() == [active]


@pytest.mark.parametrize(
    "arguments", [(), ("--older", "30"), ("--older", "-1d"), ("--frames", "many"), ("--keep", "-1"), ("--keep", "all")]
)
def test_clean_refuses_what_it_cannot_read(jobs, arguments):
    code, out, err = jobs("clean", *arguments)
    assert (code, out) == (cli.BAD_INPUT, "") and "Error" in err


def test_status_says_how_busy_it_is(jobs, backend, client, voice):
    render(backend, client, small_shot(voice, seed=41))
    code, out, _ = jobs("status", "--json")
    told = json.loads(out)
    assert code == 0 and told["jobs_waiting"] == 1 and told["clients"] >= 2
    assert told["memory_bytes"] > 50_000_000 and told["workers"][0]["memory_bytes"] > 50_000_000
    code, out, _ = jobs("status")
    assert code == 0 and "in 1 job" in out and backend.connection.address in out and "frames/s" in out


@pytest.fixture
def program(backend):
    """Starts `emogene jobs ...` in a process of its own."""
    started: list[subprocess.Popen] = []

    def start(*arguments: str) -> subprocess.Popen:
        command = [
            sys.executable,
            "-m",
            "emogene",
            "jobs",
            arguments[0],
            "--connection-file",
            str(backend.connection_file),
        ]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        # A shell's background job ignores SIGINT, and so would everything that it starts.
        attentive = None if os.name == "nt" else lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        started.append(subprocess.Popen([*command, *arguments[1:]], preexec_fn=attentive, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C of another process is POSIX")
def test_ctrl_c_ends_the_watch_and_not_the_job(backend, client, voice, program):
    job = render(backend, client, small_shot(voice, seed=51))
    backend.let(1)
    watching = program("watch", job)
    assert job in watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate(timeout=60)
    assert watching.returncode == cli.INTERRUPTED and "jobs go on" in err and "Traceback" not in err
    assert state(client, job) == "rendering"


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C of another process is POSIX")
def test_status_is_shown_again_and_again_until_ctrl_c(program):
    watching = program("status", "--watch", "--json")
    first, second = (json.loads(watching.stdout.readline()) for _ in range(2))
    assert second["uptime_seconds"] > first["uptime_seconds"]
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate(timeout=60)
    assert watching.returncode == cli.INTERRUPTED and "Traceback" not in err


@pytest.fixture
def own(tmp_path, tiny_actor, voice):
    """A backend that a test may restart, with a job of Ada's that waits for the test, and her key to connect with."""
    keys = new_keys("Ada")
    write_key_file(tmp_path / "ada.key", keys)
    (tmp_path / "authorized").write_text(f"{keys.public} Ada\n")
    (tmp_path / "authorized").chmod(0o600)
    options = {"authorized_keys": str(tmp_path / "authorized"), "server_key": str(tmp_path / "server.key")}
    with RunningBackend(tmp_path, tiny_actor.parent, worker_command=GATED_WORKER, **options) as backend:
        backend.options["bind"] = backend.connection.address  # so that it comes back where it was
        backend.hold()
        backend.jobs = []
        ada = Connection(backend.connection.address, backend.connection.server_key, keys.secret)
        client = Client.connect(ada, "a film")
        backend.clients.append(client)
        listen(client, lambda _: client.welcome)
        upload(client, voice)
        render(backend, client, small_shot(voice, seed=71), 1, 4)
        yield backend
        backend.release()


def when_told(capsys, words: str, then) -> tuple[threading.Thread, list[str]]:
    """Does something once the program has said these words; and what it said so far."""
    said: list[str] = []

    def wait() -> None:
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline and words not in "".join(said):
            said.append("".join(capsys.readouterr()))
            time.sleep(0.1)
        then()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread, said


@pytest.mark.parametrize("way", ["killed", "ended", "remote"])
def test_watching_goes_on_when_the_backend_is_restarted(own, capsys, tmp_path, way):
    (job,) = own.jobs
    where = ("--connection-file", str(own.connection_file))
    if way == "remote":
        remote = own.connection
        where = ("--remote", remote.address, "--server-key", remote.server_key, "--key", str(tmp_path / "ada.key"))

    def restart() -> None:
        own.stop() if way == "ended" else own.kill()
        time.sleep(2.5)
        own.start()
        own.release()

    thread, said = when_told(capsys, f"{job} ", restart)
    code = cli.run(["jobs", "watch", *where, job])
    thread.join()
    out = "".join(said) + "".join(capsys.readouterr())
    assert code == 0, out
    assert "for 10 min it is tried to reach it again" in out and "The backend is back at tcp://" in out
    assert f"{job} render done: 4 of 4 frames" in out.splitlines()[-1]


def test_a_backend_that_does_not_come_back_ends_the_watch_in_words(own, capsys, monkeypatch):
    monkeypatch.setattr(cli_backend, "RECONNECT_SECONDS", 2.0)
    thread, said = when_told(capsys, f"{own.jobs[0]} ", own.kill)
    assert cli.run(["jobs", "watch", "--connection-file", str(own.connection_file)]) == cli.FAILED
    thread.join()
    out = "".join(said) + "".join(capsys.readouterr())
    assert "it is tried to reach it again" in out and "No backend is running" in out and "is back" not in out


def test_failed_frames_are_told_with_their_reason_and_the_job_ends_as_failed(tmp_path, tiny_actor, voice, capsys):
    with RunningBackend(tmp_path, tiny_actor.parent, worker_command=CURSED_WORKER) as backend:
        (tmp_path / "cache" / "service" / "cursed").touch()
        client = backend.connect("a film")
        upload(client, voice)
        backend.jobs = []
        job = render(backend, client, small_shot(voice, seed=61), 1, 5)
        file = ("--connection-file", str(backend.connection_file))
        assert cli.run(["jobs", "watch", *file, job]) == cli.FAILED
        out, err = capsys.readouterr()
        assert "frame 3" in out + err and "This frame is cursed" in err and "Hint:" in err
        assert "1 failed" in out.splitlines()[-1] and "render failed" in out
        assert cli.run(["jobs", "watch", *file, job]) == cli.FAILED, "a job that has ended says so again"
        assert "This frame is cursed" in capsys.readouterr().err
        cli.run(["jobs", "list", *file])
        assert "cursed" in capsys.readouterr().out

        backend.stop()
        backend.start()
        received = ask(backend.connect("a film"), Watch(job=job, credit=100))
        assert sorted(event.frame for event in of_type(received, FrameDone)) == [1, 2, 4, 5], (
            "none that is good is lost"
        )
        assert [event.frame for event in of_type(received, FrameFailed)] == [3]
        assert received[-1].event.code == "frames_failed"


def test_a_plan_of_a_bad_voice_ends_as_bad_input(jobs, backend, client, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_text("no sound")
    upload(client, broken)
    client.send(PlanShot(shot=small_shot(broken)))
    job = of_type(listen(client, lambda received: of_type(received, Accepted)), Accepted)[0].job
    code, out, err = jobs("watch", job)
    assert code == cli.BAD_INPUT and "plan failed" in out and "Hint:" in err


def test_a_backend_on_another_computer_is_reached_with_keys(tmp_path, tiny_actor, capsys):
    ada = new_keys("Ada")
    write_key_file(tmp_path / "ada.key", ada)
    write_key_file(tmp_path / "stranger.key", new_keys())
    (tmp_path / "authorized").write_text(f"{ada.public} Ada\n")
    (tmp_path / "authorized").chmod(0o600)
    options = {"authorized_keys": str(tmp_path / "authorized"), "server_key": str(tmp_path / "server.key")}
    with RunningBackend(tmp_path, tiny_actor.parent, **options) as backend:
        remote = ("--remote", backend.connection.address, "--server-key", backend.connection.server_key)
        assert cli.run(["jobs", "status", *remote, "--key", str(tmp_path / "ada.key")]) == 0
        assert backend.connection.address in capsys.readouterr().out
        assert cli.run(["jobs", "list", *remote, "--key", str(tmp_path / "stranger.key")]) != 0
        assert "Hint:" in capsys.readouterr().err
        assert ada.secret not in backend.log()


@pytest.mark.parametrize(
    "options",
    [
        ("--remote", "tcp://render1:5555"),
        ("--server-key", "x" * 40),
        ("--key", "a.key"),
        ("--remote", "a", "--server-key", "b"),
    ],
)
def test_half_of_what_a_remote_backend_needs_is_refused(options, capsys):
    assert cli.run(["jobs", "list", *options]) == cli.BAD_INPUT
    assert "Error" in capsys.readouterr().err


def test_no_backend(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EMOGENE_CACHE", str(tmp_path))
    for command in (["list"], ["watch"], ["cancel", "ab"], ["retry", "ab"], ["clean", "--keep", "1"], ["status"]):
        assert cli.run(["jobs", *command]) == cli.FAILED
        err = capsys.readouterr().err
        assert "No backend is running" in err and "emogene serve" in err


def test_a_backend_that_hangs_is_not_waited_for_for_ever(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cli_backend, "ANSWER_SECONDS", 1.0)
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.linger = 0
        keys = new_keys()
        router.curve_server, router.curve_secretkey = True, keys.secret.encode()
        port = router.bind_to_random_port("tcp://127.0.0.1")
        found = Connection(f"tcp://127.0.0.1:{port}", keys.public, new_keys().secret, os.getpid())
        write_connection(tmp_path / "b.json", found)

        def welcome() -> None:
            peer, *parts = router.recv_multipart()
            hello = decode_request(parts)[0]
            assert isinstance(hello, Hello)
            router.send_multipart(
                [peer, *encode(Welcome(id=hello.id, protocol=PROTOCOL_VERSION, version="1", ready=True))]
            )

        thread = threading.Thread(target=welcome)
        thread.start()
        assert cli.run(["jobs", "list", "--connection-file", str(tmp_path / "b.json")]) == cli.FAILED
        thread.join()
    assert "has said nothing" in capsys.readouterr().err
