"""The demo from its command to its files, with a tiny actor and a short voice of one's own."""

import os
import subprocess
import sys
from pathlib import Path

import av
import pytest
import soundfile
from PIL import Image

pytest.importorskip("bpy", reason="needs the bpy wheel, which run.py setup installs")

ROOT = Path(__file__).parents[2]
SECONDS = 1.6

pytestmark = pytest.mark.blender

OPENED_AGAIN = """
import bpy, sys
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
scene = bpy.context.scene
strips = {strip.type: (strip.frame_final_start, strip.frame_final_duration) for strip in scene.sequence_editor.strips}
keyed = [o for o in bpy.data.objects if o.animation_data and o.animation_data.action]
markers = sorted((marker.frame, marker.name) for marker in scene.timeline_markers)
print(repr((scene.render.fps, strips, len(keyed), markers)))
"""


def run_demo(*arguments: object, cache: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "demo", *map(str, arguments)]
    environment = {**os.environ, "EMOGENE_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def demo(tiny_actor, tmp_path_factory) -> Path:
    """The demo's output folder."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "actors").mkdir()
    (folder / "actors" / "tiny").symlink_to(tiny_actor)
    samples, rate = soundfile.read(ROOT / "demo" / "voice.flac", dtype="float32")
    soundfile.write(folder / "own voice.wav", samples[: int(SECONDS * rate)], rate)
    done = run_demo(
        *("--audio", folder / "own voice.wav", "--emotion", "0:happy:0.8", "0.75:sad:0.6+happy:0.2@0.3,ease_in"),
        *("--actor", "tiny", "--actors", folder / "actors", "--size", 64, "--out", folder / "out"),
        cache=folder / "cache",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("demo.blend", "demo.mp4", "contact_sheet.png", "landmarks.png"):
        assert str(folder / "out" / name) in done.stdout, "it says where its files are"
    return folder / "out"


def test_the_blend_opened_again_has_everything_at_24_frames(demo):
    command = [sys.executable, "-c", OPENED_AGAIN, demo / "demo.blend"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    fps, strips, keyed, markers = eval(printed.strip().splitlines()[-1])
    assert fps == 24
    assert strips["IMAGE"] == strips["COLOR"] == (1, 39)
    assert strips["SOUND"] in ((1, 38), (1, 39)), "Blender rounds 38.4 frames of sound its own way"
    assert keyed == 69, "68 landmarks and the head"
    assert markers == [(1, "happy 0.8"), (19, "sad 0.6 + happy 0.2")]


def test_picture_and_sound_of_the_film_are_equally_long(demo):
    with av.open(str(demo / "demo.mp4")) as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        assert (picture.width, picture.height, picture.average_rate) == (64, 64, 24)
        lengths = [float(stream.duration * stream.time_base) for stream in (picture, sound)]
        loudest = max(abs(frame.to_ndarray()).max() for frame in film.decode(audio=0))
    assert lengths[0] == pytest.approx(39 / 24, abs=0.01)
    assert lengths[1] == pytest.approx(lengths[0], abs=1 / 24)
    assert loudest > 0.1, "the voice is heard"


def test_the_pictures_can_be_opened(demo):
    with Image.open(demo / "contact_sheet.png") as sheet, Image.open(demo / "landmarks.png") as curves:
        assert sheet.width > 8 * 64 and curves.width > 800


def test_nothing_else_is_left(demo):
    assert sorted(path.name for path in demo.iterdir()) == [
        "contact_sheet.png",
        "demo.blend",
        "demo.mp4",
        "emogene",
        "landmarks.png",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--emotion", "1:hapy:0.5"], "'hapy:0.5' in '1:hapy:0.5' is not an emotion"),
        (["--emotion", "happy"], "Write SECONDS:EMOTION:INTENSITY"),
        (["--emotion", "1:happy:7"], "'happy:7' in '1:happy:7' has an intensity above 1"),
        (["--audio", "no such file.wav"], "is not there"),
        (["--size", "5"], "16 to 4096"),
    ],
)
def test_nonsense_is_refused_before_anything_starts(arguments, said, tmp_path):
    done = run_demo(*arguments, "--out", tmp_path / "out", cache=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_voice_that_is_none_is_refused_before_anything_is_written(tmp_path):
    text = tmp_path / "text.wav"
    text.write_text("This is no recording.")
    done = run_demo("--audio", text, "--out", tmp_path / "out", cache=tmp_path)
    assert done.returncode == 2
    assert "text.wav" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
