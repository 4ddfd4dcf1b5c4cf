"""`emogene actor`: build, check and pack actors."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from emogene.actors.background import STUDIO_GREY
from emogene.actors.coverage import COVERED
from emogene.folders import make_folder
from emogene_proto.errors import ActorError

if TYPE_CHECKING:
    from emogene.actors.pack import Actor

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Pack = Annotated[Path, typer.Argument(metavar="ACTOR", help="An actor's folder or .actor file.", show_default=False)]


@app.command()
def build(
    name: Annotated[str, typer.Option(help="The actor's name.", show_default=False)],
    models: Annotated[Path, typer.Option(help="Folder of the trained model files.", show_default=False)],
    corpus: Annotated[Path, typer.Option(help="The pictures that the head field was trained on.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The pack's folder.", show_default=False)],
    licence: Annotated[str, typer.Option(help="Under which the actor may be used.")] = "Apache-2.0",
    provenance: Annotated[str, typer.Option(help="What the actor was made of.")] = (
        "Synthetic: made from the ICT face model (MIT) and synthetic speech; nobody's likeness or voice."
    ),
    style_scale: Annotated[
        float, typer.Option(help="Size of the actor's motion around rest: 1 is as the models were trained.")
    ] = 1.0,
    background: Annotated[
        str, typer.Option(help="What lies behind the actor: a colour, #rrggbb, a picture's file, or none.")
    ] = STUDIO_GREY,
) -> None:
    """Put a pack together from trained models and the pictures they were trained on; renders its preview."""
    from emogene.actors.assemble import assemble

    if not models.is_dir():
        raise ActorError(f"There is no folder {models}.", "Give --models the folder of the trained model files.")
    actor = assemble(name, licence, provenance, models, corpus, out, style_scale, background)
    size = sum(path.stat().st_size for path in actor.folder.iterdir()) / 1e6
    typer.echo(f"Actor '{actor.name}', {size:.1f} MB: {actor.folder}")
    _tell_coverage(actor)


@app.command()
def motion(
    out: Annotated[Path, typer.Option(help="The head_motion.safetensors to write.", show_default=False)],
    corpus: Annotated[Path | None, typer.Option(help="A landmark corpus.", show_default=False)] = None,
    clips: Annotated[int, typer.Option(help="So many of its clips.")] = 100,
    poses: Annotated[
        list[Path] | None, typer.Option(help="A JSON file of tracked head poses. Repeat it for more.")
    ] = None,
) -> None:
    """Make the bank of head motion that an actor draws from: of a corpus' clips, or of tracked poses."""
    from emogene.actors.assemble import head_motion_from_clips
    from emogene.idle.head_motion import build_bank, save_head_motion
    from emogene.idle.pose_file import read_pose_track

    if (corpus is None) == (not poses):
        raise ActorError("Head motion comes from a corpus or from tracked poses.", "Give --corpus or --poses.")
    if corpus is not None:
        bank = head_motion_from_clips(corpus, clips)
    else:
        bank = build_bank([read_pose_track(path) for path in poses or ()])
    make_folder(out.parent)
    save_head_motion(out, bank)
    rests = bank.rests
    typer.echo(
        f"{len(bank.poses) / 25:.0f} s of head motion from {len(bank.starts)} clips, rests of {rests.shortest} to "
        f"{rests.longest} frames, {rests.gap} apart: {out}"
    )


@app.command()
def check(actor: Pack) -> None:
    """Read every model of a pack and say what it is."""
    from emogene.actors.pack import load_actor

    loaded = load_actor(str(actor))
    for model in ("audio2motion", "ldm", "head_motion", "fields", "rest", "closed_eyes"):
        getattr(loaded, model)
    needed = loaded.features_needed
    if needed.kind == "built-in":
        _ = loaded.speech_features
    manifest = loaded.manifest
    if manifest.background is not None:
        _ = loaded.backdrop
    typer.echo(f"{manifest.name}: {manifest.licence}. {manifest.provenance}")
    typer.echo(f"Pictures {manifest.image.width}x{manifest.image.height} at {manifest.fps} fps")
    if manifest.background is not None:
        typer.echo(f"Its own background is {manifest.background.colour or manifest.background.picture}")
    if needed.kind == "hubert":
        typer.echo(f"Hears through HuBERT '{needed.name}', which is no part of the pack; see 'emogene doctor'")
    _tell_coverage(loaded)
    _tell_views(loaded)


