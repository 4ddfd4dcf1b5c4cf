"""What clients with a key cannot do either: other versions, no hello, nonsense. Those without one: test_access.py."""

import hashlib
import math
from pathlib import Path

import msgspec
import pytest
import zmq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running_backend import answers, ask, listen, of_type, raw_dealer, small_shot, upload

from emogene_proto.client import Client, ConnectionState
from emogene_proto.messages import (
    PROTOCOL_VERSION,
    AnyRequest,
    Cancel,
    CleanJobs,
    Credit,
    Failed,
    GetStatus,
    Hello,
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
    UploadReady,
    Watch,
    Welcome,
)
from emogene_proto.shot import CameraKey, Shot
from emogene_proto.wire import MAX_REQUEST_BYTES, decode_event, encode


@pytest.fixture
def stranger(backend):
    """A socket that has not said hello."""
    with zmq.Context() as context, raw_dealer(context, backend.connection) as socket:
        socket.rcvtimeo = 10_000
        yield socket


def say(socket, *parts):
    """Send raw parts, receive one event."""
    socket.send_multipart(list(parts))
    return decode_event(socket.recv_multipart())[0]


def refused(backend, **changes):
    """A client that connects with something changed, after the backend's answer."""
    client = Client.connect(msgspec.structs.replace(backend.connection, **changes))
    listen(client, lambda received: client.state is not ConnectionState.CONNECTING)
    client.close()
    return client.problem


def test_another_version_is_refused_by_the_client(backend):
    problem = refused(backend, protocol=PROTOCOL_VERSION + 1)
    assert problem.code == "version_mismatch" and "Update the add-on" in problem.hint


@pytest.mark.parametrize(("version", "older"), [(PROTOCOL_VERSION + 1, "backend"), (PROTOCOL_VERSION - 1, "add-on")])
def test_another_version_is_refused_by_the_backend(stranger, version, older):
    hello = {"type": "hello", "id": 5, "protocol": version, "news": [1, 2]}
    event = say(stranger, msgspec.msgpack.encode(hello))
    assert isinstance(event, Failed) and event.id == 5 and event.code == "version_mismatch"
    assert event.hint == f"Update the {older}."


def test_nothing_is_done_before_hello(stranger):
    for request in (
        ListJobs(id=1),
        Shutdown(id=1),
        JobStatus(id=1, job="0" * 12),
        Upload(id=1, sha256="0" * 64, size=1),
    ):
        assert say(stranger, *encode(request)).code == "refused"


def test_what_comes_before_hello_is_not_even_read(stranger):
    """Of a shot of hours a decoder makes a hundred megabytes: only for clients that may ask."""
    nonsense = msgspec.msgpack.encode({"type": "plan_shot", "id": 3, "shot": 5})
    assert say(stranger, nonsense).code == "refused"
    assert say(stranger, msgspec.msgpack.encode({"shot": [[0.0] * 6] * 1000, "type": "plan_shot"})).code == "refused"


def test_a_chosen_socket_identity_is_refused(backend):
    """It could be taken over by somebody else when its owner leaves."""
    with zmq.Context() as context, raw_dealer(context, backend.connection, identity=b"me") as socket:
        socket.rcvtimeo = 10_000
        assert say(socket, *encode(Hello(id=1, protocol=PROTOCOL_VERSION))).code == "refused"


def test_a_file_with_another_hash_is_not_kept(backend, client):
    promised = hashlib.sha256(b"what was promised").hexdigest()
    request = client.send(Upload(sha256=promised, size=4))
    listen(client, lambda received: of_type(received, UploadReady))
    client._socket.send_multipart(encode(UploadPiece(id=request, offset=0), [b"evil"]))
    failed = answers(client, request)[-1].event
    assert failed.code == "upload"
    assert not list((backend.folder / "cache" / "service" / "blobs").glob(promised))
    assert not list((backend.folder / "cache" / "service" / "blobs" / "partial").iterdir())


