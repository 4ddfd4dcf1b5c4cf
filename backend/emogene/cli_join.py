"""`emogene join`: a film from finished frames."""

from pathlib import Path
from typing import Annotated

import typer

from emogene.cli_options import ShotOptions
from emogene.cli_planning import given_plan
from emogene.cli_render import Frames, Quiet, film_of, write_film
from emogene.cli_render_report import ProgressForm, render_report
from emogene.cli_shot import parse_frames, source
from emogene_proto.errors import ShotError

_BACKGROUND = "The colour #rrggbb behind transparent frames. Without it an MP4 is grey there, and a .mov keeps alpha."


def join(
    shot: Annotated[Path, typer.Argument(metavar="SHOT.JSON", help="The shot's document.", show_default=False)],
    frames_dir: Annotated[Path, typer.Option(help="The folder that it was rendered into.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The film: .mp4 (H.264) or .mov (ProRes).", show_default=False)],
    frames: Frames = None,
    background: Annotated[str | None, typer.Option(help=_BACKGROUND, show_default=False)] = None,
    quiet: Quiet = False,
) -> None:
    """Check that all frames of a shot are there and whole, and write them as a film with sound."""
    from emogene.films.shot_frames import ShotFrames

    if shot.suffix.lower() != ".json":
        raise ShotError(f"{shot.name} is not a shot document.", "Name the shot.json of the render.")
    given = source(shot, ShotOptions())
    film = film_of(out, given.shot, background)
    if not (frames_dir / "landmarks.npz").is_file():
        raise ShotError(
            f"There are no frames of a shot in {frames_dir}.", "Name the folder that 'emogene render' wrote into."
        )
    complete, made = given_plan(frames_dir / "landmarks.npz", given)
    rows = parse_frames(frames, complete.frame_start, len(made.plan))
    with render_report(ProgressForm.auto, quiet) as report:
        first = complete.frame_start
        report.start(first + rows.start, first + rows.stop - 1)
        write_film(given, ShotFrames(complete, given.load_actor(), made.plan, frames_dir), rows, film, report)
    if not quiet:
        typer.echo(f"{len(rows)} frame{'s' * (len(rows) != 1)} with sound in {report.seconds:.1f} s: {out}")
