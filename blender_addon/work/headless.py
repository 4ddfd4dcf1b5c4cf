# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan and render without a window: `blender -b file.blend --command emogene render`.

Blender's timers do not run there, so the session is moved on by a loop. What goes wrong ends it with a sentence and
an exit status other than 0, so that a farm knows.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bpy

from .. import session
from ..core.character_key import CharacterKey
from ..core.jobs import Job
from ..core.session import Phase
from ..emogene_proto.errors import ActorError, AudioError, BackendError, EmoGeneError, RenderError, ShotError
from ..preferences import preferences
from ..scene import characters, voices
from ..scene.shots import plan_shot_of
from ..views import faces
from ..views.sequencer import PICTURES, PREVIEW
from . import backend_place, follow_changes, rendering

_STEP_SECONDS = 0.01
_START_SECONDS = 180.0
OK, WRONG, FAILED, INTERRUPTED = 0, 2, 3, 130
"""Exit codes, as those of the command line: the shot or its files are wrong; it could not be rendered here."""
_WRONG_CODES = {AudioError.code, ShotError.code, ActorError.code}


def run(arguments: list[str]) -> int:
    """What Blender calls for `--command emogene ...`; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        with follow_changes.held():  # trouble of another character is none of this command's
            return options.run(options)
    except EmoGeneError as error:
        print(f"Error: {error.message}\nHint: {error.hint}", file=sys.stderr, flush=True)
        return WRONG if error.code in _WRONG_CODES else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="blender -b FILE.blend --command emogene", description="Plan and render the file's characters."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    render = commands.add_parser("render", help="render into the file's sequencer, and save it")
    render.add_argument("--preview", action="store_true", help="draft the preview range, or all")
    render.add_argument("--no-save", action="store_true", help="leave the .blend as it is; the frames stay")
    render.set_defaults(run=_render)
    plan = commands.add_parser("plan", help="plan, key the landmarks, and save the file")
    plan.add_argument("--no-save", action="store_true", help="leave the .blend as it is")
    plan.set_defaults(run=_plan)
    for each in (render, plan):
        each.add_argument("--scene", help="only this scene; default: all that have a character with a voice")
        each.add_argument("--character", action="append", help="only this one; may be given several times")
    return parser


def _render(options: argparse.Namespace) -> int:
    chosen = _chosen(options)
    _check_saving(options)
    _connect()
    role = PREVIEW if options.preview else PICTURES
    for key in chosen:
        character = characters.found(key)
        print(f"EmoGene: rendering {character.id_data.name}, {character.name}", flush=True)
        rendering.render(character, role)
        _finish_job()
    _save(options)
    return OK


def _plan(options: argparse.Namespace) -> int:
    chosen = _chosen(options)
    _check_saving(options)
    _connect()
    for key in chosen:
        character = characters.found(key)
        print(f"EmoGene: planning {character.id_data.name}, {character.name}", flush=True)
        session.begin(Job(key, plan_shot_of(character), session.session().files))
        follow_changes.asked(character)
        _finish_job()
        faces.show(characters.found(key))
    _save(options)
    return OK


def _chosen(options: argparse.Namespace) -> list[CharacterKey]:
    """The characters that are asked for.

    Raises:
        ShotError: there is none, or not that one.
    """
    speaking = [each for each in characters.everyone() if voices.is_heard(each)]
    if options.scene is not None:
        speaking = [each for each in speaking if each.id_data.name == options.scene]
    if options.character:
        known = {each.name for each in speaking}
        for name in options.character:
            if name not in known:
                there = ", ".join(sorted(known)) or "none"
                raise ShotError(f"There is no character {name} with a voice.", f"There are: {there}.")
        speaking = [each for each in speaking if each.name in options.character]
    if not speaking:
        raise ShotError("No character of this file has a voice.", "Load an audio file in Blender, and save the file.")
    return [characters.key_of(each) for each in speaking]


def _connect() -> None:
    current = session.session()
    chosen = preferences(bpy.context)
    if backend_place.is_elsewhere(chosen) or backend_place.is_announced(chosen):
        current.connect_to(backend_place.connection_to_use(bpy.context))
    else:
        current.start(*backend_place.start_arguments(bpy.context))
    _pass_time(lambda: current.welcome is not None and current.welcome.ready, _START_SECONDS, asked=False)
    if current.welcome is not None and current.welcome.problem:
        raise BackendError(current.welcome.problem, "Run emogene doctor on the backend's computer.")
    _finish_job(asked=False)  # a render of before may be taken up


def _finish_job(asked: bool = True) -> None:
    """Let time pass until nothing is at work; says how far it is once a second, where it was asked for."""
    current, told, next_word = session.session(), "", 0.0

    def over() -> bool:
        nonlocal told, next_word
        job = current.job
        if asked and job is not None and job.total and time.monotonic() >= next_word:
            word = f"EmoGene: {job.stage} {job.done} of {job.total}"
            if word != told:
                print(word, flush=True)
            told, next_word = word, time.monotonic() + 1.0
        return job is None

    _pass_time(over, asked=asked)


def _pass_time(over: Callable[[], bool], seconds: float | None = None, asked: bool = True) -> None:
    """Move the session on until `over()`.

    Args:
        asked: whether what runs was asked for; else its trouble is only told, for it may be another character's.

    Raises:
        EmoGeneError: something went wrong.
    """
    current, began = session.session(), time.monotonic()
    while not over():
        session.pump()
        if current.problem is not None and not asked and current.phase is not Phase.LOST:
            print(f"EmoGene: {current.problem.message}", file=sys.stderr, flush=True)
            current.problem = None
        if current.problem is not None:
            raise current.problem
        if seconds is not None and time.monotonic() - began > seconds:
            raise BackendError(f"The backend was not ready in {seconds:g} seconds.", "Look into its log.")
        time.sleep(_STEP_SECONDS)
    if current.problem is not None:
        raise current.problem
    if current.phase is Phase.LOST:
        raise BackendError("The backend is gone.", "Run it again; finished frames are kept.")


def _check_saving(options: argparse.Namespace) -> None:
    """Before anything is rendered.

    Raises:
        RenderError: the file cannot be saved at the end.
    """
    if options.no_save:
        return
    file = Path(bpy.data.filepath)
    # Blender writes beside the file and then puts that in its place.
    if not file.is_file() or not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
        raise _not_saved(file.name)


def _save(options: argparse.Namespace) -> None:
    if options.no_save:
        return
    try:
        bpy.ops.wm.save_mainfile()
    except RuntimeError as error:
        raise _not_saved(Path(bpy.data.filepath).name) from error


def _not_saved(name: str) -> RenderError:
    message = f"{name} cannot be saved." if name else "This file was never saved."
    return RenderError(message, "Save it where it can be written, or give --no-save: finished frames stay.")


_command: object = None


def register() -> None:
    global _command
    _command = bpy.utils.register_cli_command("emogene", run)


def unregister() -> None:
    global _command
    if _command is not None:
        bpy.utils.unregister_cli_command(_command)
        _command = None