def test_pieces_that_do_not_follow_each_other_end_the_upload(client):
    request = client.send(Upload(sha256="1" * 64, size=100))
    listen(client, lambda received: of_type(received, UploadReady))
    client._socket.send_multipart(encode(UploadPiece(id=request, offset=50), [b"x" * 50]))
    assert answers(client, request)[-1].event.code == "bad_message"


def test_a_file_larger_than_any_recording_is_refused(client):
    assert ask(client, Upload(sha256="2" * 64, size=2**39))[-1].event.code == "upload"


def test_a_message_over_the_limit_costs_only_its_sender(backend, client):
    with zmq.Context() as context, raw_dealer(context, backend.connection) as socket:
        socket.send(b"x" * (MAX_REQUEST_BYTES + 1))
        assert ask(client, ListJobs())[-1].event.jobs is not None
        assert socket.poll(50) == 0


def test_a_client_that_asks_without_end_and_never_reads_hurts_nobody(backend, client, conversations):
    flood = conversations[True]
    flood.sndtimeo = 10_000
    flood.rcvhwm = 1
    for number in range(20_000):
        flood.send_multipart(encode(ListJobs(id=number)))
    assert ask(client, ListJobs())[-1].event.jobs is not None
    assert memory_of(backend.process.pid) < 500e6


