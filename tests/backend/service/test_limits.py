"""What one client may ask for and hold: refused, or ended, before memory is taken."""

import contextlib
import os
import sqlite3
from types import SimpleNamespace

import msgspec
import psutil
import pytest
import zmq
from fuzzing.connections import BareConnections
from running_backend import RunningBackend, ask, listen, of_type, raw_dealer, small_shot, upload

from emogene.service import job_limits
from emogene.service.access import LOCAL, Owner
from emogene.service.blobs import STALLED_SECONDS, BlobStore
from emogene.service.clients import Clients
from emogene.service.frame_set import FrameSet
from emogene.service.job_limits import check_room
from emogene.service.jobs import Job
from emogene.service.limits import JOB_FRAMES, LONGEST_NAME, LimitError, Tokens, short_name
from emogene.service.sessions import Session
from emogene_proto.client import ConnectionState
from emogene_proto.errors import ProtocolError, ShotError
from emogene_proto.messages import (
    PROTOCOL_VERSION,
    Accepted,
    Done,
    Failed,
    FrameDone,
    Hello,
    ListJobs,
    PlanShot,
    RenderRange,
    Upload,
    Watch,
)
from emogene_proto.shot import MOST_KEYS, AudioRef, EmotionKey, Shot
from emogene_proto.wire import decode_event, decode_request, encode

SHOT = Shot(AudioRef("0" * 64))


def job(owner: str, frames: int = 1) -> Job:
    return Job("render", SHOT, 1, frames, owner=owner)


def test_a_render_of_days_is_refused():
    check_room(job("ada", JOB_FRAMES), [])
    with pytest.raises(ShotError, match="too many"):
        check_room(job("ada", JOB_FRAMES + 1), [])


def test_who_has_much_animation_waiting_waits_and_others_do_not(monkeypatch):
    monkeypatch.setattr(job_limits, "CLIENT_SHOT_BYTES", 3 * job("ada").shot_bytes)
    waiting = [job("ada"), job("ada")]
    check_room(job("ada"), waiting)
    with pytest.raises(LimitError):
        check_room(job("ada"), [*waiting, job("ada")])
    check_room(job("bob"), [*waiting, job("ada")])


def test_one_large_shot_is_no_less_allowed_than_many_small_ones(monkeypatch):
    monkeypatch.setattr(job_limits, "CLIENT_SHOT_BYTES", 1)
    check_room(job("ada"), [job("bob")])


def test_frames_that_a_client_has_take_a_bit_each():
    held = FrameSet(-5, 1000, (-5, 0, 7, 1000, 1001, 2**30, -6))
    assert [frame for frame in range(-10, 1010) if frame in held] == [-5, 0, 7, 1000]
    assert 3 not in FrameSet()


@pytest.mark.parametrize("changes", [{"emotions": (EmotionKey(0.0, "sad"),) * (MOST_KEYS + 1)}])
def test_more_keys_than_any_shot_has_are_not_even_read(changes):
    shot = msgspec.structs.replace(SHOT, **changes)
    with pytest.raises(ProtocolError, match=f"{MOST_KEYS}"):
        decode_request(encode(PlanShot(id=1, shot=shot)))


def test_what_a_client_calls_itself_is_one_short_line():
    assert short_name("Blender 5.0\n2026 ERROR forged\x1b[2J") == "Blender 5.02026 ERROR forged[2J"
    assert len(short_name("x" * 2000)) == LONGEST_NAME


def test_a_large_wrong_message_counts_as_many():
    tokens = Tokens(100, 1.0, clock=lambda: 0.0)
    assert tokens.take(1.0 + 32.0) and tokens.take(33.0) and tokens.take(33.0) and tokens.take(33.0)
    assert not tokens.take()


def test_an_error_does_not_send_back_what_was_sent(backend):
    """Else a client that reads nothing would be kept megabytes for each mistake."""
    with zmq.Context() as context, raw_dealer(context, backend.connection) as socket:
        socket.rcvtimeo = 60_000
        socket.send_multipart(encode(Hello(id=1, protocol=PROTOCOL_VERSION)))
        socket.recv_multipart()
        shot = msgspec.structs.replace(SHOT, output="x" * 2_000_000)
        socket.send_multipart(encode(PlanShot(id=2, shot=shot)))
        parts = socket.recv_multipart()
        assert isinstance(decode_event(parts)[0], Failed) and len(parts[0]) < 10_000


