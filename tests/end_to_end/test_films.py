"""Films from the command line, as a farm makes them: killed, split, shared, taken elsewhere, always the same bytes."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest
from command_line import emogene, pictures, started, write_voice
from PIL import Image

KEYS = ("--emotion", "0:happy:0.8", "--emotion", "0.5:angry:0.6")


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    """A folder with a voice, and an undisturbed render of it."""
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def undisturbed(work, tiny_actor) -> Path:
    voice, out = write_voice(work / "voice.wav"), work / "undisturbed"
    done = emogene("render", voice, *KEYS, "--actor", tiny_actor, "--size", 256, "--out", out, "--quiet")
    assert done.returncode == 0, done.stderr
    return out


def killed_in_the_middle(out: Path, least: int, *arguments: object) -> None:
    """Run a render and kill it, without a chance to say goodbye, once so many frames are there."""
    with started("render", *arguments, "--out", out) as process:
        deadline = time.monotonic() + 240
        while len(list(out.glob("frame_*"))) < least and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        process.kill()
        process.wait()
    assert len(list(out.glob("frame_*"))) >= least


def test_a_render_that_is_killed_again_and_again_ends_with_the_same_bytes(work, undisturbed):
    out = work / "killed"
    for least in (3, 9, 16):
        killed_in_the_middle(out, least, undisturbed / "shot.json")
        assert pictures(out).items() <= pictures(undisturbed).items(), "a file of a frame's name is whole"
    done = emogene("render", undisturbed / "shot.json", "--out", out)
    assert done.returncode == 0 and "of them finished before" in done.stdout
    assert pictures(out) == pictures(undisturbed)
    assert (out / "landmarks.npz").read_bytes() == (undisturbed / "landmarks.npz").read_bytes()
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in undisturbed.iterdir())


def test_two_chunks_at_once_in_one_folder_with_a_plan_made_before_are_the_whole(work, undisturbed):
    out, plan = work / "chunks", work / "plan.npz"
    assert emogene("landmarks", undisturbed / "shot.json", "--out", plan, "--quiet").returncode == 0
    chunks = [
        started("render", undisturbed / "shot.json", "--plan", plan, "--frames", part, "--out", out)
        for part in ("1-17", "16-31")
    ]
    assert [chunk.wait(300) for chunk in chunks] == [0, 0]
    assert pictures(out) == pictures(undisturbed)
    joined = emogene("join", undisturbed / "shot.json", "--frames-dir", out, "--out", work / "chunks.mp4")
    whole = emogene("join", undisturbed / "shot.json", "--frames-dir", undisturbed, "--out", work / "whole.mp4")
    assert (joined.returncode, whole.returncode) == (0, 0), joined.stderr + whole.stderr
    assert (work / "chunks.mp4").read_bytes() == (work / "whole.mp4").read_bytes()


def test_workers_draw_the_same_bytes(work, undisturbed):
    done = emogene("render", undisturbed / "shot.json", "--workers", 2, "--out", work / "workers")
    assert done.returncode == 0, done.stderr
    assert pictures(work / "workers") == pictures(undisturbed)


def test_a_plan_of_another_shot_is_refused(work, undisturbed, tiny_actor):
    given = ("render", work / "voice.wav", "--actor", tiny_actor, "--size", 32, "--plan", undisturbed / "landmarks.npz")
    done = emogene(*given, "--emotion", "0:sad", "--out", work / "refused")
    assert done.returncode == 2 and "landmarks.npz is the plan of another shot" in done.stderr
    assert not (work / "refused").exists()
    taken = emogene(*given, *KEYS, "--frames", 1, "--out", work / "taken")
    assert taken.returncode == 0, "another size is the same plan"


def test_progress_for_programs_is_a_line_of_json_for_each_frame(work, undisturbed, tiny_actor):
    out = work / "told"
    given = ("render", undisturbed / "shot.json", "--out", out, "--progress", "json")
    first = emogene(*given, "--frames", "1-3")
    events = [json.loads(line) for line in first.stdout.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds[0] == "plan" and kinds[-5:] == ["start", "frame", "frame", "frame", "done"] and first.stderr == ""
    assert (events[-5]["first"], events[-5]["last"], events[-5]["total"]) == (1, 3, 3)
    counted = [(event["frame"], event["done"], event["total"]) for event in events[-4:-1]]
    assert counted == [(1, 1, 3), (2, 2, 3), (3, 3, 3)]
    (out / "frame_0004.png").mkdir()
    second = emogene(*given, "--frames", "2-5")
    events = [json.loads(line) for line in second.stdout.splitlines()]
    assert second.returncode == 3 and "1 of 4 frames failed: 4." in second.stderr
    assert [event["reused"] for event in events if event["event"] == "frame"] == [1, 2, 2]
    assert [event["frame"] for event in events if event["event"] == "failed" and "frame" in event] == [4]
    assert events[-1]["event"] == "failed" and events[-1]["failed"] == [4]
    assert "done" not in [event["event"] for event in events]


def test_a_packed_shot_renders_elsewhere_to_the_same_bytes(work, undisturbed):
    assert emogene("shot", "pack", undisturbed / "shot.json", "--out", work / "packed").returncode == 0
    moved = (work / "packed").rename(work / "in another place")
    checked = emogene("shot", "check", moved / "shot.json", "--frames", "2-4", "--out", moved / "out")
    assert checked.returncode == 0, checked.stdout
    done = emogene("render", "shot.json", "--frames", "2-4", "--out", "out", folder=moved)
    assert done.returncode == 0, done.stderr
    assert len(pictures(moved / "out")) == 3 and pictures(moved / "out").items() <= pictures(undisturbed).items()
    (moved / "voice.wav").unlink()
    (moved / "actor.actor").unlink()
    lacking = emogene("shot", "check", moved / "shot.json", "--json")
    told = json.loads(lacking.stdout)
    assert lacking.returncode == 2 and not told["ready"]
    assert {need["name"] for need in told["needs"] if not need["met"]} == {"audio", "actor"}


def test_a_film_lacks_no_frame(work, undisturbed):
    part = work / "part"
    emogene("render", undisturbed / "shot.json", "--frames", "3-6", "--out", part, "--quiet")
    given = ("join", undisturbed / "shot.json", "--frames-dir", part, "--out", work / "part.mov")
    done = emogene(*given)
    assert done.returncode == 2 and "27 are missing, damaged or of another shot: 1-2, 7-31" in done.stderr
    assert not (work / "part.mov").exists()
    assert emogene(*given, "--frames", "3-6").returncode == 0
    with av.open(str(work / "part.mov")) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["prores", "pcm_s24le"]
        frames = [frame.to_ndarray(format="rgba") for frame in container.decode(video=0)]
    assert len(frames) == 4
    with Image.open(part / "frame_0003.png") as image:
        alpha = np.asarray(image)[..., 3].astype(int)
    assert np.abs(frames[0][..., 3] - alpha).max() <= 2 and alpha.min() == 0 and alpha.max() > 128


def test_exr_frames_and_their_film_say_shot_face_and_colours(work, undisturbed, tiny_actor):
    out = work / "linear"
    given = ("render", work / "voice.wav", *KEYS, "--actor", tiny_actor, "--size", 32, "--format", "exr")
    done = emogene(*given, "--fps", 29.97, "--frames", "2-3", "--out", out, "--video", work / "linear.mov")
    assert done.returncode == 0, done.stderr
    with OpenEXR.File(str(out / "frame_0002.exr")) as file, np.load(out / "landmarks.npz") as plan:
        header = dict(file.header())
        assert np.array_equal(np.float32(header["emogene/landmarks"]).reshape(68, 3), plan["landmarks"][1])
        assert header["emogene/frame"] == 2 and len(header["emogene/shot"]) == 64
    with av.open(str(work / "linear.mov")) as container:
        assert container.streams.video[0].average_rate * 1001 == 30_000


def test_numbers_of_frames_are_blenders_also_below_zero(work, tiny_actor, undisturbed):
    document = json.loads((undisturbed / "shot.json").read_text())
    (work / "shifted").mkdir()
    document |= {"frame_start": -5, "width": 32, "height": 32}
    (work / "shifted/shot.json").write_text(json.dumps(document))
    done = emogene("render", work / "shifted/shot.json", "--frames", "-5--4", "--out", work / "shifted/out")
    assert done.returncode == 0, done.stderr
    assert set(pictures(work / "shifted/out")) == {"frame_-0005.png", "frame_-0004.png"}


MEASURED = """
import resource, sys
from pathlib import Path
from emogene import cli
code = cli.run(sys.argv[1:])
status = Path("/proc/self/status")
if status.exists():  # what getrusage tells there begins with the parent's memory
    print(int(status.read_text().split("VmHWM:")[1].split()[0]) // 2**10)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**20)
sys.exit(code)
"""


def most_megabytes(*arguments: object) -> int:
    """The most memory that a call takes."""
    command = [sys.executable, "-c", MEASURED, *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=3000)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.splitlines()[-1])


def memory_taken(folder: Path, actor: Path, seconds: float) -> list[int]:
    """Megabytes for planning, rendering, going on with and joining a shot of this length."""
    folder.mkdir()
    voice, out = write_voice(folder / "voice.wav", seconds), folder / "out"
    planning = most_megabytes("landmarks", voice, "--actor", actor, "--out", folder / "plan.npz")
    given = ("render", voice, "--actor", actor, "--size", 16, "--plan", folder / "plan.npz", "--out", out)
    rendering = most_megabytes(*given)
    assert len(pictures(out)) == round(seconds * 24)
    going_on = most_megabytes(*given)
    joining = most_megabytes("join", out / "shot.json", "--frames-dir", out, "--out", folder / "film.mp4")
    with av.open(str(folder / "film.mp4")) as container:
        assert container.streams.video[0].frames == round(seconds * 24)
        assert all(abs(float(each.duration * each.time_base) - seconds) < 1 / 24 for each in container.streams)
    return [planning, rendering, going_on, joining]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell how much memory a process took")
def test_a_longer_shot_takes_little_more_memory(tmp_path, tiny_actor):
    short, longer = (memory_taken(tmp_path / str(seconds), tiny_actor, seconds) for seconds in (2, 20))
    for before, after in zip(short[1:], longer[1:], strict=True):
        assert after - before < 60, (short, longer)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell how much memory a process took")
def test_a_shot_of_twenty_minutes_takes_little_more_memory_than_one_of_two(tmp_path, tiny_actor):
    """28,800 frames: their landmarks are 24 MB, of which some copies are taken, and a line of record each."""
    short, longer = (memory_taken(tmp_path / str(seconds), tiny_actor, seconds) for seconds in (120, 1200))
    for before, after in zip(short, longer, strict=True):
        assert after - before < 150, (short, longer)
    assert len(pictures(tmp_path / "1200/out")) == 28_800


def test_a_shot_of_two_recordings_with_an_edit_is_rendered_broken_off_and_gone_on_with(work, undisturbed, tiny_actor):
    """As Blender writes it: several sound strips on one timeline, and a corner of the mouth moved by hand."""
    write_voice(work / "later.wav", 0.5)
    document = json.loads((undisturbed / "shot.json").read_text())
    document |= {
        "audio": {"path": "voice.wav", "duration_seconds": 0.5},
        "further_audio": [{"audio": {"path": "later.wav"}, "start_seconds": 1.0}],
        "landmark_edits": {"keys": [{"point": 48, "seconds": 0.25, "offset": [-0.01, 0.0, 0.0]}]},
        "actor": str(tiny_actor),
        "width": 32,
        "height": 32,
    }
    (work / "two.json").write_text(json.dumps(document))
    out = work / "two"
    part = emogene("render", work / "two.json", "--frames", "1-20", "--out", out, "--quiet")
    assert part.returncode == 0, part.stderr
    rest = emogene("render", work / "two.json", "--out", out, "--video", work / "two.mp4")
    assert rest.returncode == 0 and "36 frames, 20 of them finished before" in rest.stdout, rest.stdout + rest.stderr
    again = emogene("render", out / "shot.json", "--out", work / "again", "--quiet")
    assert again.returncode == 0 and pictures(work / "again") == pictures(out), again.stderr
    with av.open(str(work / "two.mp4")) as film:
        sound = np.concatenate([np.abs(frame.to_ndarray()).max(0) for frame in film.decode(audio=0)])
    loud = [sound[round(at * 48_000) :][:2400].max() > 0.05 for at in (0.05, 0.4, 0.6, 0.85, 1.05, 1.4)]
    assert loud == [True, True, False, False, True, True]
