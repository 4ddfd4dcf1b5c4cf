"""`emogene doctor`."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from emogene_proto.backend_note import leave_note

if TYPE_CHECKING:
    from emogene.doctor import Check


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    actor: Annotated[str, typer.Option(help="The actor to try: 'bundled', a folder, or an .actor file.")] = "bundled",
    remote: Annotated[
        str | None, typer.Option(help="Look at the connection to a backend elsewhere instead, e.g. tcp://render1:5555.")
    ] = None,
    server_key: Annotated[
        str | None, typer.Option(help="That backend's public key, which it prints when it starts.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="This client's key file.  [default: the user's own]")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Only say what is here, as Blender asks it; renders nothing.")
    ] = False,
    actors: Annotated[Path | None, typer.Option(help="With --quick: folder with actor packs to name too.")] = None,
) -> None:
    """Say what is installed, what works here, and how to mend what does not. Ends with 3 if rendering cannot work."""
    if quick:
        _tell_quickly(as_json, actors)
    checks: list[Check] = []
    console = Console(highlight=False, soft_wrap=True)
    for check in _checks(actor, remote, server_key, key):
        checks.append(check)
        if as_json:
            continue
        mark, style = ("ok", "green") if check.works else ("--", "yellow") if check.optional else ("NO", "bold red")
        console.print(Text.assemble((f" {mark} ", style), f" {check.name:<15} {check.detail}"))
        if not check.works:
            console.print(Text(f"      {check.mend}", "dim"))
    works = all(check.works or check.optional for check in checks)
    if as_json:
        typer.echo(json.dumps({"works": works, "checks": [asdict(check) for check in checks]}, indent=2))
    if works and remote is None:
        leave_note()
    raise typer.Exit(0 if works else 3)


def _tell_quickly(as_json: bool, actors: Path | None) -> NoReturn:
    from emogene.doctor import examine_quickly

    told = examine_quickly((actors,) if actors else ())
    if as_json:
        typer.echo(msgspec.json.encode(told).decode())
    elif told.problem:
        typer.echo(f"{told.problem} {told.hint}")
    else:
        typer.echo(f"EmoGene {told.version}, Python {told.python}, {told.device}, actors: {', '.join(told.actors)}")
    if not told.problem:
        leave_note()
    raise typer.Exit(3 if told.problem else 0)


def _checks(actor: str, remote: str | None, server_key: str | None, key: Path | None) -> "Iterator[Check]":
    from emogene.doctor import examine

    if remote is None:
        if server_key is not None or key is not None:
            raise typer.BadParameter("--server-key and --key go with --remote.")
        return examine(actor)
    from emogene.doctor_remote import examine_remote
    from emogene_proto.keys import default_client_key_file

    if server_key is None:
        raise typer.BadParameter("--remote needs --server-key, which `emogene serve` prints when it starts.")
    return examine_remote(remote, server_key, key or default_client_key_file())
