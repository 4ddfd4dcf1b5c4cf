"""`emogene evaluate ...`: how good what was built is, in figures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from emogene.cli_progress import progress_bar

if TYPE_CHECKING:
    from emogene.evaluation.emotion_material import EmotionMaterial
    from emogene.evaluation.figures import Evaluation
    from emogene.evaluation.material import Material

app = typer.Typer(help="Measure how good the models are.", no_args_is_help=True)

SYNCNET = Path(__file__).with_name("bundled") / "syncnet.safetensors"


@app.callback()
def _evaluate() -> None:
    """Measure how good the models are."""


@app.command("motion")
def motion(
    corpus: Annotated[Path, typer.Option(help="A landmark corpus; its test split is used.")],
    speech: Annotated[Path, typer.Option(help="A folder with recordings of people and transcripts.txt.")],
    actor: Annotated[str, typer.Option(help="'bundled', an actor's folder, or an .actor file.")] = "bundled",
    syncnet: Annotated[
        Path, typer.Option(help="A SyncNet, made by 'emogene train syncnet'.", show_default="the one that came along")
    ] = SYNCNET,
    json: Annotated[Path | None, typer.Option(help="Write the figures to this file too.")] = None,
    plots: Annotated[Path | None, typer.Option(help="Draw the lips over each recording into this folder.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Measure this figure only. Repeat it for more.")] = None,
    clips: Annotated[
        int | None, typer.Option(min=1, help="Use only the first so many clips and recordings, for a quick look.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no table.")] = False,
) -> None:
    """Measure voice to motion: errors, lips that close, pauses, synchrony, speed and memory."""
    from emogene.actors.pack import load_actor
    from emogene.evaluation.material import Material
    from emogene.evaluation.motion import evaluate

    material = Material(load_actor(actor), corpus, speech, syncnet, clips)
    with progress_bar(1.0, quiet) as advance:
        evaluation = evaluate(material, only or (), advance)
        if plots is not None:
            _draw(material, plots)
    _report(evaluation, json, quiet)


def _draw(material: "Material", folder: Path) -> None:
    from emogene.evaluation.lips_plot import write_lips_plot

    folder.mkdir(parents=True, exist_ok=True)
    for one in material.spoken_recordings:
        write_lips_plot(folder / f"{one.recording.name}.png", one)


@app.command("emotion")
def emotion(
    corpus: Annotated[
        Path, typer.Option(help="A landmark corpus; its test split is used, readers learn from 'train'.")
    ],
    speech: Annotated[Path, typer.Option(help="A folder with recordings of people and transcripts.txt.")],
    actor: Annotated[str, typer.Option(help="'bundled', an actor's folder, or an .actor file.")] = "bundled",
    json: Annotated[Path | None, typer.Option(help="Write the figures to this file too.")] = None,
    plots: Annotated[
        Path | None, typer.Option(help="Draw faces, confusions and a change of emotion into this folder.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Measure this figure only. Repeat it for more.")] = None,
    clips: Annotated[
        int | None, typer.Option(min=1, help="Use only the first so many clips and recordings, for a quick look.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no table.")] = False,
) -> None:
    """Measure emotion: is it read as it was asked for, do lips survive it, does a key jump, how soon is it planned."""
    from emogene.actors.pack import load_actor
    from emogene.evaluation.emotion import evaluate
    from emogene.evaluation.emotion_material import EmotionMaterial

    material = EmotionMaterial(load_actor(actor), corpus, speech, clips)
    with progress_bar(1.0, quiet) as advance:
        evaluation = evaluate(material, only or (), advance)
        if plots is not None:
            _draw_emotion(material, plots)
    _report(evaluation, json, quiet)


def _draw_emotion(material: "EmotionMaterial", folder: Path) -> None:
    from emogene.evaluation.emotion_plots import write_change_plot, write_confusion_plot, write_faces_plots

    folder.mkdir(parents=True, exist_ok=True)
    write_faces_plots(folder, material)
    write_confusion_plot(folder / "confusion.png", material)
    write_change_plot(folder / "change.png", material)


@app.command("idle")
def idle(
    poses: Annotated[Path, typer.Option(help="A JSON file of head poses tracked in a real video.")],
    speech: Annotated[Path, typer.Option(help="A folder with recordings of people and transcripts.txt.")],
    actor: Annotated[str, typer.Option(help="'bundled', an actor's folder, or an .actor file.")] = "bundled",
    json: Annotated[Path | None, typer.Option(help="Write the figures to this file too.")] = None,
    plots: Annotated[Path | None, typer.Option(help="Draw poses, pauses and life into this folder.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Measure this figure only. Repeat it for more.")] = None,
    recordings: Annotated[
        int | None, typer.Option(min=1, help="Use only the first so many recordings, for a quick look.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no table.")] = False,
) -> None:
    """Measure idle: how the head rests, how alive it stays, and whether speech and pauses meet without a jerk."""
    from emogene.actors.pack import load_actor
    from emogene.evaluation.idle import evaluate
    from emogene.evaluation.idle_material import IdleMaterial

    material = IdleMaterial(load_actor(actor), poses, speech, recordings)
    with progress_bar(1.0, quiet) as advance:
        evaluation = evaluate(material, only or (), advance)
        if plots is not None:
            from emogene.evaluation.idle_plots import write_idle_plots

            write_idle_plots(plots, material)
    _report(evaluation, json, quiet)


@app.command("picture")
def picture(
    corpus: Annotated[Path, typer.Option(help="The picture corpus that the actor was trained on; its held-out part.")],
    face_model: Annotated[Path, typer.Option(help="The face model that the corpus was made from, an NPZ file.")],
    actor: Annotated[str, typer.Option(help="'bundled', an actor's folder, or an .actor file.")] = "bundled",
    json: Annotated[Path | None, typer.Option(help="Write the figures to this file too.")] = None,
    plots: Annotated[
        Path | None, typer.Option(help="Draw faces, mouths, eyes and errors beside the truth into this folder.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Measure this figure only. Repeat it for more.")] = None,
    frames: Annotated[int, typer.Option(min=8, help="Compare so many held-out pictures.")] = 128,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no table.")] = False,
) -> None:
    """Measure pictures: likeness on held-out frames and from aside, landmarks, and flicker."""
    from emogene.actors.pack import load_actor
    from emogene.evaluation.picture import evaluate
    from emogene.evaluation.picture_material import PictureMaterial

    material = PictureMaterial(load_actor(actor), corpus, face_model, frames)
    with progress_bar(1.0, quiet) as advance:
        evaluation = evaluate(material, only or (), advance)
        if plots is not None:
            from emogene.evaluation.picture_sheets import write_sheets

            write_sheets(plots, material, advance)
    _report(evaluation, json, quiet)


def _report(evaluation: "Evaluation", json: Path | None, quiet: bool) -> None:
    """Write the figures, and show them."""
    from emogene.evaluation.figures import print_evaluation, write_evaluation

    if json is not None:
        write_evaluation(json, evaluation)
    if not quiet:
        print_evaluation(evaluation, Console())
