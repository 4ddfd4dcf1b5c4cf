"""`python -m demo`: a voice and four emotions to a talking head in Blender's sequencer, and pictures to look at.

Blender runs in a process of its own, as it does for an artist; this one only prepares, shows progress and draws.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import build_addon
from demo import pictures
from emogene.audio.load import open_audio
from emogene.emotion.key_syntax import parse_key
from emogene_proto.errors import AudioError, ShotError
from emogene_proto.marker_names import write_name

ROOT = Path(__file__).resolve().parents[1]
VOICE = Path(__file__).with_name("voice.flac")
BUNDLED_EMOTIONS = ("0:happy:0.9", "3.35:surprised:0.9@0.25", "5.5:angry:0.9", "8.1:sad:0.9")
"""What fits the bundled voice, see make_voice.py."""
_KEY_HELP = "SECONDS:EMOTION:INTENSITY, e.g. 0:happy:0.8 2.5:angry:0.6, or as `emogene render --help` has them"


@dataclass(frozen=True)
class DemoMarker:
    """An emotion on the timeline."""

    seconds: float
    emotion: str
    intensity: float
    name: str
    """Says more than emotion and intensity where several are mixed."""
    transition_seconds: float
    easing: str


@dataclass(frozen=True)
class DemoJob:
    """All that the Blender process needs to know."""

    addon_zip: str
    backend_python: str
    voice: str
    emotions: list[DemoMarker]
    """Empty sets four evenly."""
    size: int
    actor: str
    actors_folder: str
    connection_file: str
    out: str


def main() -> int:
    options = _parse()
    out, voice = options.out.resolve(), (options.audio or VOICE).resolve()
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    try:
        zip_path = _build()
    except build_addon.BuildError as error:
        print(f"The extension could not be built. {error}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="emogene_demo_") as folder:
        try:
            code = _run_blender(_job(options, zip_path, voice, Path(folder), out), Path(folder))
        except KeyboardInterrupt:
            code = 130
    if code != 0:
        return code
    print("Drawing contact_sheet.png and landmarks.png")
    pictures.draw(out, voice)
    _say_where(out, time.monotonic() - began)
    return 0


def _build() -> Path:
    """The extension's zip file for this computer.

    Raises:
        BuildError: it could not be built.
    """
    print("Building the extension")
    forms, platforms = [build_addon.default_form()], [build_addon.this_platform()]
    return build_addon.build_all(ROOT / "dist", forms, platforms, ROOT / "constraints.txt")[0]


def _job(options: argparse.Namespace, zip_path: Path, voice: Path, folder: Path, out: Path) -> DemoJob:
    texts = options.emotion or (BUNDLED_EMOTIONS if options.audio is None else ())
    return DemoJob(
        addon_zip=str(zip_path),
        backend_python=sys.executable,
        voice=str(voice),
        emotions=[read_emotion(text) for text in texts],
        size=options.size,
        actor=options.actor,
        actors_folder=str(options.actors.resolve()) if options.actors else "",
        connection_file=str(folder / "backend.json"),
        out=str(out),
    )


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py demo", description="The whole product in real Blender.")
    parser.add_argument("--audio", type=Path, help="a recorded voice instead of the bundled one")
    parser.add_argument("--emotion", nargs="+", action="extend", metavar="KEY", help=_KEY_HELP)
    parser.add_argument("--size", type=int, default=512, help="picture width and height in pixels (default 512)")
    parser.add_argument("--actor", default="bundled", help="an actor that the backend offers")
    parser.add_argument("--actors", type=Path, metavar="FOLDER", help="a folder with actor packs of your own")
    parser.add_argument("--out", type=Path, default=ROOT / "out", help="folder for the results (default out)")
    options = parser.parse_args()
    try:
        for text in options.emotion or ():
            read_emotion(text)
    except ShotError as error:
        parser.error(str(error))
    if options.audio is not None and not options.audio.is_file():
        parser.error(f"the audio file {options.audio} is not there; give the path of a recording")
    if options.audio is not None:
        try:
            next(open_audio(options.audio).pieces())
        except AudioError as error:
            parser.error(str(error))
    if not 16 <= options.size <= 4096:
        parser.error("--size is 16 to 4096 pixels")
    return options


def read_emotion(text: str) -> DemoMarker:
    """The marker for a key as the command line takes it.

    Raises:
        ShotError: not of that form, or before the voice begins, where the timeline has no place for a marker.
    """
    key = parse_key(text)
    if key.seconds < 0.0:
        raise ShotError(f"'{text}' lies before the voice.", "Seconds begin at 0.")
    name = write_name(key.emotion, key.intensity, key.also)
    return DemoMarker(key.seconds, key.emotion, key.intensity, name, key.transition_seconds, key.easing)


def _run_blender(job: DemoJob, folder: Path) -> int:
    """Run the artist's part in a Blender without the user's settings: nothing of theirs is read or changed."""
    job_file = folder / "job.json"
    job_file.write_text(json.dumps(asdict(job)), encoding="utf-8")
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(folder / "blender")}
    command = [sys.executable, "-u", str(Path(__file__).with_name("in_blender.py")), str(job_file)]
    return subprocess.run(command, env=environment, check=False).returncode


def _say_where(out: Path, seconds: float) -> None:
    print(f"\nDone in {seconds:.0f} s:")
    for name, what in (
        ("demo.blend", "the scene: voice, markers, keyed empties, pictures"),
        ("demo.mp4", "picture and sound, as Blender's sequencer plays them"),
        ("contact_sheet.png", "emotions by time"),
        ("landmarks.png", "mouth opening and emotion weights over the waveform"),
    ):
        print(f"  {out / name}  {what}")


if __name__ == "__main__":
    sys.exit(main())
