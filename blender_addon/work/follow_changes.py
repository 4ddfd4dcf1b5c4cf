# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans anew by itself, soon after something changed, wherever landmarks are shown or the artist waits for them."""

import contextlib
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import bpy
from bpy.app.handlers import persistent

from .. import compat, slices
from ..core.character_key import CharacterKey
from ..core.jobs import Job
from ..core.session import Phase
from ..emogene_proto.errors import EmoGeneError
from ..scene import characters, shots, voices
from ..session import follow, session, unfollow
from ..views import faces

_LOOK_SECONDS = 0.08
_SETTLE_SECONDS = 0.1
"""So long nothing more must change."""
_SETTLING_LOOK_SECONDS = 0.02
"""How often it is looked meanwhile."""


@dataclass
class _Seen:
    """What a character looked like, and what of it was planned."""

    sketch: object = None
    since: float = 0.0
    planned: object = None
    """The sketch that was last asked for; kept where planning failed, so that an error is told once."""


_seen: dict[CharacterKey, _Seen] = {}
_settling = False
_next_look = 0.0
_connection = 0
_held = False


def sketch(character) -> object:
    """All that a plan depends on and that can be read at once."""
    shot, _ = shots.sketch_of(character)
    thing = character.head_object
    return shot, voices.sketch(character), thing and thing.name


def asked(character) -> None:
    """The artist asked for a plan of the character as it is now: it need not be asked for again."""
    seen = _seen.setdefault(characters.key_of(character), _Seen())
    seen.sketch = seen.planned = sketch(character)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Nothing is planned by itself meanwhile, for who asks for each plan."""
    global _held
    before, _held = _held, True
    try:
        yield
    finally:
        _held = before


def _follow() -> bool:
    """Called after each pump."""
    global _settling, _next_look, _connection
    now, current = time.monotonic(), session()
    if _held or current.phase is not Phase.READY:
        return False
    if now < _next_look:
        return _settling
    if _connection != current.connections:  # another backend may have another actor of the same name
        _connection = current.connections
        for seen in _seen.values():
            seen.planned = None
    _settling = False
    for character in characters.everyone():
        if character.id_data.emogene.follow_changes and faces.is_shown(character):
            _settling = _look(character, now) or _settling
    _next_look = now + (_SETTLING_LOOK_SECONDS if _settling else _LOOK_SECONDS)
    return _settling


def _look(character, now: float) -> bool:
    """Whether a change settles, so that it is worth looking again soon."""
    seen = _seen.setdefault(characters.key_of(character), _Seen())
    is_now = sketch(character)
    if is_now != seen.sketch:
        seen.sketch, seen.since = is_now, now
    if seen.sketch == seen.planned or not voices.is_heard(character):
        return False
    if now - seen.since < _SETTLE_SECONDS:
        return True
    if not compat.is_modal(bpy.context):
        seen.planned = seen.sketch
        key = characters.key_of(character)
        slices.begin(("plan", key), _plan(key))
    return False


def _plan(key: CharacterKey) -> Generator[None]:
    shot, current = None, session()
    try:
        for part in shots.plan_shot_in_slices(key):
            shot = part
            yield
        if shot is not None:
            current.run_aside(f"plan {key}", Job(key, shot, current.files))
    except EmoGeneError as error:
        current.problem = error


@persistent
def _after_load(*_) -> None:
    _seen.clear()


def register() -> None:
    follow(_follow)
    bpy.app.handlers.load_post.append(_after_load)


def unregister() -> None:
    unfollow(_follow)
    if _after_load in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(_after_load)
    _seen.clear()
