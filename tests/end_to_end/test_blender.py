"""The extension in real Blender: each script in blender/ runs in a Blender of its own and asserts for itself."""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
import soundfile
from blender_wheels import link_libraries
from made_sounds import tone, write_with_av
from PIL import Image
from running_backend import RunningBackend

from emogene.emotion.curves import curve_values
from emogene.render.blender_camera import pinhole
from emogene.render.output.files import frame_file_name, write_frame
from emogene.render.picture_rays import project
from emogene.render.rays import camera_rays
from emogene.values import Frame
from emogene_proto.connection import process_alive
from emogene_proto.shot import OUTPUTS, Shot
from emogene_proto.shot_document import from_json

pytest.importorskip("bpy", reason="needs the bpy wheel, which run.py setup installs")

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(__file__).with_name("blender")
VOICE_SECONDS = 2.0
FRAMES = 48

pytestmark = pytest.mark.blender


@pytest.fixture(scope="session")
def addon_zip(tmp_path_factory) -> Path:
    output = tmp_path_factory.mktemp("dist")
    command = [sys.executable, ROOT / "build_addon.py", "--output", output]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return Path(built.stdout.strip())


@pytest.fixture(scope="session")
def blender_libraries(tmp_path_factory) -> Path:
    return link_libraries(tmp_path_factory.mktemp("blender_libraries"))


@pytest.fixture(scope="session")
def backend_cache(tmp_path_factory) -> Path:
    """Shared by the scripts, so that compiled kernels are compiled once."""
    return tmp_path_factory.mktemp("backend_cache")


@pytest.fixture
def run_script(addon_zip, blender_libraries, actors_folder, backend_cache, tmp_path):
    """Runs one script with these further settings; fails with what it printed where it ends otherwise."""

    def run(name: str, ends_with: int = 0, **further) -> None:
        folder = tmp_path / "work"
        folder.mkdir(exist_ok=True)
        voice = tmp_path / "voice.wav"
        samples, rate = soundfile.read(ROOT / "demo" / "voice.flac", dtype="float32")
        soundfile.write(voice, samples[: int(VOICE_SECONDS * rate)], rate)
        settings = {
            "zip": str(addon_zip),
            "python": sys.executable,
            "actors": str(actors_folder),
            "folder": str(folder),
            "voice": str(voice),
            "frames": FRAMES,
            **further,
        }
        environment = {
            **os.environ,
            "BLENDER_USER_RESOURCES": str(tmp_path / "blender"),
            "EMOGENE_CACHE": str(backend_cache),
            "EMOGENE_CONFIG": str(tmp_path / "config"),
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, "-I", "-S", SCRIPTS / "boot.py", blender_libraries, SCRIPTS / name]
        done = subprocess.run(
            [*command, json.dumps(settings)], capture_output=True, text=True, env=environment, timeout=420, check=False
        )
        assert done.returncode == ends_with, done.stdout[-3000:] + done.stderr[-5000:]

    return run


def test_the_zip_carries_its_wheels_and_says_so(addon_zip):
    with zipfile.ZipFile(addon_zip) as archive:
        manifest = tomllib.loads(archive.read("blender_manifest.toml").decode())
        names = archive.namelist()
    assert sorted(wheel.split("/")[-1].split("-")[0] for wheel in manifest["wheels"]) == ["msgspec", "pyzmq"]
    assert all(wheel.removeprefix("./") in names for wheel in manifest["wheels"])
    assert "emogene_proto/shot.py" in names
    assert not any("__pycache__" in name for name in names)
    assert (
        addon_zip.name == f"emogene-{manifest['version']}-{manifest['platforms'][0]}.zip"
        or "blender51" in addon_zip.name
    )


def test_the_form_without_wheels_is_valid_too(tmp_path):
    command = [sys.executable, ROOT / "build_addon.py", "--form", "system", "--output", tmp_path]
    subprocess.run(command, check=True, capture_output=True)
    with zipfile.ZipFile(*tmp_path.glob("emogene-*-system.zip")) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".whl")]


