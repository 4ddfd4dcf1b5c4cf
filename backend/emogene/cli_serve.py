"""`emogene serve`: the backend that Blender talks to."""

from pathlib import Path
from typing import Annotated

import typer

from emogene.service.logs import LogLevel


def serve(
    bind: Annotated[
        str, typer.Option(help="Where to listen; port 0 is any free one. Beyond this computer with keys only.")
    ] = "tcp://127.0.0.1:0",
    authorized_keys: Annotated[
        Path | None,
        typer.Option(help="File of the keys that may come from other computers, one a line; see `emogene keys`."),
    ] = None,
    server_key: Annotated[
        Path | None,
        typer.Option(help="File of the backend's own keys, made on first use.  [default: the user's own]"),
    ] = None,
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
    log_file: Annotated[
        Path | None, typer.Option(help="Keep the log, JSON lines, in this file.  [default: in the cache]")
    ] = None,
    log_level: Annotated[LogLevel, typer.Option(help="The least that is logged.")] = LogLevel.INFO,
) -> None:
    """Run the backend until it is told to end: by Blender, by Ctrl-C, or by its parent's end."""
    from emogene.service.serve import serve as run_server
    from emogene.service.settings import ServiceSettings
    from emogene_proto.backend_note import leave_note

    leave_note()
    settings = ServiceSettings(
        cache=cache,
        actor_folders=tuple(actors or ()),
        parent=parent,
        log_file=log_file,
        log_level=log_level,
        workers=workers,
        frame_quota_bytes=round(frame_quota * 2**30),
        authorized_keys=authorized_keys,
        server_key=server_key,
    )
    run_server(bind, connection_file, settings)
