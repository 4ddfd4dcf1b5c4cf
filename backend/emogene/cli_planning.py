"""Planning a shot on the command line: notes for the artist, and plans that were made before."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import typer

from emogene.actors.pack import Actor
from emogene.cli_shot import Source
from emogene.films.planned_for import plan_of, require_plan_of
from emogene.frame_keys import planning_code
from emogene.plan_files import PlanFile, load_plan_file
from emogene.values import Plan
from emogene_proto.coverage import coverage_warnings
from emogene_proto.errors import ShotError
from emogene_proto.shot import Shot

Advance = Callable[[float, str], None]


def planned(given: Source, advance: Advance) -> tuple[Shot, PlanFile]:
    """The shot, complete with its files' hashes, and its plan.

    Raises:
        EmoGeneError: see `pipeline.plan`.
    """
    from emogene import pipeline
    from emogene.audio.voice import open_voice

    shot = given.shot
    audio = open_voice(shot, given.recordings)
    actor = given.load_actor()
    plan = pipeline.plan(shot, audio, actor, advance)
    if audio.note:
        typer.echo(f"Note: {audio.note}", err=True)
    shot = given.with_hash()
    return shot, PlanFile(plan, plan_of(shot, actor), planning_code())


def given_plan(path: Path, given: Source) -> tuple[Shot, PlanFile]:
    """The shot, complete with its files' hashes, and its plan from a file.

    Raises:
        ShotError: the file is missing, damaged, or the plan of another shot.
    """
    shot = given.with_hash()
    file = load_plan_file(path)
    require_plan_of(path, file, shot, given.load_actor())
    if file.code != planning_code():
        typer.echo(f"Note: {path.name} was planned by another release of EmoGene or its libraries.", err=True)
    return shot, _numbered(file, shot)


def kept_plan(path: Path, given: Source) -> tuple[Shot, PlanFile] | None:
    """As `given_plan`, of a render that was broken off here; None where it is of no use, or others have planned it."""
    if not path.is_file():
        return None
    shot = given.with_hash()
    try:
        file = load_plan_file(path)
    except ShotError:
        return None
    if file.shot != plan_of(shot, given.load_actor()) or file.code != planning_code():
        return None
    return shot, _numbered(file, shot)


def tell_doubts(shot: Shot, actor: Actor, plan: Plan) -> None:
    """Say on stderr what may not be as it was meant."""
    from emogene.view_warnings import view_warnings

    notes = [*doubled_keys(shot), *coverage_warnings(shot, actor.covered_to), *view_warnings(shot, actor, plan)]
    for note in (*notes, *late_emotions(shot, len(plan) / plan.fps)):
        typer.echo(f"Note: {note}", err=True)


def _numbered(file: PlanFile, shot: Shot) -> PlanFile:
    """The plan with the shot's numbers of frames, which are no part of what was planned."""
    return replace(file, plan=replace(file.plan, fps=shot.fps, frame_start=shot.frame_start))


def late_emotions(shot: Shot, end_seconds: float) -> Iterator[str]:
    """A sentence for each key, and each emotion's curve, that reaches beyond the end of the shot."""
    end = f"after the end of the voice ({end_seconds:.1f} s)"
    for key in shot.emotions:
        if key.seconds >= end_seconds:
            felt = " + ".join(feeling.emotion for feeling in key.feelings)
            yield f"The key at {key.seconds:g} s ({felt}) lies {end}."
    for curve in shot.emotion_curves:
        last = max((point.seconds for point in curve.points), default=0.0)
        if last > end_seconds:
            yield f"The curve of {curve.emotion} goes on to {last:g} s, {end}."
    if shot.landmark_edits is not None and any(key.seconds >= end_seconds for key in shot.landmark_edits.keys):
        yield f"Some landmark edits lie {end}."


def doubled_keys(shot: Shot) -> Iterator[str]:
    """A sentence for each second that has more than one key."""
    for seconds, keys in itertools.groupby(sorted(key.seconds for key in shot.emotions)):
        if len(list(keys)) > 1:
            yield f"There are several keys at {seconds:g} s; the last one given counts."
