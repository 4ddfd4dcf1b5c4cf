"""`emogene corpus ...`: training data from a face model and synthetic speech."""

from pathlib import Path
from typing import Annotated

import typer

from emogene.cli_progress import progress_bar

app = typer.Typer(help="Make training data from a face model and synthetic speech.", no_args_is_help=True)

FaceModelFile = Annotated[
    Path, typer.Option("--face-model", help="The packed face model, made by 'emogene corpus pack'.")
]
Out = Annotated[Path, typer.Option(help="Folder for the corpus.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same corpus.")]
Workers = Annotated[int, typer.Option(min=1, help="Work on so many parts at once.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing unless something is wrong.")]


@app.command("pack")
def pack(
    checkout: Annotated[Path, typer.Argument(help="A checkout of ICT-FaceKit.")],
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("ict_facekit.npz"),
    quiet: Quiet = False,
) -> None:
    """Pack a checkout of ICT-FaceKit into one file, which the other commands read."""
    from .ict_checkout import pack_checkout

    with progress_bar(1.0, quiet) as advance:
        pack_checkout(checkout, out, lambda done, total: advance(done / total, "Reading shapes"))
    _say(f"Wrote {out}.", quiet)


@app.command("speech")
def speech(
    out: Out,
    minutes: Annotated[float, typer.Option(min=0.1, help="Length of all files together.")] = 150.0,
    seed: Seed = 0,
    workers: Workers = 2,
    quiet: Quiet = False,
) -> None:
    """Speech of many voices with the times of all phones, for the speech encoder."""
    from .speech_corpus import make_speech_corpus

    with progress_bar(minutes, quiet) as advance:
        index = make_speech_corpus(out, minutes, seed, workers, lambda done, _: advance(done, "Speaking"))
    length = sum(entry.seconds for entry in index.files) / 60
    _say(f"Wrote {len(index.files)} files, {length:.1f} minutes, to {out}.", quiet)


@app.command("landmarks")
def landmarks(
    face_model: FaceModelFile,
    out: Out,
    clips: Annotated[int, typer.Option(min=1, help="Clips of 4 to 8 seconds.")] = 1300,
    seed: Seed = 0,
    workers: Workers = 2,
    quiet: Quiet = False,
) -> None:
    """The same speech in neutral and in emotion, of many identities, as 68 landmarks at 25 fps."""
    from .landmark_corpus import make_landmark_corpus

    with progress_bar(clips, quiet, counted=True) as advance:
        index = make_landmark_corpus(
            face_model, out, clips, seed, workers, lambda done, _: advance(done, "Performing clips")
        )
    length = sum(entry.seconds for entry in index.clips) / 60
    _say(f"Wrote {len(index.clips)} clips, {length:.1f} minutes, to {out}.", quiet)


@app.command("pictures")
def pictures(
    face_model: FaceModelFile,
    out: Out,
    frames: Annotated[int, typer.Option(min=1, help="Pictures to make.")] = 4400,
    size: Annotated[int, typer.Option(min=32, help="Width and height in pixels.")] = 512,
    seed: Seed = 0,
    workers: Workers = 2,
    quiet: Quiet = False,
) -> None:
    """One actor in pictures over all emotions and visemes, with camera and pose of each, for the head field."""
    from .pictures import make_pictures

    with progress_bar(frames, quiet, counted=True) as advance:
        make_pictures(face_model, out, frames, size, seed, workers, advance)
    _say(f"Wrote {frames} pictures to {out}.", quiet)


def _say(sentence: str, quiet: bool) -> None:
    if not quiet:
        typer.echo(sentence)
