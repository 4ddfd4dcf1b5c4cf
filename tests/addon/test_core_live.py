"""The live picture, event by event: what is told of the playhead, and which picture is shown."""

from pathlib import Path

import pytest
from emogene_addon.core.bringing import KnownFiles, file_state
from emogene_addon.core.character_key import CharacterKey
from emogene_addon.core.live import KEPT_PICTURES, Live, SeenPlayhead, live_size
from emogene_addon.emogene_proto.messages import (
    Accepted,
    Cancel,
    Done,
    Failed,
    StreamClock,
    StreamFrame,
    StreamFrames,
    Uploaded,
)
from emogene_addon.emogene_proto.shot import AudioRef, Shot

WHOSE = CharacterKey(7, 1)
SHA = "ab" * 32
JOB_ID = "0123456789ab"
SHOT = Shot(AudioRef(path="/voice.wav"), frame_start=11)


def having(sha256: str) -> KnownFiles:
    """The backend has the voice, as it thinks."""
    known = KnownFiles()
    path = Path(SHOT.audio.path)
    known.remember(path, file_state(path), sha256)
    return known


class Clock:
    def __init__(self):
        self.now = 5.0

    def __call__(self) -> float:
        return self.now


class Wire:
    """Takes what is sent; stands for the connection, which is tested with a real backend elsewhere."""

    def __init__(self):
        self.sent = []

    def upload(self, path: Path) -> int:
        self.sent.append(path)
        return len(self.sent)

    def send(self, request) -> int:
        self.sent.append(request)
        return len(self.sent)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def live(wire, clock) -> Live:
    """A stream that the backend has accepted."""
    made = Live(WHOSE, SHOT, (4, 2), KnownFiles(), clock=clock)
    made.begin(wire)
    made.take(wire, Uploaded(id=1, sha256=SHA), [])
    made.take(wire, Accepted(id=2, job=JOB_ID), [])
    return made


def picture(frame: int, width: int = 4, height: int = 2, **changes) -> tuple[StreamFrame, list[bytes]]:
    event = StreamFrame(id=2, frame=frame, width=width, height=height, skipped=0, seconds=0.01, **changes)
    return event, [bytes([frame % 256]) * (4 * width * height)]


def told(wire: Wire) -> list[StreamClock]:
    return [request for request in wire.sent if isinstance(request, StreamClock)]


def test_the_voice_is_brought_first_and_then_the_shot_is_streamed(wire, live):
    assert wire.sent[0] == Path("/voice.wav")
    request = wire.sent[1]
    assert isinstance(request, StreamFrames) and request.shot.audio.sha256 == SHA
    assert (request.first, request.width, request.height) == (11, 4, 2) and request.last > 100_000
    assert live.shot.audio.sha256 == SHA and live.stage == "planning"


def test_a_voice_that_the_backend_has_is_not_brought_again(wire):
    Live(WHOSE, SHOT, (4, 2), having(SHA)).begin(wire)
    assert isinstance(wire.sent[0], StreamFrames)


def test_a_playing_playhead_is_told_each_time_with_its_fraction(wire, live, clock):
    for _ in range(4):
        live.tell(wire, 20, True)
        clock.now += 0.01
    frames = [request.frame for request in told(wire)]
    assert frames == pytest.approx([20.0, 20.24, 20.48, 20.72])
    assert all(request.to == 2 and request.playing for request in told(wire))


def test_a_playhead_that_stands_is_told_when_it_moves_and_now_and_then(wire, live, clock):
    for frame in (20, 20, 20, 21):
        live.tell(wire, frame, False)
        clock.now += 0.02
    assert [request.frame for request in told(wire)] == [20, 21]
    live.take(wire, *picture(21))
    clock.now += 0.5
    live.tell(wire, 21, False)
    assert told(wire)[-1].received == 1


def test_nothing_is_told_before_the_backend_has_taken_the_stream(wire):
    waiting = Live(WHOSE, SHOT, (4, 2), KnownFiles())
    waiting.begin(wire)
    waiting.tell(wire, 20, True)
    assert told(wire) == []


def test_while_playing_the_newest_picture_that_is_due_is_shown(wire, live):
    assert live.shown(20, True) is None
    for frame in (20, 21, 24):
        live.take(wire, *picture(frame))
    assert live.shown(23.5, True).frame == 21
    assert live.shown(24, True).frame == 24
    assert live.shown(19, True) is None, "a picture is never early"
    assert live.shown(80, True) is None, "nor for another place"


def test_while_scrubbing_the_picture_of_the_frame_or_the_newest_is_shown(wire, live):
    live.take(wire, *picture(20))
    live.take(wire, *picture(90))
    assert live.shown(20, False).frame == 20
    assert live.shown(60, False).frame == 90


def test_few_pictures_are_kept(wire, live):
    for frame in range(11, 200):
        live.take(wire, *picture(frame))
    assert live.shown(11, False).frame == 199
    assert live.shown(200 - KEPT_PICTURES, False).frame == 200 - KEPT_PICTURES


def test_smaller_pictures_come_with_a_word(wire, live):
    live.take(wire, *picture(20, 2, 1, note="Shown at 2x1 to keep up."))
    assert live.note == "Shown at 2x1 to keep up." and live.shown_size == (2, 1) and live.stage == "live"
    live.take(wire, *picture(21))
    assert live.note == "" and live.shown_size == (4, 2)


@pytest.mark.parametrize(("width", "parts"), [(4, [b"short"]), (4, []), (0, [b""])])
def test_a_picture_that_is_none_ends_it_with_words(wire, live, width, parts):
    live.take(wire, picture(20, width)[0], parts)
    assert live.over and live.problem.hint


def test_stopping_tells_the_backend(wire, live):
    live.stop(wire)
    assert isinstance(wire.sent[-1], Cancel) and wire.sent[-1].job == JOB_ID and live.over
    live.tell(wire, 20, True)
    assert isinstance(wire.sent[-1], Cancel)


def test_stopped_before_the_backend_has_answered_it_is_cancelled_then(wire):
    stopped = Live(WHOSE, SHOT, (4, 2), having(SHA))
    stopped.begin(wire)
    stopped.stop(wire)
    assert len(wire.sent) == 1
    stopped.take(wire, Accepted(id=1, job=JOB_ID), [])
    assert isinstance(wire.sent[-1], Cancel)


def test_a_failure_is_told_and_an_end_is_none(wire, live):
    live.take(wire, Failed(id=2, code="bad_shot", message="No.", hint="Yes."), [])
    assert live.over and live.problem.message == "No."
    ended = Live(WHOSE, SHOT, (4, 2), having(SHA))
    ended.begin(wire)
    ended.take(wire, Done(id=len(wire.sent)), [])
    assert ended.over and ended.problem is None


def test_events_of_others_are_left_alone(wire, live):
    live.take(wire, Failed(id=9, code="x", message="No.", hint="Yes."), [])
    assert not live.over


def test_between_two_frames_a_playing_playhead_never_reaches_the_next():
    clock = Clock()
    playhead = SeenPlayhead(24.0, clock)
    playhead.see(10, True)
    clock.now += 3.0
    assert playhead.see(10, True) == pytest.approx(10.99)
    assert playhead.see(10, False) == 10


@pytest.mark.parametrize(
    ("frame", "side", "size"),
    [((512, 512), 256, (256, 256)), ((1920, 1080), 256, (256, 144)), ((100, 4000), 64, (16, 64))],
)
def test_the_size_has_the_shape_of_the_frames(frame, side, size):
    assert live_size(frame, side) == size
