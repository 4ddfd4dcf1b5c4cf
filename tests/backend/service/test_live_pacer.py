"""Streams keep up with a playhead: simulated renderers of any speed, on a clock that the test moves."""

import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.service.live_pacer import AHEAD_SECONDS, UNREAD, Pacer
from emogene.service.live_playhead import SILENT_SECONDS, Playhead

FPS = 24.0
TICK = 0.02
"""How often the client tells its playhead, in seconds."""


class Clock:
    """Moved by hand."""

    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Arrival:
    """A picture that came."""

    frame: int
    size: tuple[int, int]
    seconds: float
    """Moment, counted from the start of the simulation."""
    playhead: float
    skipped: int


@dataclass
class Player:
    """A client that plays from `start` on, and a renderer that takes `takes(size)` seconds for a picture."""

    pacer: Pacer
    clock: Clock
    takes: object
    start: float = 1.0
    speed: float = FPS
    reads: bool = True
    arrived: list[Arrival] = field(default_factory=list)

    def playhead(self) -> float:
        return self.start + (self.clock.now - self.began) * self.speed

    def play(self, seconds: float) -> list[Arrival]:
        """Runs until `seconds` have passed; returns what came since."""
        self.began = self.clock.now
        end, tell, ready, before = self.clock.now + seconds, self.clock.now, math.inf, len(self.arrived)
        while self.clock.now < end:
            if self.clock.now >= tell:
                self.pacer.tell(self.playhead(), True, len(self.arrived) if self.reads else 0)
                tell += TICK
            if self.clock.now >= ready:
                ready = math.inf
                took = self.pacer.finished()
                self.pacer.sent()
                self.arrived.append(
                    Arrival(self.wanted.frame, self.wanted.size, took, self.playhead(), self.wanted.skipped)
                )
            if math.isinf(ready) and (wanted := self.pacer.wanted()) is not None:
                self.wanted = wanted
                self.pacer.begin(wanted)
                ready = self.clock.now + self.takes(wanted.size)
            wait = self.pacer.wait_seconds()
            self.clock.now = min(tell, ready, self.clock.now + wait if wait is not None else math.inf, end)
        return self.arrived[before:]


def player(takes, fps=FPS, frames=range(1, 100_000), size=(256, 256), **options) -> Player:
    clock = Clock()
    return Player(Pacer(fps, frames, size, clock), clock, takes, speed=options.pop("speed", fps), **options)


def test_a_fast_renderer_misses_nothing_and_stays_a_little_ahead():
    came = player(lambda size: 0.01).play(10.0)
    frames = [picture.frame for picture in came]
    assert frames == list(range(frames[0], frames[0] + len(frames))) and frames[0] <= 3
    assert all(picture.playhead <= picture.frame for picture in came), "each is there before its moment"
    assert all(picture.frame - picture.playhead <= AHEAD_SECONDS * FPS for picture in came)
    assert frames[-1] >= 1.0 + 10.0 * FPS


def test_a_renderer_too_slow_for_the_size_gets_smaller_pictures_and_then_keeps_the_rate():
    playing = player(lambda size: 0.004 + 0.07 * size[0] * size[1] / 256**2)
    playing.play(3.0)
    came = playing.play(5.0) and playing.arrived[-60:]
    assert {picture.size for picture in came} == {(128, 128)} or {picture.size for picture in came} == {(192, 192)}
    assert sum(picture.skipped for picture in came) <= 1
    assert all(picture.playhead <= picture.frame + 0.5 for picture in came)


def test_where_no_size_is_small_enough_frames_are_left_out_and_those_that_come_are_in_time():
    came = player(lambda size: 0.1).play(20.0)[10:]
    assert {picture.size for picture in came[20:]} == {(96, 96)}
    assert all(1 <= picture.skipped <= 2 for picture in came[20:])
    assert all(picture.playhead <= picture.frame + 0.25 for picture in came[20:])
    assert len(came) > 0.8 * 20.0 / 0.1 - 10, "the renderer is never idle for long"


def test_the_size_comes_back_when_the_computer_is_free_again():
    load = {"takes": 0.07}
    playing = player(lambda size: load["takes"] * size[0] * size[1] / 256**2)
    assert playing.play(3.0)[-1].size != (256, 256)
    load["takes"] = 0.01
    assert playing.play(40.0)[-1].size == (256, 256)


def test_a_hiccup_is_bridged_by_what_is_ahead_or_skipped():
    takes = iter([0.01] * 100 + [0.9] + [0.01] * 10_000)
    came = player(lambda size: next(takes)).play(10.0)
    late = [picture for picture in came if picture.playhead > picture.frame]
    assert len(late) <= 1
    assert {picture.size for picture in came} == {(256, 256)}, "one slow picture changes nothing"


