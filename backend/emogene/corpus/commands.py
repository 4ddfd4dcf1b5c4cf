"""`emogene corpus ...`: training data from a face model and synthetic speech, and from people."""

from pathlib import Path
from typing import Annotated

import typer

from emogene.cli_progress import progress_bar
from emogene_proto.errors import CorpusError

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


@app.command("recordings")
def recordings(
    folders: Annotated[list[Path], typer.Argument(help="Folders with the lists text, wav.scp and utt2spk.")],
    out: Out,
    name: Annotated[str, typer.Option(help="Name of the collection.")],
    lexicon: Annotated[
        Path | None, typer.Option(help="Words and their phones, beside the built-in dictionary.")
    ] = None,
    workers: Workers = 2,
    quiet: Quiet = False,
) -> None:
    """Align recordings of people with their English words, for the speech encoder."""
    from .recorded_speech import make_recorded_corpus

    with progress_bar(1.0, quiet) as advance:
        index, left_out = make_recorded_corpus(
            folders, out, name, lexicon, workers, lambda done, total: advance(done / total, "Aligning recordings")
        )
    length = sum(entry.seconds for entry in index.files) / 60
    _say(f"Wrote {len(index.files)} recordings, {length:.1f} minutes, to {out}.", quiet)
    if left_out:
        named = ", ".join(left_out[:5]) + (", ..." if len(left_out) > 5 else "")
        _say(f"Left out {len(left_out)} that are damaged or do not follow their words: {named}.", quiet)


@app.command("landmarks")
def landmarks(
    face_model: FaceModelFile,
    out: Out,
    clips: Annotated[int, typer.Option(min=1, help="Clips of 4 to 8 seconds.")] = 1800,
    recordings: Annotated[
        Path | None, typer.Option(help="Corpus of people's speech; they then speak half of the training clips.")
    ] = None,
    seed: Seed = 0,
    workers: Workers = 2,
    quiet: Quiet = False,
) -> None:
    """The same speech in neutral and in emotion, of many identities, as 68 landmarks at 25 fps."""
    from .landmark_corpus import make_landmark_corpus

    with progress_bar(clips, quiet, counted=True) as advance:
        index = make_landmark_corpus(
            face_model, out, clips, seed, workers, lambda done, _: advance(done, "Performing clips"), recordings
        )
    length = sum(entry.seconds for entry in index.clips) / 60
    _say(f"Wrote {len(index.clips)} clips, {length:.1f} minutes, to {out}.", quiet)


@app.command("video")
def video(
    videos: Annotated[list[Path], typer.Argument(help="Videos of one person who speaks to the camera.")],
    out: Out,
    speaker: Annotated[str, typer.Option(help="Name of the person.")] = "person",
    emotion: Annotated[str, typer.Option(help="What the person shows in these videos.")] = "neutral",
    clip_seconds: Annotated[str, typer.Option(help="Shortest and longest clip.")] = "4-8",
    rest_seconds: Annotated[
        list[str] | None,
        typer.Option(help="From-to in the video, with closed, relaxed lips, e.g. 12.0-12.6; once per video."),
    ] = None,
    eye_distance_mm: Annotated[
        float, typer.Option(help="Between the outer corners of the person's eyes; gives the scale.")
    ] = 89.0,
    quiet: Quiet = False,
) -> None:
    """A person's own way of speaking, tracked in videos, as 68 landmarks at 25 fps."""
    from .video_corpus import VideoSettings, make_video_corpus

    shortest, longest = _from_to("--clip-seconds", clip_seconds)
    settings = VideoSettings(speaker, emotion, shortest, longest, eye_distance_mm)
    rests = [_from_to("--rest-seconds", text) for text in rest_seconds or ()]
    with progress_bar(len(videos), quiet) as advance:
        index, reports = make_video_corpus(videos, out, settings, rests, advance)
    for report in reports:
        _say("\n".join(report.lines()), quiet)
    counts = ", ".join(f"{sum(c.split == split for c in index.clips)} {split}" for split in ("train", "val"))
    _say(
        f"Wrote {len(index.clips)} clips ({counts}) to {out}. One person is in both: they are split by clip.",
        quiet,
    )


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


def _from_to(option: str, text: str) -> tuple[float, float]:
    """Two numbers of seconds with a dash between."""
    try:
        first, last = (float(part) for part in text.split("-"))
    except ValueError as error:
        raise CorpusError(f"{option} '{text}' is not two numbers of seconds.", "Write it like 4-8.") from error
    if not 0.0 <= first < last < float("inf"):
        raise CorpusError(f"{option} '{text}' ends before it begins.", "Write the smaller number first, like 4-8.")
    return first, last


def _say(sentence: str, quiet: bool) -> None:
    if not quiet:
        typer.echo(sentence)
