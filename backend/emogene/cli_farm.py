"""`emogene farm`: what a render farm needs to render shots."""

from pathlib import Path
from typing import Annotated

import typer

from emogene.farm.templates import FarmEngine, write_template

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_ENGINE = "openjd: AWS Deadline Cloud and whatever else runs Open Job Description; flamenco: Flamenco 3."
_OUT = "The file to write, or a folder, where it gets its usual name."


@app.callback()
def _farm() -> None:
    """Render shots on a farm."""


@app.command()
def template(
    engine: Annotated[FarmEngine, typer.Argument(help=_ENGINE, show_default=False)],
    out: Annotated[Path, typer.Option(help=_OUT, show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there and differs.")] = False,
) -> None:
    """Write the job template of a farm's engine: plan once, render chunks of frames in parallel, join them."""
    typer.echo(f"Job template written: {write_template(engine, out, force)}")
