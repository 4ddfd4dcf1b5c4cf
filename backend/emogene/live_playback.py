"""Plays a stream against the clock as Blender does, without a window, and says how well it kept up."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from emogene.evaluation.figures import Figure
from emogene_proto.client import Client
from emogene_proto.errors import BackendError, EmoGeneError
from emogene_proto.messages import (
    Accepted,
    Cancel,
    Done,
    Failed,
    StreamClock,
    StreamFrame,
    StreamFrames,
)
from emogene_proto.shot import Shot

TICK_SECONDS = 0.02
"""How often the playhead is told and the newest picture looked for, as the add-on does."""
PATIENCE_SECONDS = 300.0
"""For planning, and for the first picture."""


@dataclass(frozen=True)
class Arrival:
    """A picture that came while the shot was played."""

    frame: int
    width: int
    skipped: int
    render_seconds: float
    at_seconds: float
    """When it came, from the moment on which the first frame was due."""


@dataclass
class Playback:
    """What was seen of a stretch that was played once."""

    fps: float
    frames: range
    """Those whose moment came and went."""
    arrivals: list[Arrival] = field(default_factory=list)
    behind_seconds: list[float] = field(default_factory=list)
    """On each tick, how much older than the playhead's frame the newest picture for it was; 0 is on time."""
    note: str = ""
    """What the backend said of the size, if anything."""

    def due_seconds(self, frame: int) -> float:
        return (frame - self.frames.start) / self.fps

    @property
    def in_time(self) -> int:
        """Frames whose picture was there before their moment was over."""
        return sum(
            arrival.frame in self.frames and arrival.at_seconds < self.due_seconds(arrival.frame + 1)
            for arrival in self.arrivals
        )


def play(
    client: Client,
    shot: Shot,
    size: tuple[int, int],
    frames: range,
    told: Callable[[str], None] = lambda text: None,
) -> Playback:
    """Stream `frames` of a shot in real time; returns when the last one's moment is over.

    Args:
        client: of a backend that has the shot's audio.
        size: width and height that are asked for.
        told: is told what is being done.

    Raises:
        EmoGeneError: the shot cannot be planned or rendered.
    """
    stream = _Stream(client, shot, size, frames)
    told("Planning")
    stream.stand_until_shown(frames.start)
    told("Playing")
    playback = Playback(shot.fps, frames)
    began = time.monotonic()
    while (now := time.monotonic() - began) < len(frames) / shot.fps:
        playhead = frames.start + now * shot.fps
        stream.tell(playhead, playing=True)
        client.wait(TICK_SECONDS)
        for event in stream.events():
            at = time.monotonic() - began
            playback.arrivals.append(Arrival(event.frame, event.width, event.skipped, event.seconds, at))
            playback.note = event.note
        playback.behind_seconds.append(_behind(playback, frames.start + (time.monotonic() - began) * shot.fps))
    stream.end()
    return playback


def _behind(playback: Playback, playhead: float) -> float:
    shown = [arrival.frame for arrival in playback.arrivals if arrival.frame <= playhead]
    newest = max(shown, default=playback.frames.start)
    return (int(playhead) - newest) / playback.fps


class _Stream:
    """One stream of this client, and the pictures that it has had."""

    def __init__(self, client: Client, shot: Shot, size: tuple[int, int], frames: range):
        self._client = client
        width, height = size
        request = StreamFrames(shot=shot, first=frames.start, last=frames.stop - 1, width=width, height=height)
        self._request = client.send(request)
        self._job = ""
        self._received = 0
        self._over = False

    def tell(self, frame: float, playing: bool) -> None:
        self._client.send(StreamClock(to=self._request, frame=frame, playing=playing, received=self._received))

    def events(self) -> list[StreamFrame]:
        """Pictures that came since the last call."""
        came = []
        for event, _ in self._client.poll():
            if event.id != self._request:
                continue
            if isinstance(event, Failed):
                raise EmoGeneError(event.message, event.hint, event.code)
            if isinstance(event, StreamFrame):
                came.append(event)
            elif isinstance(event, Accepted):
                self._job = event.job
            elif isinstance(event, Done):
                self._over = True
        self._received += len(came)
        return came

    def stand_until_shown(self, frame: int) -> None:
        """As in Blender before Play is pressed."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            self.tell(frame, playing=False)
            self._client.wait(0.1)
            if self.events():
                return
        raise BackendError("The backend sent no picture.", "`emogene doctor` may say why.")

    def end(self) -> None:
        self._client.send(Cancel(job=self._job))
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._over and time.monotonic() < deadline:
            self._client.wait(0.1)
            self.events()


def figures(playback: Playback) -> tuple[Figure, ...]:
    """How well it kept up."""
    count, came = len(playback.frames), playback.arrivals
    behind = [1000.0 * seconds for seconds in playback.behind_seconds]
    renders = [1000.0 * arrival.render_seconds for arrival in came]
    seconds = count / playback.fps
    return (
        Figure("live_in_time", 100.0 * playback.in_time / count, "%", None, "higher"),
        Figure("live_rate", len(came) / seconds, "fps", None, "higher"),
        Figure("live_latency", _median(behind), "ms", None, "lower"),
        Figure("live_latency_p95", _percentile(behind, 0.95), "ms", None, "lower"),
        Figure("live_render", _median(renders), "ms", None, "lower"),
        Figure("live_width", _median([arrival.width for arrival in came]), "px", None, "higher"),
    )


def _median(values: list) -> float | None:
    return float(statistics.median(values)) if values else None


def _percentile(values: list[float], part: float) -> float | None:
    return sorted(values)[min(int(part * len(values)), len(values) - 1)] if values else None