def test_uploads_of_one_client_are_counted(tmp_path, tiny_actor):
    with RunningBackend(tmp_path, tiny_actor.parent) as backend:
        client = backend.connect()
        for number in range(4):
            request = client.send(Upload(sha256=f"{number:064x}", size=9))
            listen(client, lambda received, request=request: any(event.id == request for event, _ in received))
        assert ask(client, Upload(sha256="5" * 64, size=9))[-1].event.code == "busy"


def test_an_upload_of_which_nothing_more_comes_is_given_up_and_its_client_told(tmp_path, monkeypatch):
    told = []
    outbox = SimpleNamespace(send=lambda client, event: told.append((client, event)))
    clients = Clients(outbox, None, None, (), lambda process: None)
    store = BlobStore(tmp_path)
    session = clients.sessions[b"client"] = Session("Blender", 1, Owner(LOCAL, "this computer"))
    session.uploads = {7: store.begin("a" * 64, 9), 8: store.begin("b" * 64, 9)}
    session.uploads[8].add(0, b"1234")
    clients.end_stalled()
    assert not told and len(session.uploads) == 2
    session.uploads[7].heard -= STALLED_SECONDS + 1
    clients.end_stalled()
    ((client, failed),) = told
    assert client == b"client" and failed.id == 7 and failed.code == "upload" and failed.hint
    assert list(session.uploads) == [8] and len(list((tmp_path / "partial").iterdir())) == 1


@pytest.fixture
def small_memory(tmp_path, tiny_actor):
    """A backend that may have some 150 MB more than it needs."""
    with RunningBackend(tmp_path, tiny_actor.parent) as running:
        used = psutil.Process(running.process.pid).memory_info().rss
        running.stop()
        running.options["memory_bytes"] = used + 150 * 2**20
        running.start()
        yield running


def test_who_brings_more_than_memory_holds_costs_the_connections_but_no_job(small_memory, voice):
    """Strangers may send a frame of 32 MB each before they have shown a key: zmq holds it until it is complete."""
    client = small_memory.connect()
    upload(client, voice)
    job_id = of_type(ask(client, RenderRange(shot=small_shot(voice), first=1, last=3, credit=9)), Accepted)[0].job
    bare = BareConnections(small_memory.connection.address)
    try:
        most = max(bare.fill(30 * 2**20, lambda: resident(small_memory)) for _ in range(12))
        listen(client, lambda _: client.state is ConnectionState.LOST)
    finally:
        bare.close()
    assert most < small_memory.options["memory_bytes"] + 150 * 2**20
    assert small_memory.process.poll() is None and "more than memory can hold" in small_memory.log()
    again = small_memory.connect()
    received = ask(again, Watch(job=job_id, credit=9))
    assert len(of_type(received, FrameDone)) == 3 and of_type(received, Done)


def resident(backend) -> int:
    return psutil.Process(backend.process.pid).memory_info().rss


def test_a_client_that_was_gone_for_an_hour_has_lost_nothing(tmp_path, tiny_actor, voice):
    """It went without a word while its job ran, and an hour of the jobs' clock later it asks for all of it."""
    with RunningBackend(tmp_path, tiny_actor.parent) as running:
        client = running.connect()
        upload(client, voice)
        request = client.send(RenderRange(shot=small_shot(voice), first=1, last=12, credit=2))
        received = listen(client, lambda received: len(of_type(received, FrameDone)) == 2)
        job_id = of_type(received, Accepted)[0].job
        client.close()
        other = running.connect()
        listen(other, lambda _: ended(other, job_id))
        running.stop()
        age(running.folder / "cache" / "service", 3600.0)
        running.start()
        again = running.connect()
        frames = of_type(ask(again, Watch(job=job_id, credit=99)), FrameDone)
        assert request and sorted(event.frame for event in frames) == list(range(1, 13))


def ended(client, job_id: str) -> bool:
    jobs = ask(client, ListJobs())[-1].event.jobs
    return any(one.job == job_id and one.state == "done" for one in jobs)


def age(folder, seconds: float) -> None:
    """Everything that the service keeps becomes so much older."""
    with contextlib.closing(sqlite3.connect(folder / "jobs" / "jobs.sqlite")) as base:
        base.execute("UPDATE jobs SET created = created - ?, ended = ended - ? WHERE ended > 0", (seconds, seconds))
        base.commit()
    for path in folder.rglob("*"):
        if path.is_file():
            about = path.stat()
            os.utime(path, (about.st_atime - seconds, about.st_mtime - seconds))
