"""The program `emogene` as people and farms run it: real processes, real files."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest
from command_line import FRAMES, SECONDS, contents, emogene, write_voice, write_wav
from PIL import Image

from emogene import cli
from emogene_proto.backend_note import noted_python
from emogene_proto.quick_check import QuickCheck

KEYS = ("--emotion", "0:happy:0.8", "--emotion", "0.5:angry:0.6")


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    """A folder with a voice, and three renders of it: twice the whole, once a part."""
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def voice(work) -> Path:
    return write_voice(work / "voice.wav")


@pytest.fixture(scope="module")
def whole(work, voice, tiny_actor) -> Path:
    out = work / "whole"
    done = emogene(
        *("render", voice, *KEYS, "--actor", tiny_actor, "--size", 32, "--out", out, "--video", work / "whole.mp4")
    )
    assert done.returncode == 0, done.stderr
    return out


def test_a_render_writes_frames_shot_and_landmarks(whole):
    names = [f"frame_{n:04d}.png" for n in range(1, FRAMES + 1)]
    assert sorted(path.name for path in whole.iterdir()) == sorted([*names, ".emogene", "landmarks.npz", "shot.json"])
    with Image.open(whole / names[0]) as image:
        pixels = np.asarray(image)
    assert pixels.shape == (32, 32, 4)
    assert pixels[0, 0, 3] == 0 and pixels[16, 16, 3] > 128
    with np.load(whole / "landmarks.npz") as planned:
        assert planned["landmarks"].shape == (FRAMES, 68, 3) and planned["poses"].shape == (FRAMES, 4, 4)
        assert planned["weights"].shape == (FRAMES, 8) and planned["gaze"].shape == (FRAMES, 2)
        assert planned["fps"] == 24.0
        assert planned["weights"][0, 5] == np.float32(0.8)


def test_the_shot_document_is_complete_and_relative(whole, voice):
    shot = json.loads((whole / "shot.json").read_text())
    assert shot["audio"] == {
        "duration_seconds": None,
        "offset_seconds": 0.0,
        "path": "../voice.wav",
        "sha256": hashlib.sha256(voice.read_bytes()).hexdigest(),
    }
    assert [(key["seconds"], key["emotion"], key["intensity"]) for key in shot["emotions"]] == [
        (0.0, "happy", 0.8),
        (0.5, "angry", 0.6),
    ]


def test_a_second_run_gives_the_same_bytes_and_a_part_equals_the_whole(work, voice, whole, tiny_actor):
    given = ("render", voice, *KEYS, "--actor", tiny_actor, "--size", 32, "--quiet")
    assert emogene(*given, "--out", work / "again").returncode == 0
    assert contents(work / "again") == contents(whole)
    assert emogene(*given, "--frames", "11-20", "--out", work / "part").returncode == 0
    part = contents(work / "part")
    assert sorted(n for n in part if n.endswith(".png")) == [f"frame_{n:04d}.png" for n in range(11, 21)]
    assert part.items() <= contents(whole).items()


def test_a_shot_document_renders_to_the_same_frames(work, whole):
    done = emogene("render", "whole/shot.json", "--frames", "3-4", "--out", "from_shot", "--quiet", folder=work)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert contents(work / "from_shot").items() <= contents(whole).items()


def test_the_video_has_all_pictures_and_sound_of_the_same_length(work, whole):
    with av.open(str(work / "whole.mp4")) as container:
        lengths = {s.type: float(s.duration * s.time_base) for s in container.streams}
        assert sum(1 for _ in container.decode(video=0)) == FRAMES
    assert lengths["video"] == pytest.approx(FRAMES / 24, abs=1e-3)
    assert abs(lengths["video"] - lengths["audio"]) < 1 / 24
    assert abs(lengths["video"] - SECONDS) < 1 / 24


def test_landmarks_stop_after_planning(work, voice, whole, tiny_actor):
    done = emogene("landmarks", voice, *KEYS, "--actor", tiny_actor, "--out", work / "plans/planned.npz")
    assert done.returncode == 0 and f"{FRAMES} frames" in done.stdout
    assert (work / "plans/planned.npz").read_bytes() == (whole / "landmarks.npz").read_bytes()


def test_an_emotion_that_the_actor_does_not_cover_is_told_on_stderr(voice, tiny_actor, tmp_path):
    given = ("landmarks", voice, "--actor", tiny_actor, "--out", tmp_path / "planned.npz", "--quiet", "--emotion")
    assert emogene(*given, "0:happy").stderr == ""
    assert "The key at 99 s (happy) lies after the end of the voice" in emogene(*given, "99:happy").stderr
    warned = emogene(*given, "0:surprised")
    assert (
        warned.returncode == 0 and "Note: The actor was never pictured with surprised as strong as 1" in warned.stderr
    )


def bad_audio(folder: Path) -> dict[str, Path]:
    """One file of each kind of bad audio."""
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_text("This is a text file.")
    write_wav(folder / "zero_length.wav", np.zeros(0))
    header = b"RIFF" + (36 + 64_000).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0\x03\0\x01\0"
    header += (16_000).to_bytes(4, "little") + (64_000).to_bytes(4, "little") + b"\x04\0\x20\0data"
    (folder / "nan.wav").write_bytes(header + (64_000).to_bytes(4, "little") + np.full(16_000, np.nan, "<f4").tobytes())
    names = ("missing", "empty", "text", "zero_length", "nan")
    return {name: folder / f"{name}.wav" for name in names}


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "zero_length", "nan"])
def test_bad_audio_gives_one_sentence_a_hint_and_exit_code_2(tmp_path, tiny_actor, kind):
    path = bad_audio(tmp_path)[kind]
    done = emogene("render", path, "--actor", tiny_actor, "--out", tmp_path / "out")
    assert done.returncode == 2
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 2 and lines[0].startswith("Error: ") and lines[1].startswith("Hint: ")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--emotion", "1:hapy"),
        ("--emotion", "happy"),
        ("--fps", "0"),
        ("--size", "4"),
        ("--frames", "20-11"),
        ("--frames", "30-90"),
        ("--frames", "all"),
        ("--background", "grey"),
        ("--actor", "nobody"),
        ("--size", "big"),
        ("--unknown",),
    ],
)
def test_bad_settings_end_with_2_before_anything_is_written(voice, tiny_actor, tmp_path, capfd, arguments):
    given = ("render", voice, "--size", 32, "--actor", tiny_actor, "--out", tmp_path / "out")
    assert cli.run([str(argument) for argument in (*given, *arguments)]) == 2
    assert "Error" in capfd.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_document_and_settings_together_are_refused(whole, tmp_path):
    done = emogene("render", whole / "shot.json", "--fps", 30, "--out", tmp_path / "out")
    assert done.returncode == 2 and "Hint:" in done.stderr


def test_what_cannot_be_rendered_ends_with_3(voice, tiny_actor, tmp_path):
    (tmp_path / "file").write_text("in the way")
    given = ("render", voice, "--actor", tiny_actor, "--size", 32)
    for arguments in (("--engine", "quantum", "--out", tmp_path / "out"), ("--out", tmp_path / "file")):
        done = emogene(*given, *arguments)
        assert done.returncode == 3 and "Hint:" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists(), "an engine that there is not leaves what was there as it was"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_with_130_and_keeps_what_is_finished(voice, tiny_actor, tmp_path):
    out = tmp_path / "out"
    command = (sys.executable, "-m", "emogene", "render", voice, "--actor", tiny_actor, "--size", 512, "--out", out)

    def hear_ctrl_c() -> None:
        # A shell's background job ignores SIGINT, and so would everything that it starts.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen([*map(str, command)], stderr=subprocess.PIPE, text=True, preexec_fn=hear_ctrl_c) as process:
        deadline = time.monotonic() + 120
        while not list(out.glob("frame_*.png")) and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[1]
    assert process.returncode == 130 and "Interrupted" in told and "Traceback" not in told
    frames = sorted(path.name for path in out.iterdir() if "frame" in path.name)
    assert 0 < len([name for name in frames if name.endswith(".png")]) < FRAMES
    for name in frames:
        if name.endswith(".png"):
            Image.open(out / name).load()


def test_help_names_every_command_and_does_not_load_the_models():
    done = emogene("--help")
    assert done.returncode == 0
    for command in ("render", "landmarks", "doctor", "serve", "actor", "corpus", "train"):
        assert command in done.stdout
    loaded = (
        "import sys, emogene.cli as c; c.run(['--help']); print([m for m in ('torch', 'numba') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert shown.stdout.strip().endswith("[]")


def test_every_group_has_help_and_an_unknown_command_is_told():
    for command in ("render", "landmarks", "doctor", "serve", "actor", "corpus", "train"):
        assert emogene(command, "--help").returncode == 0, command
    done = emogene("rendr")
    assert done.returncode == 2 and "render" in done.stderr


def test_doctor_tries_everything_and_says_so(tiny_actor):
    done = emogene("doctor", "--actor", tiny_actor)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(emogene("doctor", "--json", "--actor", tiny_actor).stdout)
    names = {check["name"]: check for check in told["checks"]}
    assert names["speech detector"]["works"] and names["speech detector"]["detail"].endswith("a second of sound")
    assert told["works"] and names["engine cpu"]["works"] and names["engine torch"]["works"]
    assert all(check["mend"] for check in told["checks"] if not check["works"])


def test_doctor_quickly_says_what_is_here_and_blender_remembers_where(tiny_actor, tmp_path, monkeypatch):
    monkeypatch.setenv("EMOGENE_CONFIG", str(tmp_path))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    done = emogene("doctor", "--quick", "--json", "--actors", tiny_actor.parent)
    told = msgspec.json.decode(done.stdout, type=QuickCheck)
    assert told.actors == ("bundled", tiny_actor.name) and told.device and not told.problem
    assert noted_python() == Path(sys.executable)
    assert emogene("doctor", "--quick").stdout.startswith(f"EmoGene {told.version}, Python {told.python}, ")


def test_doctor_says_how_to_mend_a_missing_actor(tmp_path):
    done = emogene("doctor", "--json", "--actor", tmp_path)
    told = json.loads(done.stdout)
    failing = [check for check in told["checks"] if not check["works"] and not check["optional"]]
    assert done.returncode == 3 and not told["works"]
    assert failing and all(check["mend"] for check in failing)


def test_an_actor_is_packed_checked_and_rendered_from_its_file(voice, tiny_actor, whole, tmp_path):
    assert emogene("actor", "pack", tiny_actor, "--out", tmp_path / "tiny.actor").returncode == 0
    checked = emogene("actor", "check", tmp_path / "tiny.actor")
    assert checked.returncode == 0 and "tiny" in checked.stdout
    given = ("render", voice, *KEYS, "--actor", tmp_path / "tiny.actor", "--size", 32, "--frames", "5")
    assert emogene(*given, "--out", tmp_path / "out").returncode == 0
    assert (tmp_path / "out/frame_0005.png").read_bytes() == (whole / "frame_0005.png").read_bytes()


def test_errors_repeat_what_was_typed_letter_by_letter(voice, tiny_actor, tmp_path):
    done = emogene("render", voice, "--actor", tiny_actor, "--emotion", "0:angry:2", "--out", tmp_path / "out")
    assert done.returncode == 2 and "'0:angry:2'" in done.stderr


def test_a_film_of_no_known_form_is_refused_before_work(voice, tiny_actor, tmp_path):
    given = ("render", voice, "--actor", tiny_actor, "--out", tmp_path / "out", "--video", tmp_path / "film.txt")
    done = emogene(*given)
    assert done.returncode == 2 and ".mp4 or .mov" in done.stderr and not (tmp_path / "out").exists()


def test_late_keys_and_frames_of_another_shot_are_told(voice, tiny_actor, tmp_path):
    given = ("render", voice, "--actor", tiny_actor, "--size", 32, "--frames", "1-1", "--out", tmp_path)
    assert "Note" not in emogene(*given).stderr
    assert "Note" not in emogene(*given).stderr, "the same shot again is nothing to tell"
    told = emogene(*given, "--emotion", "500:happy").stderr
    assert "The key at 500 s (happy) lies after the end of the voice" in told and "another shot" in told


def test_the_way_of_speaking_is_in_the_shot_and_seen(work, voice, tiny_actor):
    plain, large = work / "plain.npz", work / "large.npz"
    common = ("landmarks", voice, "--actor", tiny_actor, "--quiet")
    for out, options in ((plain, ()), (large, ("--temperature", 1, "--lip-closure", 0, "--smoothing", 0.2))):
        done = emogene(*common, "--out", out, *options)
        assert done.returncode == 0, done.stderr
    with np.load(plain) as a, np.load(large) as b:
        assert not np.array_equal(a["landmarks"], b["landmarks"])
    refused = emogene(*common, "--out", plain, "--amplitude", 9)
    assert refused.returncode == cli.BAD_INPUT and "amplitude" in refused.stderr and "0 to 3" in refused.stderr


def test_what_emotions_life_and_head_are_told_is_in_the_shot_and_seen(work, voice, tiny_actor):
    nod = work / "nod.json"
    nod.write_text(json.dumps([[0, 0, 0, 0.2 * frame / FRAMES, 0, 0] for frame in range(FRAMES)]))
    given = ("render", voice, "--actor", tiny_actor, "--size", 32, "--frames", "1", "--quiet")
    options = ("--emotion", "0:happy:0.5+sad:0.4", "--emotion", "0.5:angry@0.3,linear", "--brow-strength", 0.5)
    options += ("--head-track", nod, "--head-motion", 0, "--blink", 0, "--breath", 0, "--idle-sampling", "none")
    done = emogene(*given, *options, "--out", work / "told")
    assert done.returncode == 0, done.stderr
    shot = json.loads((work / "told/shot.json").read_text())
    first, second = shot["emotions"]
    assert first["also"] == [{"emotion": "sad", "intensity": 0.4}]
    assert (second["transition_seconds"], second["easing"]) == (0.3, "linear")
    assert shot["emotion_strength"]["brows"] == 0.5 and shot["performance"]["idle_sampling"] == "none"
    with np.load(work / "told/landmarks.npz") as planned:
        turns = planned["poses"][:, :3, :3]
        assert planned["weights"][0, [5, 6]] == pytest.approx([0.5, 0.4])
    turned = [np.arccos(np.clip((np.trace(turn @ turns[0].T) - 1.0) / 2.0, -1.0, 1.0)) for turn in turns]
    assert (np.diff(turned) > 0.0).mean() > 0.9 and turned[-1] == pytest.approx(0.2, abs=0.03)
    assert emogene("render", work / "told/shot.json", "--frames", "2", "--out", work / "again").returncode == 0


def test_options_of_a_shot_are_in_the_help_of_both_commands():
    for command in ("render", "landmarks"):
        told = emogene(command, "--help").stdout
        for option in ("--emotion", "--mouth-strength", "--breath", "--idle-sampling", "--head-track", "--gaze"):
            assert option in told, (command, option)
        assert "happy:0.5+sad:0.4" in told and "ease_in" in told
