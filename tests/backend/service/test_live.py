"""Streams with a real backend: pictures come for the moments that are played, and every stream has an end."""

import io
import time

import msgspec
import numpy as np
import pytest
from PIL import Image
from running_backend import answers, ask, listen, of_type, small_shot, upload, write_voice

from emogene.live_playback import figures, play
from emogene_proto.messages import (
    Accepted,
    Cancel,
    Done,
    Failed,
    FrameDone,
    RenderFrame,
    StreamClock,
    StreamFrame,
    StreamFrames,
    Watch,
)

FIRST, LAST = 101, 172


@pytest.fixture(scope="module")
def long_voice(tmp_path_factory):
    """Three seconds: 72 frames."""
    return write_voice(tmp_path_factory.mktemp("long") / "voice.wav", 3.0)


@pytest.fixture
def shot(client, long_voice):
    upload(client, long_voice)
    return small_shot(long_voice, frame_start=FIRST)


def begin(client, shot, first=FIRST, last=LAST):
    """A stream, and its job."""
    request = client.send(StreamFrames(shot=shot, first=first, last=last, width=32, height=24))
    accepted = listen(client, lambda received: of_type(received, Accepted))
    return request, of_type(accepted, Accepted)[0].job


def stand(client, request, frame):
    """The picture that a playhead which stands on `frame` gets."""
    client.send(StreamClock(to=request, frame=frame, playing=False))
    event, parts = next(
        message
        for message in listen(client, lambda received: of_type(received, StreamFrame))
        if isinstance(message.event, StreamFrame)
    )
    return event, np.frombuffer(parts[0], np.uint8).reshape(event.height, event.width, 4)


def test_played_frames_come_in_order_for_their_moments(client, shot):
    playback = play(client, shot, (32, 32), range(FIRST, LAST + 1))
    numbers = [arrival.frame for arrival in playback.arrivals]
    assert numbers == sorted(set(numbers)) and set(numbers) <= set(range(FIRST, LAST + 1))
    late = [arrival.at_seconds - playback.due_seconds(arrival.frame) for arrival in playback.arrivals]
    assert max(late) < 0.5, "bounded also on a computer that does other things"
    assert max(-np.array(late)) < 0.5, "and never far ahead"
    assert playback.in_time > 24
    found = {figure.name: figure.value for figure in figures(playback)}
    assert found["live_in_time"] == pytest.approx(100 * playback.in_time / 72)
    assert found["live_rate"] == pytest.approx(len(numbers) / 3.0)


def test_a_standing_playhead_gets_the_pixels_of_the_rendered_frame(client, shot):
    request, job = begin(client, shot)
    event, pixels = stand(client, request, 110.0)
    assert (event.frame, event.width, event.height, event.skipped, event.note) == (110, 32, 24, 0, "")
    rendered = ask(client, RenderFrame(shot=msgspec.structs.replace(shot, width=32, height=24), frame=110))
    png = next(parts[0] for event, parts in rendered if isinstance(event, FrameDone))
    np.testing.assert_array_equal(pixels, np.asarray(Image.open(io.BytesIO(bytes(png)))))
    client.send(Cancel(job=job))
    assert isinstance(answers(client, request)[-1].event, Done)


def test_a_new_stream_ends_the_former_one(client, shot):
    former, _ = begin(client, shot)
    request = client.send(StreamFrames(shot=shot, first=FIRST, last=LAST, width=32, height=32))
    assert isinstance(answers(client, former)[-1].event, Done)
    assert client.is_open(request)
    assert stand(client, request, 120)[0].frame == 120


def test_a_stream_of_frames_that_are_not_there_is_refused(client, shot):
    failed = ask(client, StreamFrames(shot=shot, first=1, last=50, width=32, height=32))[-1].event
    assert isinstance(failed, Failed) and "frames 101 to 172" in failed.message


def test_only_the_client_that_began_a_stream_gets_it(backend, client, shot):
    _, job = begin(client, shot)
    other = backend.connect("other")
    failed = ask(other, Watch(job=job))[-1].event
    other.close()
    assert isinstance(failed, Failed) and "stream" in failed.message


def test_a_stream_whose_client_is_gone_ends(backend, shot):
    leaving = backend.connect("leaving")
    request, _ = begin(leaving, shot)
    stand(leaving, request, 105)
    leaving.send(StreamClock(to=request, frame=106.0, playing=False))
    leaving.close()
    deadline = time.monotonic() + 30
    while "leaving left" not in backend.log():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_of_many_frames_on_demand_only_those_at_hand_and_the_newest_are_rendered(gated, voice):
    client = gated.connect("scrubbing")
    shot = small_shot(voice, seed=77)
    first = client.send(RenderFrame(shot=shot, frame=1))
    gated.let(1)
    answers(client, first)
    scrubbed = [client.send(RenderFrame(shot=shot, frame=frame)) for frame in range(2, 22)]
    received = listen(client, lambda received: sum(isinstance(event, Failed) for event, _ in received) >= 18)
    gated.let(2)
    received += listen(client, lambda _: not any(client.is_open(request) for request in scrubbed))
    superseded = [event.code for event in of_type(received, Failed)]
    came = [event.frame for event in of_type(received, FrameDone)]
    client.close()
    assert set(superseded) == {"superseded"} and len(superseded) + len(came) == 20
    assert 21 in came and len(came) <= 2
