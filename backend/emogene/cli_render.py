"""`emogene render` and `emogene landmarks`: from a recording, or from a shot document, without Blender."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emogene.cli_background import video_colour
from emogene.cli_options import ShotOptions, takes_shot_options
from emogene.cli_progress import progress_bar
from emogene.cli_shot import Source, parse_frames, source
from emogene.values import Frame, Plan
from emogene_proto.coverage import coverage_warnings
from emogene_proto.errors import ShotError
from emogene_proto.shot import Shot
from emogene_proto.shot_document import from_json, shot_hash

if TYPE_CHECKING:
    from emogene.render.output.colour import Rgb

Voice = Annotated[Path, typer.Argument(metavar="AUDIO", help="A recording, or a shot.json.", show_default=False)]
_CAMERA = "A JSON file with a camera, or a list with one a frame, in place of the actor's own."
_QUALITY = "draft (a quarter of the time), preview, or final (four times the time, smooth edges)."
_BACKGROUND = (
    "Behind the actor: transparent, a colour #rrggbb, a picture's file, or actor, which is the actor's own. A video of "
    "transparent frames is grey there."
)
_FORMAT = "png: 8-bit sRGB with alpha; exr: scene-linear half floats with alpha and depth."
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless something is wrong.")]


@takes_shot_options
def landmarks(
    audio: Voice,
    out: Annotated[Path, typer.Option(help="The NPZ file to write.", show_default=False)],
    options: ShotOptions,
    quiet: Quiet = False,
) -> None:
    """Plan a shot and stop there: landmarks, emotion weights, head poses and gaze in one NPZ file."""
    from emogene.plan_files import save_plan

    _, planned = _planned(source(audio, options), quiet)
    out.parent.mkdir(parents=True, exist_ok=True)
    save_plan(out, planned)
    if not quiet:
        typer.echo(f"{len(planned)} frames at {planned.fps:g} fps planned: {out}")


@takes_shot_options
def render(
    audio: Voice,
    out: Annotated[Path, typer.Option(help="Folder for frames, shot.json and landmarks.npz.", show_default=False)],
    options: ShotOptions,
    size: Annotated[int | None, typer.Option(help="Pixels a side.  [default: 512]", show_default=False)] = None,
    width: Annotated[int | None, typer.Option(help="Pixels across, instead of --size.", show_default=False)] = None,
    height: Annotated[int | None, typer.Option(help="Pixels down, instead of --size.", show_default=False)] = None,
    frames: Annotated[
        str | None, typer.Option(metavar="A-B or A", help="Only these frames; the first is 1.", show_default="all")
    ] = None,
    video: Annotated[Path | None, typer.Option(help="Write an MP4 with sound too.", show_default=False)] = None,
    background: Annotated[str | None, typer.Option(help=_BACKGROUND, show_default="transparent")] = None,
    camera: Annotated[Path | None, typer.Option(help=_CAMERA, show_default=False)] = None,
    quality: Annotated[str | None, typer.Option(help=_QUALITY, show_default="preview")] = None,
    form: Annotated[str | None, typer.Option("--format", help=_FORMAT, show_default="png")] = None,
    engine: Annotated[str | None, typer.Option(help="Kernels: auto, cuda, cpu or torch.", show_default="auto")] = None,
    quiet: Quiet = False,
) -> None:
    """Plan a shot and render it: PNG or EXR frames, shot.json and landmarks.npz; with --video an MP4 too."""
    from emogene.render.kernels import check_engine
    from emogene.render.output.colour import parse_colour

    across, down = (size if side is None else side for side in (width, height))
    picture = {"engine": engine, "quality": quality, "width": across, "height": down, "output": form, "camera": camera}
    document = audio.suffix.lower() == ".json"
    given = source(audio, options, background=None if document else background, **picture)
    behind = parse_colour(video_colour(background if document else None, given.shot.background))
    check_engine(given.shot.engine)
    if video is not None:
        _check_video(video)
    given.load_backdrop()  # what is wrong with it is told before any work
    began = time.monotonic()
    shot, planned = _planned(given, quiet)
    rows = parse_frames(frames, shot.frame_start, len(planned))
    _write_documents(given, shot, planned, out)
    rendered = _rendered(given, planned, rows, out, quiet)
    count = sum(1 for _ in rendered) if video is None else _write_video(video, rendered, given, rows.start, behind)
    if not quiet:
        typer.echo(f"{count} frame{'s' * (count != 1)} in {time.monotonic() - began:.1f} s: {out}")
        if video is not None:
            typer.echo(f"Video with sound: {video}")


def _check_video(video: Path) -> None:
    if video.suffix.lower() != ".mp4":
        raise ShotError(f"The video's name {video.name} does not end in .mp4.", "Give --video a name like shot.mp4.")
    if video.is_dir():
        raise ShotError(f"The video {video} is a folder.", "Give --video another name.")


def _write_documents(given: Source, shot: Shot, planned: Plan, out: Path) -> None:
    """The shot and its plan, as files beside the frames to come."""
    from emogene.plan_files import save_plan, save_shot

    out.mkdir(parents=True, exist_ok=True)
    there = out / "shot.json"
    if there.is_file() and any(out.glob("frame_*.*")) and not _same_shot(there, given):
        typer.echo(f"Note: {out} holds frames of another shot; those not rendered now stay as they are.", err=True)
    save_shot(out / "shot.json", shot, given.audio, given.picture)
    save_plan(out / "landmarks.npz", planned)


def _write_video(path: Path, frames: Iterator[Frame], given: Source, first_row: int, behind: "Rgb") -> int:
    """The frames as they come over a colour, with their sound; returns how many they were."""
    from emogene.render.output.colour import over_background
    from emogene.render.output.video import Sound, write_video

    shot = given.shot
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = Sound(given.audio, shot.audio.offset_seconds + first_row / shot.fps)
    return write_video(path, (over_background(frame, behind) for frame in frames), shot.fps, sound)


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


def doubled_keys(shot: Shot) -> Iterator[str]:
    """A sentence for each second that has more than one key."""
    for seconds, keys in itertools.groupby(sorted(key.seconds for key in shot.emotions)):
        if len(list(keys)) > 1:
            yield f"There are several keys at {seconds:g} s; the last one given counts."


def _same_shot(path: Path, given: Source) -> bool:
    try:
        return shot_hash(from_json(path.read_bytes())) == shot_hash(given.with_hash())
    except ShotError:
        return False


def _planned(given: Source, quiet: bool) -> tuple[Shot, Plan]:
    """The shot, complete with its audio's hash, and its plan."""
    from emogene import pipeline
    from emogene.audio.load import open_audio
    from emogene.view_warnings import view_warnings

    shot = given.shot
    audio = open_audio(given.audio, shot.audio.offset_seconds, shot.audio.duration_seconds)
    actor = given.load_actor()
    for warning in (*doubled_keys(shot), *coverage_warnings(shot, actor.covered_to)):
        typer.echo(f"Note: {warning}", err=True)
    with progress_bar(1.0, quiet) as advance:
        planned = pipeline.plan(shot, audio, actor, advance)
    notes = [audio.note] if audio.note else []
    notes += view_warnings(shot, actor, planned)
    for note in (*notes, *late_emotions(shot, len(planned) / planned.fps)):
        typer.echo(f"Note: {note}", err=True)
    return given.with_hash(), planned


def _rendered(given: Source, planned: Plan, rows: range, out: Path, quiet: bool) -> Iterator[Frame]:
    """Frames as they are rendered, each written to its file first."""
    from emogene import pipeline
    from emogene.render.kernels import preparing
    from emogene.render.output.files import frame_file_name, write_frame

    shot, actor, backdrop = given.shot, given.load_actor(), given.load_backdrop()
    with progress_bar(len(rows), quiet, counted=True) as advance:
        advance(0, preparing())
        engine = pipeline.load_engine(shot, actor)
        for done, row in enumerate(rows):
            frame = pipeline.render_row(planned, row, shot, actor, engine, backdrop)
            write_frame(out / frame_file_name(shot.frame_start + row, shot.output), frame, shot.output)
            advance(done + 1, "Rendering")
            yield frame
