"""`emogene live`: plays a shot as Blender's Live does, without a window, and says how well it keeps up."""

import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from emogene.cli_options import ShotOptions, takes_shot_options
from emogene.cli_progress import progress_bar
from emogene.cli_shot import Source, source
from emogene_proto.errors import ShotError
from emogene_proto.names import SAMPLE_RATE
from emogene_proto.shot import Shot


@takes_shot_options
def live(
    audio: Annotated[Path, typer.Argument(metavar="AUDIO", help="A recording, or a shot.json.", show_default=False)],
    options: ShotOptions,
    size: Annotated[int, typer.Option(min=16, max=1024, help="Pixels of the picture's longer side.")] = 256,
    seconds: Annotated[float, typer.Option(min=0.5, help="Play so much from the beginning, or to the end.")] = 10.0,
    json: Annotated[Path | None, typer.Option(help="Write the figures to this file too.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no table.")] = False,
) -> None:
    """Play a shot live without a window: a backend of its own on two cores streams pictures against the clock."""
    from emogene.evaluation.figures import Evaluation, Input, print_evaluation, this_machine, write_evaluation
    from emogene.live_playback import figures, play

    given = source(audio, options)
    shot, folder = _offered(given)
    count = _frames(given, seconds)
    asked = live_size(shot, size)
    with tempfile.TemporaryDirectory(prefix="emogene-") as scratch, progress_bar(1.0, quiet) as advance:
        from emogene.evaluation.backend_process import fresh_backend, upload

        advance(0.0, "Starting the backend")
        with fresh_backend(Path(scratch), folder) as client:
            for file in {*given.recordings, *([given.picture] if given.picture is not None else [])}:
                upload(client, file)
            frames = range(shot.frame_start, shot.frame_start + count)
            playback = play(client, shot, asked, frames, lambda doing: advance(0.0, doing))
    found = figures(playback)
    names = " + ".join(file.name for file in given.recordings)
    played = f"{names}, {count / shot.fps:.1f} s at {shot.fps:g} fps, asked for {asked[0]}x{asked[1]}"
    inputs = (Input(tuple(figure.name for figure in found), played),)
    evaluation = Evaluation(found, this_machine(), inputs)
    if json is not None:
        write_evaluation(json, evaluation)
    if not quiet:
        print_evaluation(evaluation, Console())
        late = count - playback.in_time
        typer.echo(f"{playback.in_time} of {count} frames came in time, {late} did not.")
        if playback.note:
            typer.echo(f"Note: {playback.note}", err=True)


def live_size(shot: Shot, longer_side: int) -> tuple[int, int]:
    """Width and height of a shot's pictures, at most `longer_side` pixels, with the shape of its frames."""
    width, height = shot.frame_size
    scale = longer_side / max(width, height)
    return max(16, round(width * scale)), max(16, round(height * scale))


def _offered(given: Source) -> tuple[Shot, Path]:
    """The shot as a backend takes it, which knows actors by name, and the folder that it finds them in."""
    from emogene.actors.pack import BUNDLED

    shot = given.with_hash()
    if shot.actor == "bundled":
        return shot, BUNDLED.parent
    given.load_actor()  # refused here, in the words that other commands have for it
    pack = Path(shot.actor).resolve()
    return msgspec.structs.replace(shot, actor=pack.stem if pack.is_file() else pack.name), pack.parent


def _frames(given: Source, seconds: float) -> int:
    """How many frames are played.

    Raises:
        ShotError: the shot is too short for the clock.
        AudioError: the file cannot be read.
    """
    from emogene.audio.voice import open_voice
    from emogene.resample import frame_count

    shot = given.shot
    heard = sum(len(piece) for piece in open_voice(shot, given.recordings).pieces()) / SAMPLE_RATE
    count = min(frame_count(heard, shot.fps), frame_count(seconds, shot.fps))
    if count < 2:
        raise ShotError("The recording is too short to be played.", "Use one of half a second at least.")
    return count
