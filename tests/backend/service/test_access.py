"""Nobody without an allowed key gets a single answer, neither on this computer nor from another one."""

import contextlib
import socket
import time

import msgspec
import pytest
import zmq
from fuzzing.strangers import seconds_until_answered, unauthorised_answers
from running_backend import RunningBackend, ask, listen, of_type, raw_dealer, small_shot, upload

from emogene_proto.client import Client, ConnectionState
from emogene_proto.connection import Connection
from emogene_proto.keys import new_keys, read_key_file
from emogene_proto.messages import (
    PROTOCOL_VERSION,
    Accepted,
    AnyRequest,
    Cancel,
    CleanJobs,
    Credit,
    Done,
    Failed,
    GetStatus,
    Hello,
    Jobs,
    JobStatus,
    ListJobs,
    PlanShot,
    ReleaseMemory,
    RenderFrame,
    RenderRange,
    RetryJob,
    Shutdown,
    StreamClock,
    StreamFrames,
    Upload,
    UploadPiece,
    Watch,
)
from emogene_proto.wire import encode

ADA, BOB = new_keys("Ada's laptop"), new_keys("Bob")


@pytest.fixture(scope="module")
def remote(tmp_path_factory, tiny_actor):
    """A backend for other computers; Ada and Bob may use it."""
    folder = tmp_path_factory.mktemp("remote")
    authorized, server_key = folder / "authorized", folder / "server.key"
    allow(authorized, ADA, BOB)
    options = {"authorized_keys": str(authorized), "server_key": str(server_key), "bind": "tcp://0.0.0.0:0"}
    with RunningBackend(folder, tiny_actor.parent, **options) as running:
        yield running


def allow(path, *keys):
    path.write_text("# who may render here\n\n" + "".join(f"{pair.public} {pair.name}\n" for pair in keys))
    path.chmod(0o600)


def elsewhere(backend, keys) -> Connection:
    """The connection of somebody on another computer, who has this pair."""
    return Connection(backend.connection.address, backend.connection.server_key, keys.secret)


def settled(connection) -> Client:
    """A client that is in, or knows why not."""
    client = Client.connect(connection)
    listen(client, lambda _: client.state is not ConnectionState.CONNECTING)
    return client


@pytest.fixture(params=["this computer", "others"])
def guarded(request, backend, remote):
    return backend if request.param == "this computer" else remote


def every_request(voice) -> list:
    shot, job = small_shot(voice), "0" * 12
    return [
        Hello(id=1, protocol=PROTOCOL_VERSION),
        Hello(id=2, protocol=PROTOCOL_VERSION - 1),
        Upload(id=3, sha256="0" * 64, size=1),
        UploadPiece(id=3, offset=0),
        PlanShot(id=4, shot=shot),
        RenderRange(id=5, shot=shot, first=1, last=2),
        RenderFrame(id=6, shot=shot, frame=1),
        StreamFrames(id=7, shot=shot, first=1, last=2, width=64, height=64),
        StreamClock(id=8, to=7, frame=1.0, playing=True),
        Credit(id=9, to=5, frames=9),
        Cancel(id=10, job=job),
        Watch(id=11, job=job),
        ListJobs(id=12),
        JobStatus(id=13, job=job),
        RetryJob(id=14, job=job),
        CleanJobs(id=15),
        GetStatus(id=16),
        ReleaseMemory(id=17),
        Shutdown(id=18),
    ]


def test_every_request_type_is_tried(voice):
    assert {type(request) for request in every_request(voice)} == set(AnyRequest.__args__)


def test_a_stranger_gets_no_answer_to_anything(guarded, voice):
    owner = guarded.connect("the owner")
    before = ask(owner, ListJobs())[-1].event.jobs
    answered = unauthorised_answers(guarded.connection, tuple(every_request(voice)))
    assert answered == {"no encryption": 0, "unknown key": 0, "wrong server key": 0}
    assert ask(owner, ListJobs())[-1].event.jobs == before and guarded.process.poll() is None
    owner.close()


def test_who_has_a_key_is_answered_when_sending_the_same(tmp_path, tiny_actor, voice):
    """Else the test above would pass with a sender that is broken."""
    with RunningBackend(tmp_path, tiny_actor.parent) as own:
        assert seconds_until_answered(own.connection, tuple(every_request(voice))) > 0.0


def test_a_sender_that_reaches_nobody_is_noticed(tmp_path, tiny_actor, voice, monkeypatch):
    monkeypatch.setattr("fuzzing.strangers.LONGEST_SECONDS", 0.0)
    with RunningBackend(tmp_path, tiny_actor.parent) as own:
        stranger = msgspec.structs.replace(own.connection, secret_key=new_keys().secret)
        with pytest.raises(AssertionError, match="GetStatus"):
            seconds_until_answered(stranger, tuple(every_request(voice)))


def test_a_stranger_who_speaks_zmtp_by_hand_hears_the_greeting_only(guarded, voice):
    """Frames sent right behind a greeting without encryption, as a hostile program would."""
    host, port = guarded.connection.address.removeprefix("tcp://").rsplit(":", 1)
    for mechanism in (b"NULL", b"CURVE"):
        greeting = b"\xff" + bytes(8) + b"\x7f\x03\x01" + mechanism.ljust(20, b"\0") + bytes(32)
        ready = b"\x04\x26\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x00"
        frames = [encode(request)[0] for request in every_request(voice)]
        with socket.create_connection((host, int(port)), timeout=20) as stranger:
            heard = b""
            with contextlib.suppress(ConnectionError):
                stranger.sendall(greeting + ready)
                for frame in frames:
                    stranger.sendall(b"\x02" + len(frame).to_bytes(8, "big") + frame)
                while more := stranger.recv(4096):
                    heard += more
        assert len(heard) <= len(greeting)


