"""Messages of every type with hostile values in their fields, damaged bytes and wrong parts."""

import random
from collections.abc import Sequence
from typing import Any

import msgspec

from emogene_proto.errors import ProtocolError
from emogene_proto.messages import (
    PROTOCOL_VERSION,
    Cancel,
    CleanJobs,
    Credit,
    GetStatus,
    Hello,
    JobStatus,
    ListJobs,
    PlanShot,
    ReleaseMemory,
    RenderFrame,
    RenderRange,
    Request,
    RetryJob,
    Shutdown,
    StreamClock,
    StreamFrames,
    Upload,
    UploadPiece,
    Watch,
)
from emogene_proto.shot import (
    AudioPart,
    Background,
    CameraKey,
    CurvePoint,
    EmotionCurve,
    HeadTrack,
    LandmarkEdit,
    LandmarkEdits,
    PictureRef,
    Shot,
)
from emogene_proto.wire import Buffer, decode_request

from .hostile import CLAIMS, changed, damaged, value

IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def full_shot(shot: Shot) -> Shot:
    """The shot with something in each of its fields."""
    return msgspec.structs.replace(
        shot,
        emotion_curves=(EmotionCurve("sad", (CurvePoint(0.0, 0.1), CurvePoint(0.5, 0.6))),),
        further_audio=(AudioPart(shot.audio, 0.25),),
        landmark_edits=LandmarkEdits(
            (LandmarkEdit(48, 0.5, (0.004, 0.0, 0.001)), LandmarkEdit(8, 0.0, (0.0, 0.0, 0.0)))
        ),
        head_track=HeadTrack(((0.0, 0.0, 0.0, 0.0, 0.0, 0.0), (0.01, 0.0, 0.02, 0.0, 0.0, 0.1))),
        camera=CameraKey(IDENTITY, 50.0, 36.0),
        background=Background("picture", picture=PictureRef("1" * 64, "behind.png")),
    )


def requests(shot: Shot, job: str) -> tuple[Request, ...]:
    """One of every type that makes sense, and what goes with it."""
    return (
        Hello(id=1, protocol=PROTOCOL_VERSION, client="fuzz"),
        Upload(id=2, sha256="3" * 64, size=100),
        UploadPiece(id=2, offset=0),
        PlanShot(id=3, shot=shot),
        RenderRange(id=4, shot=shot, first=1, last=3, credit=2),
        RenderFrame(id=5, shot=shot, frame=2),
        StreamFrames(id=6, shot=shot, first=1, last=9, width=16, height=16),
        StreamClock(id=7, to=6, frame=2.5, playing=True, received=1),
        Credit(id=8, to=4, frames=3),
        Cancel(id=9, job=job),
        Watch(id=10, job=job, credit=2, have=(1, 2)),
        ListJobs(id=11, limit=5),
        JobStatus(id=12, job=job),
        RetryJob(id=13, job=job),
        CleanJobs(id=14, older_than_seconds=1e6, keep=9),
        GetStatus(id=15),
        ReleaseMemory(id=16),
        Shutdown(id=17),
    )


class Messages:
    """Makes messages from documents of whole ones."""

    def __init__(self, shot: Shot, job: str):
        self._whole: list[Any] = [msgspec.to_builtins(one) for one in requests(full_shot(shot), job)]

    def one(self, chance: random.Random) -> list[Buffer]:
        """The parts of one message; never a Shutdown that the backend would obey."""
        document = chance.choice(self._whole)
        for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
            document = changed(document, chance)
        try:
            first = msgspec.msgpack.encode(document)
        except (OverflowError, UnicodeEncodeError):
            first = chance.choice(CLAIMS)
        if chance.random() < 0.15:
            first = damaged(first, chance)
        if chance.random() < 0.02:
            first = chance.choice(
                (b"\x91" * chance.choice((600, 5000, 200_000)), b"\x81\xa4type" + chance.choice(CLAIMS))
            )
        parts: list[Buffer] = [first, *self._raw(document, chance)]
        return parts if harmless(parts) else [b"\xc1"]

    def _raw(self, document: Any, chance: random.Random) -> list[Buffer]:
        piece = isinstance(document, dict) and document.get("type") == "upload_piece"
        if chance.random() < 0.8:
            return [bytes(100)] if piece else []
        sizes = (0, 1, 99, 101, 5000, 600_000)
        return [bytes(chance.choice(sizes)) for _ in range(chance.choice((0, 1, 2, 15, 16, 40)))]


def harmless(parts: Sequence[Buffer]) -> bool:
    """Whether a backend that takes this message goes on; Shutdown is a request like any other."""
    try:
        return not isinstance(decode_request(parts)[0], Shutdown)
    except ProtocolError:
        return True


def nonsense(chance: random.Random) -> list[Buffer]:
    """Parts that are no message at all."""
    count = chance.choice((1, 1, 2, 20, 100))
    made: list[Buffer] = [chance.randbytes(chance.randrange(300)) for _ in range(count)]
    if chance.random() < 0.2:
        made[0] = msgspec.msgpack.encode(_plain_value(chance))
    return made if harmless(made) else [b""]


def _plain_value(chance: random.Random) -> Any:
    made = value(chance)
    return chance.randbytes(9) if isinstance(made, list | dict) else made
