"""The command line `emogene`. A command's module is imported only when it is called: help comes at once, and a missing
extra breaks nothing but the commands that need it."""

import importlib
import io
import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from rich.console import Console

from emogene import __version__
from emogene.cli_errors import INTERRUPTED_MESSAGE, told_error
from emogene_proto.errors import (
    AccessError,
    ActorError,
    AudioError,
    Cancelled,
    CorpusError,
    EmoGeneError,
    RenderError,
    ShotError,
)

COMMANDS = {
    "render": ("emogene.cli_render:render", "Render a voice with emotion keys, or a shot document."),
    "live": ("emogene.cli_live:live", "Play a shot live without a window, and say how well it keeps up."),
    "landmarks": ("emogene.cli_render:landmarks", "Plan only: landmarks, emotion weights, head poses and gaze."),
    "join": ("emogene.cli_join:join", "Write finished frames as a film with sound."),
    "shot": ("emogene.cli_shot_folder:app", "Check a shot before a farm does, and pack it to take it along."),
    "doctor": ("emogene.cli_doctor:doctor", "What is installed, what works, how to mend the rest."),
    "serve": ("emogene.cli_serve:serve", "Run the backend that Blender talks to."),
    "jobs": ("emogene.cli_jobs:app", "What the backend has to do and has done: list, watch, cancel, retry, clean."),
    "keys": ("emogene.cli_keys:app", "Keys for using a backend from another computer."),
    "farm": ("emogene.cli_farm:app", "Job templates for render farms."),
    "actor": ("emogene.cli_actor:app", "Build, check and pack actors."),
    "corpus": ("emogene.corpus.commands:app", "Make training data: speech, recordings, motion, video, pictures."),
    "train": ("emogene.training.commands:train_app", "Train the models of an actor."),
    "evaluate": ("emogene.evaluation.commands:app", "Measure how good the models are."),
}
"""Where each command lies, and its line in the help."""

OK, BAD_INPUT, FAILED, INTERRUPTED = 0, 2, 3, 130
"""Exit codes."""

_BAD_INPUT_ERRORS = (AudioError, ShotError, ActorError, CorpusError, AccessError)
_BAD_INPUT_CODES = {error.code for error in _BAD_INPUT_ERRORS} | {"unknown_job", "bad_address"}
"""What a backend says where it means such an error."""


def main() -> None:
    """Entry point of the `emogene` program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an old terminal cannot show every letter of a path
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; failures are told in a sentence and a hint on stderr."""
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        typer.main.get_command(build_app(_called(arguments))).main(args=arguments, prog_name="emogene")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            return _interrupted()
        return end.code if isinstance(end.code, int) else OK
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:
        told = told_error(error)
        if debug or told is None:
            raise
        report(told)
        return exit_code(told)
    return OK


def _interrupted() -> int:
    print(INTERRUPTED_MESSAGE, file=sys.stderr)
    return INTERRUPTED


def exit_code(error: EmoGeneError) -> int:
    """What the program ends with after this error."""
    if isinstance(error, Cancelled) or error.code == Cancelled.code:
        return INTERRUPTED
    return BAD_INPUT if isinstance(error, _BAD_INPUT_ERRORS) or error.code in _BAD_INPUT_CODES else FAILED


def report(error: EmoGeneError) -> None:
    """One sentence and a hint on stderr."""
    console = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)
    console.print("[bold red]Error:[/] ", end="")
    console.print(error.message, markup=False)
    console.print(f"Hint: {error.hint}", markup=False)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"emogene {__version__}")
        raise typer.Exit


def build_app(called: str | None) -> typer.Typer:
    """The program with the one command that is called; the others are there by name and summary."""
    app = typer.Typer(
        help="A recorded voice and emotion markers in, a talking head out.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,  # its markup turns ":angry:" into a picture
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name, (place, summary) in COMMANDS.items():
        if name == called:
            _add(app, name, _imported(name, place), summary)
        else:
            app.command(name, help=summary)(_not_called)
    return app


def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_print_version)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show Python's traceback with an error.")] = False,
) -> None:
    """A recorded voice and emotion markers in, a talking head out."""


def _called(arguments: Sequence[str]) -> str | None:
    """The first word that is no option."""
    return next((argument for argument in arguments if not argument.startswith("-")), None)


def _not_called() -> None:
    """Stands in the help for a command that is not called in this run."""


def _imported(name: str, place: str) -> typer.Typer | Callable:
    module, attribute = place.split(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except ImportError as error:
        missing = error.name or "a part of EmoGene"
        raise RenderError(
            f"The command '{name}' needs {missing}, which is not installed.",
            "In EmoGene's folder: .venv/bin/pip install -c constraints.txt -e '.[corpus]'",
        ) from error


def _add(app: typer.Typer, name: str, target: typer.Typer | Callable, summary: str) -> None:
    if isinstance(target, typer.Typer):
        app.add_typer(target, name=name, help=summary)
    else:
        app.command(name)(target)


if __name__ == "__main__":
    main()
