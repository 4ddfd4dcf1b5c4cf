"""A film from finished frames, with sound: checked first, then taken one at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emogene.films.frame_record import FinishedFrames
from emogene.films.pictures import film_picture, read_straight
from emogene.films.shot_frames import ShotFrames
from emogene.folders import make_folder
from emogene.render.output.colour import Rgb
from emogene.render.output.film_form import FilmForm
from emogene.render.output.film_sound import MixedSound, Sound
from emogene.render.output.video import write_video
from emogene_proto.errors import RenderError, ShotError
from emogene_proto.frame_runs import frame_runs
from emogene_proto.shot import AudioRef, Shot

Told = Callable[[int], None]
"""Is told how many frames are done."""


@dataclass(frozen=True)
class Film:
    """What is to be made of frames."""

    path: Path
    form: FilmForm
    behind: Rgb | None
    """The colour that transparent frames are laid over; None keeps their alpha, or there is none."""


def join_film(frames: ShotFrames, rows: range, recordings: Sequence[Path], film: Film, told: Told) -> int:
    """Write a film of rows of a shot; returns how many makers drew the frames: more than one is worth a word.

    Args:
        recordings: where each of `shot.recordings` lies.

    Raises:
        ShotError: frames are missing, damaged, or of another shot; all of them are named.
        AudioError: the sound cannot be read.
        RenderError: the film cannot be written.
    """
    makers = _checked(frames, rows)
    sound = _sound(frames.shot, recordings, rows.start / frames.shot.fps)
    make_folder(film.path.parent)
    write_video(film.path, _pictures(frames, rows, film, told), frames.shot.fps, sound, film.form)
    return len(makers)


def _sound(shot: Shot, recordings: Sequence[Path], skipped: float) -> Sound | MixedSound:
    """All that is heard from `skipped` seconds on."""
    if len(recordings) > 1:
        parts = zip(shot.recordings, recordings, strict=True)
        return MixedSound(tuple((part.start_seconds - skipped, _whole(part.audio, audio)) for part, audio in parts))
    whole = _whole(shot.audio, recordings[0])
    left = None if whole.duration_seconds is None else max(0.0, whole.duration_seconds - skipped)
    return Sound(whole.path, whole.offset_seconds + skipped, left)


def _whole(reference: AudioRef, audio: Path) -> Sound:
    return Sound(audio, reference.offset_seconds, reference.duration_seconds)


def _checked(frames: ShotFrames, rows: range) -> set[str]:
    """Who drew the frames, which are all there and whole."""
    makers, lacking = set(), []
    finished = _finished(frames, rows)
    for row in rows:
        task = frames.task(row)
        _, found = finished.read(task.number, task.file_name, task.key)
        makers.update(record.drawn_by for record in found[:1])
        if not found:
            lacking.append(task.number)
    if lacking:
        one = len(lacking) == 1
        raise ShotError(
            f"Of {len(rows)} frames, {len(lacking)} {'is' if one else 'are'} missing, damaged or of another shot: "
            f"{spans(lacking)}.",
            "Render them with 'emogene render' into this folder: what is finished is not rendered again.",
        )
    return makers


def _pictures(frames: ShotFrames, rows: range, film: Film, told: Told) -> Iterator[np.ndarray]:
    finished = _finished(frames, rows)
    for done, row in enumerate(rows, 1):
        task = frames.task(row)
        content, found = finished.read(task.number, task.file_name, task.key)
        if not found:
            raise RenderError(f"Frame {task.number} was changed while the film was written.", "Join them again.")
        yield film_picture(read_straight(content), film.form, film.behind)
        told(done)


def _finished(frames: ShotFrames, rows: range) -> FinishedFrames:
    first = frames.shot.frame_start
    return FinishedFrames(frames.folder, range(first + rows.start, first + rows.stop))


def spans(numbers: list[int]) -> str:
    """`1-3, 7, 10-12` for these ascending numbers; after ten spans it says how many follow."""
    found = frame_runs(numbers)
    shown = ", ".join(f"{a}" if a == b else f"{a} to {b}" if a < 0 else f"{a}-{b}" for a, b in found[:10])
    return shown if len(found) <= 10 else f"{shown}, and {len(found) - 10} more"
