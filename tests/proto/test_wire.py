"""Messages on the wire: what is said arrives, what is not a message is refused, versions refuse each other clearly."""

import ast
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import emogene_proto
from emogene_proto import messages, wire
from emogene_proto.errors import ProtocolError
from emogene_proto.messages import (
    AnyEvent,
    AnyRequest,
    ArraySpec,
    Cancel,
    Done,
    FrameDone,
    Hello,
    ListJobs,
    PlanShot,
    RenderRange,
    ShotPlanned,
    Welcome,
)
from emogene_proto.shot import MOST_ROWS, AudioRef, EmotionKey, Shot

SHOT = Shot(AudioRef("a" * 64, "voice.wav"), emotions=(EmotionKey(0.5, "sad", 0.25),))


@pytest.mark.parametrize(
    "request_",
    [
        ListJobs(id=1),
        PlanShot(id=2, shot=SHOT),
        RenderRange(id=3, shot=SHOT, first=-5, last=7),
        Cancel(id=4, job="0" * 12),
    ],
)
def test_a_request_arrives_as_it_was_sent(request_):
    assert wire.decode_request(wire.encode(request_)) == (request_, [])


def test_an_event_arrives_with_its_bytes():
    event = FrameDone(id=1, job="0" * 12, frame=3, key="b" * 64, done=1, total=2)
    assert wire.decode_event(wire.encode(event, [b"picture"])) == (event, [b"picture"])


def test_a_request_is_no_event_and_an_event_no_request():
    with pytest.raises(ProtocolError):
        wire.decode_event(wire.encode(ListJobs(id=1)))
    with pytest.raises(ProtocolError):
        wire.decode_request(wire.encode(Done(id=1)))


def test_every_message_refuses_fields_that_it_does_not_know():
    for kind in (*AnyRequest.__args__, *AnyEvent.__args__):
        assert kind.__struct_config__.forbid_unknown_fields and kind.__struct_config__.frozen, kind


@pytest.mark.parametrize(
    "changes",
    [{"job": "../../../etc"}, {"job": "0" * 13}, {"job": "0" * 12 + "\n"}, {"id": -1}, {"id": 2**53}, {"more": 1}],
)
def test_values_out_of_range_are_refused(changes):
    message = msgspec.to_builtins(Cancel(id=1, job="0" * 12)) | changes
    with pytest.raises(ProtocolError):
        wire.decode_request([msgspec.msgpack.encode(message)])


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_nonsense_is_refused_in_words(parts):
    with pytest.raises(ProtocolError) as caught:
        wire.decode_request(parts)
    assert caught.value.hint


def test_arrays_must_have_the_size_that_was_said():
    spec = ArraySpec("weights", (3, 8))
    event = ShotPlanned(id=1, job="0" * 12, frames=3, fps=24.0, frame_start=1, arrays=(spec,))
    assert wire.array_bytes(spec) == 96
    assert wire.decode_event(wire.encode(event, [bytes(96)]))[0] == event
    for parts in ([bytes(95)], [], [bytes(96), b""]):
        with pytest.raises(ProtocolError, match="another size"):
            wire.decode_event(wire.encode(event, parts))


@given(st.integers(0, 2**40), st.integers(0, 2**53 - 1), st.dictionaries(st.text(), st.integers(-5, 5), max_size=3))
def test_the_version_of_any_hello_can_be_read(version, request_id, unknown_fields):
    hello = unknown_fields | {"type": "hello", "protocol": version, "id": request_id}
    assert wire.greeting(msgspec.msgpack.encode(hello)) == (version, request_id)


def test_only_greetings_are_greetings():
    assert wire.greeting(wire.encode(Hello(id=3, protocol=1))[0]) == (1, 3)
    assert wire.greeting(wire.encode(Welcome(id=3, protocol=1, version="", ready=True))[0]) == (1, 3)
    assert wire.greeting(wire.encode(ListJobs(id=3))[0]) is None
    assert wire.greeting(b"\xc1") is None


def test_the_older_side_is_to_be_updated():
    mine = messages.PROTOCOL_VERSION
    assert wire.version_error(mine + 1, "backend", "add-on").hint == "Update the add-on."
    assert wire.version_error(mine - 1, "backend", "add-on").hint == "Update the backend."


def test_the_package_can_be_copied_anywhere():
    """Inside the Blender extension it has another name: only relative imports of its own, no other packages."""
    allowed = {"msgspec"}
    for path in Path(emogene_proto.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in names:
                top = name.split(".")[0]
                extra = {"zmq"} if path.name in ("client.py", "handshake.py", "keys.py") else set()
                assert top in sys.stdlib_module_names or top in allowed | extra, f"{path.name} imports {name}"


@pytest.mark.parametrize("part", ["head_track", "emotion_curves"])
def test_a_shot_with_too_many_rows_is_refused_before_they_are_read(part):
    rows = {
        "head_track": {"motion": [[0] * 6] * (MOST_ROWS + 1)},
        "emotion_curves": [{"emotion": "sad", "points": [{"seconds": 0, "value": 0}] * (MOST_ROWS + 1)}],
    }
    message = {"type": "plan_shot", "id": 1, "shot": {"audio": {}, part: rows[part]}}
    with pytest.raises(ProtocolError, match=f"length <= {MOST_ROWS}"):
        wire.decode_request([msgspec.msgpack.encode(message)])
