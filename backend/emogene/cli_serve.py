"""`emogene serve`: the backend that Blender talks to."""

from pathlib import Path
from typing import Annotated

import typer


def serve(
    bind: Annotated[str, typer.Option(help="Address on this computer; port 0 is any free one.")] = "tcp://127.0.0.1:0",
    connection_file: Annotated[
        Path | None, typer.Option(help="Where the backend announces itself.  [default: the user's own]")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder for uploads, plans, frames and jobs.  [default: the user's own]")
    ] = None,
    actors: Annotated[
        list[Path] | None, typer.Option(help="Folder with actor packs to offer too. Repeat it for more.")
    ] = None,
    parent: Annotated[
        int | None, typer.Option(help="Id of a process after whose end the backend ends too, when no job runs.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, max=64, help="Renderers at once; 0 is one a GPU, else one with all cores.")
    ] = 0,
    frame_quota: Annotated[
        float, typer.Option(min=0.01, help="GB of finished frames that are kept; those not used for longest go first.")
    ] = 20.0,
    log_file: Annotated[Path | None, typer.Option(help="Log to this file too.")] = None,
) -> None:
    """Run the backend until it is told to end: by Blender, by Ctrl-C, or by its parent's end."""
    from emogene.service.server import serve as run_server

    quota = round(frame_quota * 2**30)
    folders = tuple(actors or ())
    run_server(bind, connection_file, cache, folders, parent, log_file, workers=workers, frame_quota_bytes=quota)
