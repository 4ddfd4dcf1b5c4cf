"""`emogene render` and `emogene landmarks`: from a recording, or from a shot document, without Blender."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emogene.cli_background import video_colour
from emogene.cli_options import ShotOptions, takes_shot_options
from emogene.cli_planning import given_plan, kept_plan, planned, tell_doubts
from emogene.cli_progress import progress_bar
from emogene.cli_render_report import ProgressForm, RenderReport, render_report
from emogene.cli_shot import Source, parse_frames, same_shot, source
from emogene.folders import make_folder
from emogene.plan_files import PlanFile, save_plan, save_shot
from emogene_proto.errors import RenderError
from emogene_proto.shot import Shot

if TYPE_CHECKING:
    from emogene.films.joining import Film
    from emogene.films.rendering import Outcome, RenderWay
    from emogene.films.shot_frames import ShotFrames

Voice = Annotated[Path, typer.Argument(metavar="AUDIO", help="A recording, or a shot.json.", show_default=False)]
_CAMERA = "A JSON file with a camera, or a list with one a frame, in place of the actor's own."
_QUALITY = "draft (a quarter of the time), preview, or final (four times the time, smooth edges)."
_BACKGROUND = (
    "Behind the actor: transparent, a colour #rrggbb, a picture's file, or actor, which is the actor's own. An MP4 of "
    "transparent frames is grey there."
)
_FORMAT = "png: 8-bit sRGB with alpha; exr: scene-linear half floats with alpha and depth."
_VIDEO = "Write a film with sound too: .mp4 (H.264) or .mov (ProRes)."
_PLAN = "A plan of this shot, made with 'emogene landmarks'."
_WORKERS = "So many processes share the frames, each with its part of the cores, or its own GPU."
_PROGRESS = "A bar where a terminal is, lines of JSON on stdout, or none."
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless something is wrong.")]
Frames = Annotated[
    str | None, typer.Option(metavar="A-B or A", help="Only these frames, by their numbers.", show_default="all")
]


@takes_shot_options
def landmarks(
    audio: Voice,
    out: Annotated[Path, typer.Option(help="The NPZ file to write.", show_default=False)],
    options: ShotOptions,
    quiet: Quiet = False,
) -> None:
    """Plan a shot and stop there: landmarks, emotion weights, head poses and gaze in one NPZ file."""
    given = source(audio, options)
    with progress_bar(1.0, quiet) as advance:
        shot, made = planned(given, advance)
    tell_doubts(shot, given.load_actor(), made.plan)
    make_folder(out.parent)
    save_plan(out, made)
    if not quiet:
        typer.echo(f"{len(made.plan)} frames at {made.plan.fps:g} fps planned: {out}")


@takes_shot_options
def render(
    audio: Voice,
    out: Annotated[Path, typer.Option(help="Folder for frames, shot.json and landmarks.npz.", show_default=False)],
    options: ShotOptions,
    size: Annotated[int | None, typer.Option(help="Pixels a side.  [default: 512]", show_default=False)] = None,
    width: Annotated[int | None, typer.Option(help="Pixels across, instead of --size.", show_default=False)] = None,
    height: Annotated[int | None, typer.Option(help="Pixels down, instead of --size.", show_default=False)] = None,
    frames: Frames = None,
    video: Annotated[Path | None, typer.Option(help=_VIDEO, show_default=False)] = None,
    background: Annotated[str | None, typer.Option(help=_BACKGROUND, show_default="transparent")] = None,
    camera: Annotated[Path | None, typer.Option(help=_CAMERA, show_default=False)] = None,
    quality: Annotated[str | None, typer.Option(help=_QUALITY, show_default="preview")] = None,
    form: Annotated[str | None, typer.Option("--format", help=_FORMAT, show_default="png")] = None,
    engine: Annotated[str | None, typer.Option(help="Kernels: auto, cuda, cpu or torch.", show_default="auto")] = None,
    plan: Annotated[Path | None, typer.Option(help=_PLAN, show_default=False)] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help=_WORKERS)] = 1,
    force: Annotated[bool, typer.Option("--force", help="Render anew what is finished too.")] = False,
    progress: Annotated[ProgressForm, typer.Option(help=_PROGRESS)] = ProgressForm.auto,
    quiet: Quiet = False,
) -> None:
    """Plan a shot and render it: PNG or EXR frames, shot.json and landmarks.npz; with --video a film too.

    Frames that are finished and whole are not rendered again, so what was broken off is gone on with.
    """
    across, down = (size if side is None else side for side in (width, height))
    picture = {"engine": engine, "quality": quality, "width": across, "height": down, "output": form, "camera": camera}
    document = audio.suffix.lower() == ".json"
    with render_report(progress, quiet) as report:
        from emogene.films.rendering import RenderWay
        from emogene.films.shot_frames import ShotFrames
        from emogene.render.kernels import check_engine

        given = source(audio, options, background=None if document else background, **picture)
        film = None if video is None else film_of(video, given.shot, background if document else None)
        check_engine(given.shot.engine)
        given.check_backdrop()  # what is wrong with it is told before any work
        shot, made = _plan(given, plan, out, report)
        rows = parse_frames(frames, shot.frame_start, len(made.plan))
        tell_doubts(shot, given.load_actor(), made.plan)
        _write_documents(given, shot, made, out)
        rendering = ShotFrames(shot, given.load_actor(), made.plan, out)
        outcome = _render(given, rendering, rows, RenderWay(workers, force), report)
        if film is not None:
            write_film(given, rendering, rows, film, report)
    if not quiet and progress is not ProgressForm.json:
        _tell(outcome, report, out, video)


def film_of(path: Path, shot: Shot, background: str | None) -> "Film":
    """The film that is asked for.

    Args:
        background: the colour behind transparent frames; None is none in a form with alpha, else grey.

    Raises:
        ShotError: no such film can be made.
    """
    from emogene.films.joining import Film
    from emogene.render.output.colour import parse_colour
    from emogene.render.output.film_form import film_form

    transparent = shot.background.kind == "transparent"
    colour = parse_colour(video_colour(background, shot.background))
    form = film_form(path, transparent and background is None)
    return Film(path, form, colour if transparent and "a" not in form.given_as else None)


def write_film(given: Source, frames: "ShotFrames", rows: range, film: "Film", report: RenderReport) -> None:
    """Join finished frames.

    Raises:
        EmoGeneError: see `join_film`.
    """
    from emogene.films.joining import join_film

    if join_film(frames, rows, given.recordings, film, report.joining) > 1:
        typer.echo("Note: The frames were drawn by several engines or releases of EmoGene and its libraries.", err=True)


def _plan(given: Source, path: Path | None, out: Path, report: RenderReport) -> tuple[Shot, PlanFile]:
    """The plan from a file, or what a render into this folder planned before it was broken off, or a new one."""
    if path is not None:
        return given_plan(path, given)
    return kept_plan(out / "landmarks.npz", given) or planned(given, report.planning)


def _render(given: Source, frames: "ShotFrames", rows: range, way: "RenderWay", report: RenderReport) -> "Outcome":
    from emogene.films.joining import spans
    from emogene.films.rendering import render_frames

    first = frames.shot.frame_start
    report.start(first + rows.start, first + rows.stop - 1)
    outcome = render_frames(frames, rows, given.picture, way, report)
    if outcome.failed:
        lost = sorted(outcome.failed)
        raise RenderError(
            f"{len(lost)} of {len(rows)} frames failed: {spans(lost)}.",
            "Mend what is told above, and run it again: what is finished is kept.",
        )
    return outcome


def _write_documents(given: Source, shot: Shot, made: PlanFile, out: Path) -> None:
    """The shot and its plan, as files beside the frames to come."""
    make_folder(out)
    there = out / "shot.json"
    if there.is_file() and any(out.glob("frame_*.*")) and not same_shot(there, given):
        typer.echo(f"Note: {out} holds frames of another shot; those not rendered now stay as they are.", err=True)
    save_shot(there, shot, given.recordings, given.picture)
    save_plan(out / "landmarks.npz", made)


def _tell(outcome: "Outcome", report: RenderReport, out: Path, video: Path | None) -> None:
    count = outcome.drawn + outcome.reused
    before = f", {outcome.reused} of them finished before," if outcome.reused else ""
    typer.echo(f"{count} frame{'s' * (count != 1)}{before} in {report.seconds:.1f} s: {out}")
    if video is not None:
        typer.echo(f"Film with sound: {video}")
