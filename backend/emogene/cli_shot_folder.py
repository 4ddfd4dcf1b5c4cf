"""`emogene shot`: what a shot needs, and a folder that has all of it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from emogene.cli_options import ShotOptions
from emogene.cli_render import Frames, Quiet
from emogene.cli_shot import parse_frames, source
from emogene_proto.errors import RenderError, ShotError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Document = Annotated[Path, typer.Argument(metavar="SHOT.JSON", help="The shot's document.", show_default=False)]
_OUT = "The folder that is to take the frames: whether it can be written."
_PLAN = "A plan that is to be used: whether it is this shot's."


@app.command()
def check(
    shot: Document,
    frames: Frames = None,
    out: Annotated[Path | None, typer.Option(help=_OUT, show_default=False)] = None,
    plan: Annotated[Path | None, typer.Option(help=_PLAN, show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for programs.")] = False,
) -> None:
    """Say all that a shot lacks on this computer, before a farm does."""
    from emogene.films.shot_needs import Asked, shot_needs

    needs = shot_needs(shot, Asked(lambda first, count: parse_frames(frames, first, count), out, plan))
    lacking = [need for need in needs if not need.met]
    if as_json:
        told = [{"name": each.name, "met": each.met, "detail": each.detail, "hint": each.hint} for each in needs]
        typer.echo(json.dumps({"ready": not lacking, "needs": told}, indent=2))
    else:
        for need in needs:
            typer.echo(f"{'ok    ' if need.met else 'NOT OK'}  {need.name:<16} {need.detail}")
            if not need.met:
                typer.echo(f"{'':<25}Hint: {need.hint}")
    if lacking:
        names = ", ".join(need.name for need in lacking)
        kind = RenderError if all(need.here for need in lacking) else ShotError
        raise kind(f"{shot.name} cannot be rendered here: {names}.", "Mend what is marked as not ok.")


@app.command()
def pack(
    shot: Document,
    out: Annotated[Path, typer.Option(help="The folder to write; new or empty.", show_default=False)],
    quiet: Quiet = False,
) -> None:
    """Write a folder that has all a shot needs, with relative paths: voice, background picture, actor."""
    from emogene.films.shot_folder import DOCUMENT, pack_shot

    if shot.suffix.lower() != ".json":
        raise ShotError(f"{shot.name} is not a shot document.", "Render once: 'emogene render' writes a shot.json.")
    given = source(shot, ShotOptions())
    files = pack_shot(given.with_hash(), given.recordings, given.picture, out)
    features = given.load_actor().features_needed
    if features.kind != "built-in":
        typer.echo(
            f"Note: The actor hears through {features.kind}, which is not packed. Install it where the shot is "
            "planned, or plan it here and render there with --plan.",
            err=True,
        )
    if not quiet:
        size = sum(path.stat().st_size for path in files) / 1e6
        typer.echo(f"{len(files)} files, {size:.1f} MB: {out / DOCUMENT}")
