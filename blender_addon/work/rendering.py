# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders: one character after the other, and their frames on the way into the sequencer."""

from collections.abc import Generator
from dataclasses import dataclass, field

import bpy
from bpy.app.handlers import persistent

from .. import slices
from ..core.character_key import CharacterKey
from ..core.happenings import Finished, FrameSaved, Happening, TakenUp
from ..core.jobs import Job, RenderTo
from ..emogene_proto.errors import EmoGeneError
from ..scene import characters
from ..scene.shots import known_plan, rendered_range, shot_of
from ..session import begin, follow, listen, session, undo_step, unfollow, unlisten
from ..views import sequencer
from ..views.sequencer import PICTURES, PREVIEW
from . import frames

_SHOW_EVERY = 12
"""Frames between two updates of the strip while a render runs."""


@dataclass
class _Coming:
    """The frames of a render that are here."""

    there: set[int] = field(default_factory=set)
    """Numbers of all of the shot's files in the folder."""
    newest: FrameSaved | None = None
    first: int = 0
    """The lowest number of those that came: frames come in any order, and a strip has no holes."""
    unshown: int = _SHOW_EVERY
    """So many came since the strip was last updated."""


_coming: dict[CharacterKey, _Coming] = {}
_queue: list[tuple[CharacterKey, str]] = []
"""Characters that wait for their turn, and the role of what they are rendered for."""


def render(character, role: str = PICTURES) -> None:
    """Render a character now.

    Raises:
        EmoGeneError: something in its shot cannot be rendered, another job runs, or there is no connection.
    """
    shot = shot_of(character, role)
    first, last = rendered_range(character, shot, role)
    where = RenderTo(frames.frames_folder(character, role), first, last)
    begin(Job(characters.key_of(character), shot, session().files, where, known_plan(character, shot)))


def render_all(those: list, role: str = PICTURES) -> None:
    """Render these characters one after the other.

    Raises:
        EmoGeneError: the first one cannot be rendered; the others then wait for nothing.
    """
    first, *others = those
    render(first, role)
    _queue[:] = [(characters.key_of(other), role) for other in others]


def waiting() -> int:
    """So many characters wait for their turn."""
    return len(_queue)


def forget_waiting() -> None:
    """Nobody's turn comes any more: the artist cancelled."""
    _queue.clear()


def _follow() -> bool:
    """Called after each pump: the next one's turn."""
    if not _queue or session().job is not None:
        return False
    key, role = _queue.pop(0)
    character = characters.found(key)
    if character is not None:
        try:
            render(character, role)
        except EmoGeneError as error:
            session().problem = error
    return True


def _take(happening: Happening) -> None:
    if isinstance(happening, FrameSaved):
        _saved(happening)
    elif isinstance(happening, TakenUp):
        earlier = _earlier(happening)
        _coming[happening.whose] = _Coming()
        for frame in earlier:
            _saved(frame)
    elif isinstance(happening, Finished):
        if happening.cancelled or (happening.rendered and happening.problem is not None):
            _queue.clear()
        if (coming := _coming.pop(happening.whose, None)) is not None and coming.newest is not None:
            slices.begin(("strip", happening.whose), _finish(happening, coming))


def _saved(frame: FrameSaved) -> None:
    coming = _coming.get(frame.whose)
    if coming is None or not coming.there:
        coming = _coming[frame.whose] = _Coming(frames.numbers_there(frame.folder, frame.form, frame.shot_frames))
    coming.there.add(frame.number)
    coming.newest = frame
    coming.first = min(coming.first or frame.number, frame.number)
    coming.unshown += 1
    if coming.unshown > _SHOW_EVERY:
        coming.unshown = 0
        if not slices.is_at(("strip", frame.whose)):
            slices.begin(("strip", frame.whose), _show(coming))


def _earlier(render: TakenUp) -> list[FrameSaved]:
    """The frames that were saved before a render was taken up, as if they had just come."""
    where = (render.folder, render.frame_start, render.form, render.shot_frames)
    return [FrameSaved(render.whose, number, *where) for number in render.numbers]


def _show(coming: _Coming) -> Generator[None]:
    """Show the finished frames, little by little."""
    newest, run = coming.newest, frames.run_around(coming.there, coming.first)
    if newest is not None and run and characters.found(newest.whose) is not None:
        role = frames.role_of(newest.folder)
        yield from sequencer.show_frames(newest.whose, role, newest.folder, newest.form, run, newest.frame_start)


def _finish(happening: Finished, coming: _Coming) -> Generator[None]:
    newest = coming.newest
    if newest is None:
        return
    yield from _show(coming)
    character = characters.found(happening.whose)
    if character is None:
        return
    role = frames.role_of(newest.folder)
    sequencer.refresh(character, role)
    if role == PICTURES and happening.problem is None and not happening.cancelled:
        run = frames.run_around(coming.there, coming.first)
        offset = newest.frame_start - 1
        sequencer.drop_preview(character, run.start + offset, run.stop + offset)
    undo_step("Render into sequencer")


@persistent
def _after_load(*_) -> None:
    """A render goes on while files are closed and opened: it belongs to whoever has its folder."""
    _queue.clear()
    job = session().job
    if job is None or job.folder is None:
        return
    former = job.whose
    for character in characters.everyone():
        if job.folder in (frames.known_frames_folder(character, role) for role in (PICTURES, PREVIEW)):
            job.belongs_to(characters.key_of(character))
            break
    else:
        job.belongs_to(None)
    if job.whose != former and (coming := _coming.pop(former, None)) is not None:
        _coming[job.whose] = coming


def register() -> None:
    follow(_follow)
    listen(_take)
    bpy.app.handlers.load_post.append(_after_load)


def unregister() -> None:
    unfollow(_follow)
    unlisten(_take)
    if _after_load in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(_after_load)
    _queue.clear()
    _coming.clear()