@given(
    takes=st.lists(st.floats(0.001, 0.6), min_size=5, max_size=60),
    fps=st.sampled_from([12.0, 23.976, 24.0, 30.0, 60.0]),
    start=st.floats(-50.0, 50.0),
)
def test_in_order_never_far_ahead_and_late_by_no_more_than_the_renderers_whims(takes, fps, start):
    given_times = iter(takes * 200)
    playing = player(lambda size: next(given_times), fps=fps, frames=range(1, 2000), start=start)
    came = playing.play(6.0)
    frames = [picture.frame for picture in came]
    assert frames == sorted(set(frames))
    for picture in came:
        assert 1 <= picture.frame < 2000
        late = picture.playhead - picture.frame
        assert late <= max(takes) * fps + 1.0
        assert late >= -max(AHEAD_SECONDS, 1.01) * fps - 1.0 or picture.frame == 1


def test_a_client_that_does_not_read_gets_no_more_than_a_few():
    came = player(lambda size: 0.005, reads=False).play(10.0)
    assert len(came) == UNREAD + math.ceil(AHEAD_SECONDS * FPS)


def test_a_playhead_slower_than_the_rate_is_followed_as_it_is():
    came = player(lambda size: 0.02, speed=10.0).play(10.0)
    assert 95 <= len(came) <= 110
    assert all(picture.skipped == 0 for picture in came[5:])


def test_the_end_of_the_range_is_the_end():
    playing = player(lambda size: 0.01, frames=range(1, 25))
    assert playing.play(3.0)[-1].frame == 24
    # Blender may play on; nothing is to be looked for until it says something.
    assert playing.pacer.playing and playing.pacer.wait_seconds() is None
    slow = player(lambda size: 0.45, frames=range(1, 25))
    slow.play(3.0)
    assert slow.pacer.playing and slow.pacer.wait_seconds() is None


def test_nothing_is_asked_for_before_the_playhead_is_known():
    assert Pacer(FPS, range(1, 10), (64, 64), Clock()).wanted() is None


def test_a_playhead_that_stands_gets_one_picture_at_full_size():
    playing = player(lambda size: 0.1)
    playing.play(5.0)
    assert playing.arrived[-1].size != (256, 256)
    pacer, clock = playing.pacer, playing.clock
    pacer.finished()
    for _ in range(3):
        clock.now += TICK
        pacer.tell(40.0, False, len(playing.arrived))
    wanted = pacer.wanted()
    assert wanted is not None and (wanted.frame, wanted.size, wanted.skipped) == (40, (256, 256), 0)
    pacer.begin(wanted)
    assert pacer.wanted() is None
    pacer.finished()
    pacer.tell(40.2, False, len(playing.arrived))
    assert pacer.wanted() is None and pacer.wait_seconds() is None


def test_scrubbing_renders_where_the_playhead_is_by_then_and_nothing_between():
    clock = Clock()
    pacer = Pacer(FPS, range(1, 500), (64, 64), clock)
    rendered = []
    for step in range(100):
        pacer.tell(10.0 + step, False, len(rendered))
        if step % 10 == 9:  # a picture takes ten steps of the mouse
            pacer.finished()
        if (wanted := pacer.wanted()) is not None:
            pacer.begin(wanted)
            rendered.append(wanted.frame)
        clock.now += TICK
    assert rendered == [10, *range(19, 110, 10)]


def test_a_moved_playhead_is_followed_at_once_also_backwards():
    playing = player(lambda size: 0.01)
    playing.play(3.0)
    playing.start = 1.0
    came = playing.play(1.0)
    assert came[0].frame <= 80 and came[1].frame <= 4


def test_a_client_that_falls_silent_is_taken_to_stand_and_nothing_is_rendered_for_it():
    playing = player(lambda size: 0.01)
    playing.play(2.0)
    playing.clock.now += SILENT_SECONDS + 0.1
    playing.pacer.finished()
    assert not playing.pacer.playing and playing.pacer.wanted() is None


@pytest.mark.parametrize("speed", [5.0, 24.0, 40.0])
def test_a_playhead_runs_on_as_fast_as_it_did(speed):
    clock = Clock()
    playhead = Playhead(FPS, clock)
    for step in range(60):
        playhead.tell(math.floor(step * TICK * speed), True)
        clock.now += TICK
    assert playhead.rate == pytest.approx(speed, abs=1.5)
    assert playhead.at(clock.now + 0.5) == pytest.approx((60 * TICK + 0.5) * speed, abs=2.0)