def memory_of(pid: int) -> float:
    """Resident bytes of a process; 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return float(line.split()[1]) * 1024


IDS = st.integers(0, 2**53 - 1)
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
JOB_IDS = st.text("0123456789abcdef", min_size=12, max_size=12)
NUMBERS = st.integers(-(2**31) + 1, 2**31 - 1)


@st.composite
def shots(draw):
    """Documents that look like shots, most of them absurd."""
    floats = st.floats(allow_nan=True, allow_infinity=True)
    key = {"seconds": floats, "emotion": st.text(max_size=9), "intensity": floats, "transition_seconds": floats}
    return {
        "audio": {"sha256": draw(st.one_of(HASHES, st.text(max_size=70))), "offset_seconds": draw(floats)},
        "fps": draw(floats),
        "frame_start": draw(NUMBERS),
        "emotions": draw(st.lists(st.fixed_dictionaries(key), max_size=3)),
        "actor": draw(st.one_of(st.just("pack"), st.text(max_size=30))),
        "width": draw(st.integers(-10, 5000)),
        "height": draw(st.integers(-10, 5000)),
        "performance": {"blink": draw(floats), "gaze": draw(floats)},
    }


def body(kind: str, **fields):
    """A request of one type with any values in its fields."""
    return st.fixed_dictionaries({"type": st.just(kind), "id": IDS, **fields})


BODIES = st.one_of(
    body("hello", protocol=st.integers(-5, 5), client=st.text(max_size=70)),
    body("upload", sha256=HASHES, size=st.integers(0, 2**40)),
    body("upload_piece", offset=st.integers(0, 2**40)),
    body("plan_shot", shot=shots()),
    body("render_range", shot=shots(), first=NUMBERS, last=NUMBERS),
    body("render_frame", shot=shots(), frame=NUMBERS),
    body("stream_frames", shot=shots(), first=NUMBERS, last=NUMBERS, width=st.integers(-9, 5000), height=st.just(64)),
    body("stream_clock", to=IDS, frame=st.floats(), playing=st.booleans(), received=st.integers(0, 2**40)),
    body("credit", to=IDS, frames=st.integers(0, 10**6)),
    body("cancel", job=JOB_IDS),
    body("watch", job=JOB_IDS, have=st.lists(NUMBERS, max_size=5)),
    body("list_jobs"),
    body("job_status", job=JOB_IDS),
    body("retry_job", job=JOB_IDS),
    body("clean_jobs", older_than_seconds=st.floats(1e6, 1e10), keep=st.integers(0, 2**40)),
    body("get_status"),
    body("release_memory"),
)
"""Every type but Shutdown."""
WRONG = st.one_of(st.none(), st.binary(max_size=9), st.lists(st.integers(-9, 9), max_size=3), st.text(max_size=9))


@st.composite
def requests(draw):
    """Messages of every type, some with a field of another type, some cut short, some with parts too many."""
    message = draw(BODIES)
    if draw(st.integers(0, 4)) == 0:
        message[draw(st.sampled_from(sorted(message)))] = draw(WRONG)
    encoded = msgspec.msgpack.encode(message)
    cut = max(0, draw(st.integers(-6, 3)))
    return [encoded[: len(encoded) - cut], *draw(st.lists(st.binary(max_size=99), max_size=2))]


NONSENSE = st.lists(st.binary(max_size=300), min_size=1, max_size=20)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.one_of(requests(), NONSENSE), welcomed=st.booleans())
def test_no_message_ends_the_backend(backend, conversations, parts, welcomed):
    socket = conversations[welcomed]
    socket.send_multipart(parts)
    socket.send_multipart(encode(ListJobs(id=7)))
    while True:
        event = decode_event(socket.recv_multipart())[0]
        if event.id == 7 or isinstance(event, Failed) and event.code == "refused":
            break
    assert backend.process.poll() is None


@pytest.fixture
def conversations(backend):
    """Two raw sockets with a key: one that has not said hello, one that has."""
    with zmq.Context() as context:
        outside, inside = raw_dealer(context, backend.connection), raw_dealer(context, backend.connection)
        for socket in (outside, inside):
            socket.rcvtimeo = 10_000
        assert isinstance(say(inside, *encode(Hello(id=1, protocol=PROTOCOL_VERSION))), Welcome)
        yield (outside, inside)
        outside.close()
        inside.close()


IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


@pytest.mark.parametrize(
    "change",
    [
        {"offset_seconds": math.nan},
        {"offset_seconds": math.inf},
        {"duration_seconds": -1.0},
        {"blink": math.nan},
        {"head_motion": 1e30},
        {"emotion_seconds": math.nan},
        {"focal_mm": math.nan},
        {"camera_to_world": ((1.0, 0.0, 0.0, math.inf),) * 4},
        {"camera_to_world": ((1.0, 0.0, 0.0, 0.0),) * 3},
        {"camera_to_world": ((0.0, 0.0, 0.0, 0.0),) * 4},
        {"camera_to_world": (*IDENTITY[:3], (0.0, 0.0, 0.0, 2.0))},
        {"seed": -1},
    ],
    ids=str,
)
def test_numbers_that_are_none_never_reach_the_models(client, voice, change):
    upload(client, voice)
    shot = msgspec.to_builtins(small_shot(voice, camera=CameraKey(IDENTITY, 50.0, 36.0)))
    for name, value in change.items():
        if name == "emotion_seconds":
            shot["emotions"][0]["seconds"] = value
        for part in (shot, shot["audio"], shot["performance"], shot["camera"]):
            if name in part:
                part[name] = value
    failed = ask(client, RenderFrame(shot=msgspec.convert(shot, Shot), frame=1))[-1].event
    assert isinstance(failed, Failed) and failed.code == "bad_shot"


def test_every_request_type_is_among_the_nonsense():
    fuzzed = {
        Hello,
        Upload,
        UploadPiece,
        PlanShot,
        RenderRange,
        RenderFrame,
        StreamFrames,
        StreamClock,
        Credit,
        Cancel,
        Watch,
        ListJobs,
        JobStatus,
        RetryJob,
        CleanJobs,
        GetStatus,
        ReleaseMemory,
    }
    assert fuzzed | {Shutdown} == set(AnyRequest.__args__)


def test_nothing_internal_went_wrong_meanwhile(backend):
    assert "Traceback" not in backend.log()