@app.command()
def views(
    actor: Annotated[Path, typer.Argument(metavar="ACTOR", help="An actor's folder.", show_default=False)],
    corpus: Annotated[Path, typer.Option(help="The pictures that the actor was trained on.", show_default=False)],
    face_model: Annotated[
        Path, typer.Option(help="The face model that they were made from, an NPZ file.", show_default=False)
    ],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Measure from where an actor's pictures hold, and write that into its actor.toml: shots are then warned."""
    from msgspec.structs import replace

    from emogene.actors.build import write_manifest
    from emogene.actors.pack import load_actor
    from emogene.cli_progress import progress_bar
    from emogene.evaluation.measured_views import measured_views
    from emogene.evaluation.picture_material import PictureMaterial

    if not actor.is_dir():
        raise ActorError(f"There is no folder {actor}.", "Name an actor's folder; an .actor file is packed after this.")
    loaded = load_actor(str(actor))
    with progress_bar(1.0, quiet) as advance:
        coverage = measured_views(
            PictureMaterial(loaded, corpus, face_model),
            lambda done, total: advance(done / total, "Looking from all sides"),
        )
    write_manifest(loaded.folder, replace(loaded.manifest, view_coverage=coverage))
    _tell_views(load_actor(str(actor)))


@app.command()
def pack(
    actor: Pack,
    out: Annotated[Path, typer.Option(help="The .actor file to write.", show_default=False)],
) -> None:
    """Pack an actor's folder into one .actor file."""
    from emogene.actors.archive import write_archive

    write_archive(actor, out)
    typer.echo(f"{out.stat().st_size / 1e6:.1f} MB: {out}")


def _tell_coverage(actor: "Actor") -> None:
    """How far each emotion lies from what the actor was pictured with."""
    coverage = actor.manifest.emotion_coverage
    if coverage is None:
        typer.echo("It does not tell which emotions its pictures cover; build it again to know")
        return
    told = ", ".join(f"{intensity:g}" for intensity in coverage.intensities)
    typer.echo(
        f"How far emotions lie from its pictures at intensities {told} (1 is usual; over {COVERED:g} looks wrong)"
    )
    for emotion, row in coverage.distances.items():
        distances = "  ".join(f"{distance:5.2f}" for distance in row)
        typer.echo(f"  {emotion:<10} {distances}   covered up to {coverage.covered_to(emotion):.2f}")


def _tell_views(actor: "Actor") -> None:
    """From where the actor's pictures can be trusted, at heights of the head's own."""
    from emogene.render.view_confidence import angle_confidence

    coverage = actor.manifest.view_coverage
    if coverage is None:
        typer.echo("It does not tell from where its pictures hold; 'emogene actor views' measures it")
        return
    typer.echo(
        f"Pictured from {coverage.pictured_yaw:.0f} degrees aside, {coverage.pictured_pitch:.0f} above and below, and "
        f"{coverage.nearest_metres:.2f} m away. PSNR by yaw (columns) and pitch, and confidence from the side:"
    )
    typer.echo("             " + "  ".join(f"{yaw:+5.0f}" for yaw in coverage.yaws))
    for pitch, row in zip(coverage.pitches, coverage.psnr, strict=True):
        typer.echo(f"  {pitch:+5.0f}      " + "  ".join(f"{psnr:5.1f}" for psnr in row))
    trusted = angle_confidence(coverage, np.array([(yaw, 0.0) for yaw in coverage.yaws]))
    typer.echo("  confidence " + "  ".join(f"{one:5.2f}" for one in trusted))
