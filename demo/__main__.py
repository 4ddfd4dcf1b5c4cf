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
from emogene.emotion.key_syntax import parse_key
from emogene_proto.errors import ShotError

ROOT = Path(__file__).resolve().parents[1]
VOICE = Path(__file__).with_name("voice.flac")
BUNDLED_EMOTIONS = ("0:happy:0.9", "3.35:surprised:0.9", "5.5:angry:0.9", "8.1:sad:0.9")
"""What fits the bundled voice, see make_voice.py."""


@dataclass(frozen=True)
class DemoJob:
    """All that the Blender process needs to know."""

    addon_zip: str
    backend_python: str
    voice: str
    emotions: list[tuple[float, str, float]]
    """Seconds, emotion, intensity; empty sets four evenly."""
    size: int
    actor: str
    actors_folder: str
    connection_file: str
    out: str


def main() -> int:
    options = _parse()
    out = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    try:
        print("Building the extension")
        zip_path = build_addon.build_all(
            ROOT / "dist",
            [build_addon.default_form()],
            [build_addon.this_platform()],
            ROOT / "constraints.txt",
        )[0]
    except build_addon.BuildError as error:
        print(f"The extension could not be built. {error}", file=sys.stderr)
        return 1
    voice = options.audio or VOICE
    texts = options.emotion or (BUNDLED_EMOTIONS if options.audio is None else ())
    emotions = [read_emotion(text) for text in texts]
    with tempfile.TemporaryDirectory(prefix="emogene_demo_") as folder:
        job = DemoJob(
            addon_zip=str(zip_path),
            backend_python=sys.executable,
            voice=str(voice.resolve()),
            emotions=emotions,
            size=options.size,
            actor=options.actor,
            actors_folder=str(options.actors.resolve()) if options.actors else "",
            connection_file=str(Path(folder) / "backend.json"),
            out=str(out),
        )
        try:
            code = _run_blender(job, Path(folder))
        except KeyboardInterrupt:
            code = 130
    if code != 0:
        return code
    print("Drawing contact_sheet.png and landmarks.png")
    pictures.draw(out, voice)
    _say_where(out, time.monotonic() - began)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py demo", description="The whole product in real Blender.")
    parser.add_argument("--audio", type=Path, help="a recorded voice instead of the bundled one")
    parser.add_argument(
        "--emotion", nargs="+", action="extend", metavar="SECONDS:NAME:INTENSITY", help="e.g. 0:happy:0.8 2.5:angry:0.6"
    )
    parser.add_argument("--size", type=int, default=256, help="picture width and height in pixels (default 256)")
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
    if not 16 <= options.size <= 4096:
        parser.error("--size is 16 to 4096 pixels")
    return options


def read_emotion(text: str) -> tuple[float, str, float]:
    """Seconds, emotion and intensity of a key as the command line takes it.

    Raises:
        ShotError: not of that form, or before the voice begins, where the timeline has no place for a marker.
    """
    key = parse_key(text)
    if key.seconds < 0.0:
        raise ShotError(f"'{text}' lies before the voice.", "Seconds begin at 0.")
    return key.seconds, key.emotion, key.intensity


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
