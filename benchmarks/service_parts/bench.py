"""What the parts share: backends in folders that go, voices, renders over the wire."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))  # the running backend that tests use

from running_backend import RunningBackend, answers, ask, listen, of_type, upload, write_voice  # noqa: E402

from emogene_proto.client import Client  # noqa: E402
from emogene_proto.messages import FrameDone, RenderRange  # noqa: E402
from emogene_proto.shot import AudioRef, EmotionKey, Shot  # noqa: E402

__all__ = ["RunningBackend", "answers", "ask", "listen", "of_type", "upload"]

Frames = dict[int, bytes]


@contextmanager
def backend_in_a_folder(**options) -> Iterator[RunningBackend]:
    """A backend of the bundled actor with a cache of its own."""
    with tempfile.TemporaryDirectory(prefix="emogene-bench-", ignore_cleanup_errors=True) as folder:
        actors = Path(folder) / "actors"
        actors.mkdir()
        with RunningBackend(Path(folder), actors, **options) as backend:
            yield backend


def voice_file(folder: Path, seconds: float) -> Path:
    """A sound that swells and fades."""
    return write_voice(folder / f"voice_{seconds:g}.wav", seconds)


def shot_of(voice_sha256: str, side: int, seed: int = 0, **changes) -> Shot:
    """The bundled actor, happy after a while."""
    keys = (EmotionKey(0.2, "happy", 0.7),)
    shot = Shot(AudioRef(voice_sha256, "voice.wav"), emotions=keys, width=side, height=side, seed=seed)
    return msgspec.structs.replace(shot, **changes)


def rendered(client: Client, shot: Shot, first: int, last: int) -> Frames:
    """A render from its request to its last frame.

    Raises:
        AssertionError: it failed, or a frame is missing.
    """
    received = ask(client, RenderRange(shot=shot, first=first, last=last, credit=1_000_000))
    frames = {event.frame: bytes(parts[0]) for event, parts in received if isinstance(event, FrameDone)}
    assert sorted(frames) == list(range(first, last + 1)), received[-1].event
    return frames
