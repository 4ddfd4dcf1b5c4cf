"""What a shot needs to be rendered on this computer, all of it looked at: a farm is told everything at once."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from emogene import pipeline
from emogene.actors.pack import Actor, load_actor
from emogene.audio.load import SHORTEST_SECONDS, open_audio
from emogene.plan_files import (
    load_plan_file,
    recording_file,
    shot_actor,
    shot_picture,
    shot_recordings,
    with_file_hashes,
)
from emogene.resample import frame_count
from emogene_proto.errors import EmoGeneError, RenderError, ShotError
from emogene_proto.names import SAMPLE_RATE
from emogene_proto.shot import AudioPart, Shot
from emogene_proto.shot_document import from_json


@dataclass(frozen=True)
class Need:
    """One thing that a shot needs."""

    name: str
    detail: str
    """What is there, or what is wrong."""
    hint: str = ""
    """How to mend it; empty where nothing is wrong."""
    here: bool = False
    """Whether this computer is wrong and not the shot: another one may have it."""

    @property
    def met(self) -> bool:
        return not self.hint


@dataclass(frozen=True)
class Asked:
    """What is to be done with the shot, where that is known."""

    frames: Callable[[int, int], range] | None = None
    """Rows, of the first frame's number and how many there are; raises a ShotError."""
    out: Path | None = None
    """The folder that is to take the frames."""
    plan: Path | None = None


def shot_needs(path: Path, asked: Asked) -> list[Need]:
    """All that the shot of a document needs, met or not."""
    try:
        shot = read_document(path)
    except EmoGeneError as error:
        return [Need("document", error.message, error.hint)]
    found = [Need("document", f"{path.name}, {shot.fps:g} frames a second, {shot.width}x{shot.height}, {shot.output}")]
    seconds: list[float] = []
    actor: list[Actor] = []
    shortest = SHORTEST_SECONDS if not shot.further_audio else 0.0
    for number, part in enumerate(shot.recordings, 1):
        name = "audio" if number == 1 else f"audio {number}"
        found += _looked(name, lambda part=part: _audio(path, part, shortest, seconds))
    if shot.background.kind == "picture":
        found += _looked("picture", lambda: _picture(path, shot))
    found += _looked("actor", lambda: _actor(path, shot, actor))
    if actor:
        found += _looked("speech features", lambda: _hearing(actor[0]))
        if shot.background.kind == "actor":
            found += _looked("background", lambda: _background(shot, actor[0]))
        if asked.plan is not None:
            plan = asked.plan
            found += _looked("plan", lambda: _plan(plan, path, shot, actor[0]))
    found += _looked("engine", lambda: _engine(shot))
    if len(seconds) == len(shot.recordings):
        found += _looked("frames", lambda: _frames(shot, max(seconds), asked))
    if asked.out is not None:
        out = asked.out
        found += _looked("folder", lambda: _folder(out))
    return found


def read_document(path: Path) -> Shot:
    """The shot of a document; what it names is not looked for.

    Raises:
        ShotError: it is missing or is not a shot document.
    """
    try:
        return from_json(path.read_bytes())
    except OSError as error:
        raise ShotError(f"There is no shot document {path}.", "Check the path.") from error


def _named(path: str) -> str:
    """A file as the document names it; one that is not seen from the document's folder is told."""
    if PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute():
        return f"{path} (an absolute path: other computers may not have it; see 'emogene shot pack')"
    return path


def _looked(name: str, look: Callable[[], str]) -> list[Need]:
    try:
        return [Need(name, look())]
    except EmoGeneError as error:
        return [Need(name, error.message, error.hint, here=isinstance(error, RenderError))]
    except OSError as error:
        hint = "Check the path and its permissions."
        return [Need(name, f"{error.strerror}: {error.filename}.", hint, here=True)]


def _audio(path: Path, part: AudioPart, shortest: float, ends: list[float]) -> str:
    """Decodes all of it: what is damaged in its middle is found here, not at night. `ends` gets its end's second."""
    reference = part.audio
    audio = open_audio(recording_file(path, reference), reference.offset_seconds, reference.duration_seconds)
    heard = sum(len(piece) for piece in audio.pieces(shortest))
    ends.append((round(part.start_seconds * SAMPLE_RATE) + heard) / SAMPLE_RATE)
    return f"{_named(reference.path)}, {heard / SAMPLE_RATE:.1f} s{f'. {audio.note}' if audio.note else ''}"


def _picture(path: Path, shot: Shot) -> str:
    from emogene.render.output.background import read_picture

    picture = shot_picture(path, shot)
    assert picture is not None and shot.background.picture is not None, "asked for pictures only"
    width, height = read_picture(picture, picture.name).size
    return f"{_named(shot.background.picture.path)}, {width}x{height}"


def _actor(path: Path, shot: Shot, found: list[Actor]) -> str:
    actor = load_actor(shot_actor(path, shot))
    _ = actor.rest, actor.audio2motion, actor.ldm, actor.head_motion, actor.fields
    found.append(actor)
    return f"'{actor.name}'" if shot.actor == "bundled" else f"'{actor.name}' in {_named(shot.actor)}"


def _hearing(actor: Actor) -> str:
    kind = actor.features_needed.kind
    _ = actor.speech_features
    return f"the actor's own ({kind})" if kind == "built-in" else kind


def _background(shot: Shot, actor: Actor) -> str:
    pipeline.load_backdrop(shot, actor)
    return "the actor's own"


def _plan(plan: Path, path: Path, shot: Shot, actor: Actor) -> str:
    from emogene.films.planned_for import require_plan_of

    file = load_plan_file(plan)
    require_plan_of(plan, file, with_file_hashes(shot, shot_recordings(path, shot), None), actor)
    return f"{plan.name}, {len(file.plan)} frames"


def _engine(shot: Shot) -> str:
    from emogene.render.kernels import chosen_engine

    chosen = chosen_engine(shot.engine)
    return chosen if chosen == shot.engine else f"{shot.engine}: {chosen}"


def _frames(shot: Shot, seconds: float, asked: Asked) -> str:
    count = frame_count(seconds, shot.fps)
    rows = asked.frames(shot.frame_start, count) if asked.frames is not None else range(count)
    return f"{shot.frame_start + rows.start} to {shot.frame_start + rows.stop - 1}"


def _folder(out: Path) -> str:
    """Whether frames can be written there; nothing is left behind."""
    there = out
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise RenderError(f"{there} is a file, not a folder.", "Choose another folder.")
    try:
        with tempfile.TemporaryFile(dir=there):
            return f"{out} can be written"
    except OSError as error:
        raise RenderError(f"{there} cannot be written: {error.strerror}.", "Check its permissions.") from error
