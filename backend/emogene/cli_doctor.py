"""`emogene doctor`."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    actor: Annotated[str, typer.Option(help="The actor to try: 'bundled', a folder, or an .actor file.")] = "bundled",
) -> None:
    """Say what is installed, what works here, and how to mend what does not. Ends with 3 if rendering cannot work."""
    from emogene.doctor import Check, examine

    checks: list[Check] = []
    console = Console(highlight=False, soft_wrap=True)
    for check in examine(actor):
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
    raise typer.Exit(0 if works else 3)