def test_a_key_of_the_list_gets_in_and_is_known_by_its_name(remote):
    client = settled(elsewhere(remote, ADA))
    assert client.state is ConnectionState.READY
    assert isinstance(ask(client, ListJobs())[-1].event, Jobs)
    client.close()
    assert "of Ada's laptop says hello" in remote.log()


def test_the_user_of_that_computer_needs_no_key_of_the_list(remote):
    remote.connect().close()
    assert "of this computer's user says hello" in remote.log()


def others_job(remote, voice):
    """A job of Ada's that has ended, and its id."""
    ada = settled(elsewhere(remote, ADA))
    upload(ada, voice)
    received = ask(ada, PlanShot(shot=small_shot(voice, seed=71)))
    ada.close()
    return of_type(received, Accepted)[0].job


ON_A_JOB = [Watch, Cancel, RetryJob, JobStatus]


@pytest.mark.parametrize("request_type", ON_A_JOB)
def test_nobody_watches_stops_or_sees_the_job_of_another_key(remote, voice, request_type):
    job = others_job(remote, voice)
    bob = settled(elsewhere(remote, BOB))
    refusal = ask(bob, request_type(job=job))[-1].event
    assert isinstance(refusal, Failed) and refusal.code == "refused" and "somebody else" in refusal.message
    assert job not in [info.job for info in ask(bob, ListJobs())[-1].event.jobs]
    bob.close()


@pytest.mark.parametrize("request_type", ON_A_JOB)
def test_its_own_key_and_the_user_of_that_computer_may(remote, voice, request_type):
    job = others_job(remote, voice)
    for client in (settled(elsewhere(remote, ADA)), remote.connect()):
        answer = ask(client, request_type(job=job))[-1].event
        assert not isinstance(answer, Failed) or "is done" in answer.message, "what is done needs no second try"
        assert job in [info.job for info in ask(client, ListJobs())[-1].event.jobs]
        client.close()


@pytest.mark.parametrize("request_type", [CleanJobs, ReleaseMemory])
def test_only_its_own_user_cleans_it(remote, request_type):
    bob = settled(elsewhere(remote, BOB))
    refusal = ask(bob, request_type())[-1].event
    assert isinstance(refusal, Failed) and refusal.code == "refused" and "own user" in refusal.message
    bob.close()


def test_a_key_that_is_taken_out_ends_its_sessions_and_no_other(remote):
    authorized = remote.folder / "authorized"
    ada, bob = settled(elsewhere(remote, ADA)), settled(elsewhere(remote, BOB))
    allow(authorized, BOB)
    listen(ada, lambda _: ada.state is ConnectionState.REFUSED)
    assert "no longer allowed" in ada.problem.message
    again = settled(elsewhere(remote, ADA))
    assert again.problem.code == "key_refused" and "emogene keys show" in again.problem.hint
    assert isinstance(ask(bob, ListJobs())[-1].event, Jobs)
    allow(authorized, ADA, BOB)
    deadline = time.monotonic() + 30
    while (back := settled(elsewhere(remote, ADA))).state is not ConnectionState.READY:
        assert time.monotonic() < deadline
    for client in (ada, bob, again, back):
        client.close()


def test_what_a_removed_client_still_sends_is_neither_answered_nor_done(remote, voice):
    authorized = remote.folder / "authorized"
    with zmq.Context() as context, raw_dealer(context, elsewhere(remote, ADA)) as ada:
        ada.rcvtimeo = 20_000
        ada.send_multipart(encode(Hello(id=1, protocol=PROTOCOL_VERSION)))
        ada.recv_multipart()
        allow(authorized, BOB)
        while b"no longer allowed" not in ada.recv_multipart()[0]:
            pass
        for request in every_request(voice):
            ada.send_multipart(encode(request))
        owner = remote.connect()
        time.sleep(0.5)
        assert isinstance(ask(owner, ListJobs())[-1].event, Jobs)
        assert ada.poll(200) == 0
        owner.close()
    allow(authorized, ADA, BOB)


def test_the_backends_own_key_stays_over_a_restart(remote):
    before = remote.connection.server_key
    assert before == read_key_file(remote.folder / "server.key").public and before in remote.log()
    remote.stop()
    remote.start()
    assert remote.connection.server_key == before
    allow(remote.folder / "authorized", ADA, BOB)
    client = settled(elsewhere(remote, ADA))
    assert client.state is ConnectionState.READY
    client.close()


def test_no_secret_is_in_a_log_or_any_other_file(remote, backend, voice):
    """Of keys that were used, refused and removed by the tests above, and of one that connects now."""
    client = settled(elsewhere(remote, ADA))
    ask(client, JobStatus(job="0" * 12))
    ask(client, ListJobs(active=True))
    client.close()
    secrets = {ADA.secret, BOB.secret, read_key_file(remote.folder / "server.key").secret}
    secrets |= {remote.connection.secret_key, backend.connection.secret_key}
    private = {"server.key", "backend.json"}
    for folder in (remote.folder, backend.folder):
        for path in folder.rglob("*"):
            if path.is_file() and path.name not in private:
                content = path.read_bytes()
                assert not any(secret.encode() in content for secret in secrets), path


def test_only_its_own_user_shuts_it_down(remote):
    """Last: the backend ends."""
    client = settled(elsewhere(remote, BOB))
    refusal = ask(client, Shutdown())[-1].event
    assert isinstance(refusal, Failed) and refusal.code == "refused"
    client.close()
    assert isinstance(ask(remote.connect(), Shutdown())[-1].event, Done)
    assert remote.process.wait(20) == 0