def test_it_installs_breaks_no_rule_and_leaves_nothing_behind(run_script):
    run_script("install.py")


def test_from_voice_and_markers_to_empties_and_strips(run_script):
    run_script("whole_day.py")


def test_markers_and_voice_strips_handled_by_blenders_own_means(run_script):
    run_script("markers.py")


def test_emotion_markers_in_panel_pie_and_list(run_script):
    run_script("markers_ui.py")


def test_all_that_is_shown_is_translated(run_script):
    run_script("translations.py")


def test_landmarks_moved_by_hand_stay_moved(run_script):
    run_script("edits.py")


def test_what_nobody_moved_is_no_edit(run_script):
    run_script("nobody_moved.py")


def test_blender_is_not_held_up(run_script):
    run_script("held_up.py")


def test_large_edit_layers_keep_nobody_waiting(run_script):
    run_script("many_edits.py")


def test_edits_go_with_strips_whatever_is_done_with_these(run_script):
    run_script("edited_strips.py")


def test_several_characters_have_each_their_own(run_script):
    run_script("cast.py")


def test_frames_folders_are_shared_by_nobody(run_script):
    run_script("frame_folders.py")


def test_strips_inside_meta_strips_are_replaced_and_removed(run_script):
    run_script("meta_strips.py")


def test_pictures_previews_and_shot_folders(run_script, tmp_path):
    run_script("looks.py")
    folder = Path((tmp_path / "work" / "sent.txt").read_text())
    moved = folder.rename(tmp_path / "moved and renamed")
    command = [sys.executable, "-m", "emogene", "shot", "check", moved / "shot.json"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_each_character_has_its_own_picture(run_script):
    run_script("own_pictures.py")


def test_files_are_closed_and_opened_while_their_render_runs(run_script):
    run_script("closed_files.py")


def test_all_characters_are_planned_and_rendered_without_a_window(run_script):
    run_script("headless.py")


def test_animated_intensities_are_what_blender_shows(run_script, tmp_path):
    run_script("intensities.py")
    cases = json.loads((tmp_path / "work" / "curves.json").read_text())
    assert len(cases) > 10
    for case in cases:
        shot = from_json(case["shot"].encode())
        times = np.arange(len(case["values"])) / shot.fps
        off = np.abs(curve_values(shot.emotion_curves[0], times) - np.clip(case["values"], 0.0, 1.0))
        assert off.max() < 1e-4, (case["case"], int(off.argmax()), float(off.max()))


def test_an_animated_object_moves_the_head_as_it_moves(run_script):
    run_script("head_object.py")


def test_odd_head_objects_are_taken_as_they_look_or_refused(run_script):
    run_script("head_object_limits.py")


def test_the_live_picture_follows_the_playhead_and_the_artist(run_script):
    run_script("live.py")


def test_hidden_objects_are_read_and_unkeyed_poses_stay(run_script):
    run_script("sampling.py")


def test_cameras_see_what_blender_sees(run_script, tmp_path):
    run_script("cameras.py")
    cases = json.loads((tmp_path / "work" / "cameras.json").read_text())
    for case in cases:
        shot, points = from_json(case["shot"].encode()), np.array(case["points"])
        pixels = project(points, np.eye(4), pinhole(shot.camera, shot.width, shot.height))
        if (crop := shot.camera.crop) is not None:
            pixels += (crop.left, crop.top)
        local = np.linalg.inv(case["to_world"]) @ np.column_stack([points, np.ones(len(points))]).T
        x, y, _, w = np.array(case["projection"]) @ local
        expected = np.column_stack([(0.5 + 0.5 * x / w) * shot.width, (0.5 - 0.5 * y / w) * shot.height])
        assert np.abs(pixels - expected).max() < 0.01, case["shot"]
        if "views" in case:
            views = np.array(case["views"]) * (1, -1) + (0, 1)
            assert np.abs(pixels - views * (shot.width, shot.height)).max() < 0.1, "that one is in single precision"
    assert len(cases) == 80 and sum("crop" in case["shot"] for case in cases) == 16


def test_the_sequencer_shows_frames_in_their_own_colours(run_script, tmp_path):
    with Image.open(ROOT / "backend" / "emogene" / "actors" / "bundled" / "preview.png") as preview:
        pixels = np.asarray(preview.convert("RGBA"), np.float32) / 255.0
    straight = Frame(pixels * (*[0.0] * 3, 1.0) + pixels * pixels[..., 3:] * (1.0, 1.0, 1.0, 0.0), pixels[..., 3])
    for form in OUTPUTS:
        (tmp_path / form).mkdir()
        for number in (1, 2):
            write_frame(tmp_path / form / frame_file_name(number, form), straight, form)
    run_script("colours.py", **{form: str(tmp_path / form) for form in OUTPUTS})


def test_a_card_cuts_the_head_where_its_depth_says(run_script, tmp_path):
    run_script("depth.py")
    folder = tmp_path / "work"
    told = json.loads((folder / "told.json").read_text())
    shot, card = from_json(told["shot"].encode()), np.array(told["card"])
    head, combined = exr_channels(Path(told["head"])), exr_channels(folder / "combined.exr")

    card_depth = plane_depth(card, shot)
    for name, one in (("card.exr", shot), ("crop.exr", from_json(told["cropped"].encode()))):
        blenders, expected = exr_channels(folder / name)["ViewLayer.Depth.Z"], plane_depth(card, one)
        assert blenders.shape == expected.shape, name
        assert np.abs(blenders - expected).max() < 0.004, "depth is along the axis; samples lie anywhere in a pixel"

    depth, alpha = head["Depth.Z"], head["A"]
    assert (depth[alpha == 0] == 1e10).all() and (alpha == 0).any() and np.isfinite(depth).all()
    sure = (np.abs(depth - card_depth) > 0.004) & (alpha > 0.1)
    before, cut = sure & (depth < card_depth), sure & (depth > card_depth)
    assert before.sum() > 50 and cut.sum() > 50, (before.sum(), cut.sum())
    for channel, of_card in (("R", 0.0), ("G", 1.0), ("B", 0.0), ("A", 1.0)):
        assert np.abs(combined[channel] - head[channel])[before].max() < 1e-3, "the head stands before the card"
        assert np.abs(combined[channel] - of_card)[cut | (alpha == 0)].max() < 1e-3, "the card hides the head"


def plane_depth(plane: np.ndarray, shot: Shot) -> np.ndarray:
    """(H, W) depth along the camera's axis of the XZ plane of a (4, 4) matrix."""
    camera = pinhole(shot.camera, shot.width, shot.height)
    _, directions, cosines = camera_rays(camera)
    along, normal = (directions / cosines[..., None]).astype(np.float64), plane[:3, 1]
    return ((plane[:3, 3] - camera.camera_to_world[:3, 3]) @ normal) / (along @ normal)


def exr_channels(path: Path) -> dict[str, np.ndarray]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        parts = [part.channels for part in file.parts]
        return {name: np.array(each.pixels, np.float64) for part in parts for name, each in part.items()}


def test_recordings_of_any_kind_are_loaded_and_planned(run_script, tmp_path):
    samples = tone(48_000, VOICE_SECONDS)
    recordings = [tmp_path / name for name in ("a.m4a", "a.mp4", "a.mov", "a.mkv", "a.aac", "a.opus")]
    for path in recordings:
        codec = "libopus" if path.suffix == ".opus" else "aac"
        write_with_av(path, codec, 48_000, samples, video=path.suffix in (".mp4", ".mov", ".mkv"))
    broken_off = tmp_path / "take.wav"
    soundfile.write(broken_off, samples[::3], 16_000)
    broken_off.write_bytes(broken_off.read_bytes()[: broken_off.stat().st_size // 2])
    run_script(
        "recordings.py",
        recordings=[str(path) for path in recordings],
        recorded_frames=FRAMES,
        broken_off=str(broken_off),
    )


def test_failed_frames_are_told_and_only_they_are_rendered_again(run_script, actors_folder, tmp_path):
    worker = [sys.executable, str(Path(__file__).parents[1] / "cursed_worker.py")]
    with RunningBackend(tmp_path / "backend", actors_folder, worker_command=worker) as backend:
        cache = tmp_path / "backend" / "cache" / "service"
        run_script("failed_frames.py", connection_file=str(backend.connection_file), backend_cache=str(cache))


def test_renders_of_many_characters_are_looked_for_little_by_little(run_script):
    run_script("looking_for_renders.py")


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_a_killed_blenders_render_goes_on_in_the_next_one(run_script, actors_folder, tmp_path):
    worker = [sys.executable, str(Path(__file__).parents[1] / "gated_worker.py")]
    folder = tmp_path / "work" / "emogene" / "day" / "Scene" / "Character"
    with RunningBackend(tmp_path / "backend", actors_folder, worker_command=worker) as backend:
        wanted = {"connection_file": str(backend.connection_file), "gate": str(backend.gate)}
        backend.hold()
        backend.let(20)
        run_script("killed.py", ends_with=-signal.SIGKILL, **wanted)
        run_script("taken_up.py", **wanted)
    taken_up = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(taken_up) == [f"frame_{number:04d}.png" for number in range(1, FRAMES + 1)]
    with RunningBackend(tmp_path / "undisturbed", actors_folder) as backend:
        run_script("undisturbed.py", connection_file=str(backend.connection_file))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == taken_up


def test_the_backend_is_found_tried_looked_after_and_left(run_script, actors_folder, tmp_path):
    authorized = tmp_path / "authorized"
    authorized.touch(mode=0o600)
    options = {"authorized_keys": str(authorized), "server_key": str(tmp_path / "server.key")}
    with RunningBackend(tmp_path / "backend", actors_folder, **options) as backend:
        run_script(
            "connection.py",
            wrong_program=shutil.which("whoami"),
            authorized=str(authorized),
            remote_address=backend.connection.address,
            remote_key=backend.connection.server_key,
        )


@pytest.mark.parametrize("disables", [True, False], ids=["disabled", "ended"])
@pytest.mark.parametrize("finish_jobs", [True, False], ids=["finishes", "ends"])
def test_a_closed_blenders_backend_finishes_its_renders_if_it_may(
    run_script, backend_cache, tmp_path, finish_jobs, disables
):
    seed = 2 * finish_jobs + disables
    run_script("quitting.py", finish_jobs=finish_jobs, disables=disables, seed=seed)
    backend = int((tmp_path / "work" / "pid").read_text())
    if finish_jobs:
        assert process_alive(backend), "its render goes on"
        wait_for(lambda: not process_alive(backend), 120)
    assert not process_alive(backend)
    with contextlib.closing(sqlite3.connect(backend_cache / "service" / "jobs" / "jobs.sqlite")) as kept:
        (state,) = kept.execute("SELECT state FROM jobs ORDER BY created DESC LIMIT 1").fetchone()
    assert (state == "done") == finish_jobs, state


def wait_for(done, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"nothing after {seconds} s"
        time.sleep(0.05)


def test_a_fault_keeps_nobody_else_from_their_turn(run_script):
    run_script("faults.py")


def test_trouble_is_told_in_the_panel(run_script, tmp_path):
    empty, text, folder = tmp_path / "empty.wav", tmp_path / "text.wav", tmp_path / "folder.wav"
    empty.touch()
    text.write_text("This is no recording.")
    folder.mkdir()
    nan, silent = tmp_path / "nan.wav", tmp_path / "nothing.wav"
    soundfile.write(nan, np.full(16_000, np.nan, np.float32), 16_000, subtype="FLOAT")
    soundfile.write(silent, np.zeros(0, np.float32), 16_000)
    run_script(
        "troubles.py",
        wrong_program=shutil.which("whoami"),
        bad_at_once={
            "missing": str(tmp_path / "missing.wav"),
            "empty": str(empty),
            "text": str(text),
            "folder": str(folder),
            "zero length": str(silent),
        },
        bad_for_the_backend={"not numbers": str(nan)},
    )
