"""What the backend keeps on disk: uploads by hash, frames and plans by what they depend on, jobs over restarts."""

import hashlib
import logging
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from emogene.actors.pack import load_actor
from emogene.frame_keys import frame_key
from emogene.service.actors import actor_path, offered_actors
from emogene.service.blobs import BlobStore, UploadError
from emogene.service.folder_lock import lock_folder
from emogene.service.plans import PlanStore
from emogene.service.stores import open_stores
from emogene.shot_keys import plan_key
from emogene.values import Camera, FaceState, Plan
from emogene_proto.errors import ActorError, BackendError, ProtocolError
from emogene_proto.shot import AudioRef, EmotionKey, Shot, Speaking

SHOT = Shot(AudioRef("a" * 64, "voice.wav"))


@pytest.fixture
def plan():
    rng = np.random.default_rng(3)
    arrays = {"landmarks": (5, 68, 3), "weights": (5, 8), "poses": (5, 4, 4), "gaze": (5, 2)}
    return Plan(
        **{name: rng.normal(size=shape).astype(np.float32) for name, shape in arrays.items()}, fps=24.0, frame_start=1
    )


@pytest.fixture
def camera():
    return Camera(np.eye(4), 50.0, 36.0, 64, 48)


def test_an_upload_appears_only_when_it_is_whole(tmp_path):
    store = BlobStore(tmp_path)
    content = b"some sound" * 1000
    sha256 = hashlib.sha256(content).hexdigest()
    upload = store.begin(sha256, len(content))
    assert not upload.add(0, content[:6000]) and store.path(sha256) is None
    assert upload.add(6000, content[6000:])
    assert store.path(sha256).read_bytes() == content


@pytest.mark.parametrize(("offset", "piece"), [(1, b"x"), (0, b"x" * 11), (0, b"x" * 600_000)])
def test_pieces_that_do_not_fit_are_refused(tmp_path, offset, piece):
    upload = BlobStore(tmp_path).begin("0" * 64, 10)
    with pytest.raises(ProtocolError):
        upload.add(offset, piece)
    upload.discard()
    assert list((tmp_path / "partial").iterdir()) == []


def test_content_with_another_hash_is_refused(tmp_path):
    store = BlobStore(tmp_path)
    upload = store.begin("0" * 64, 4)
    with pytest.raises(UploadError, match="another content"):
        upload.add(0, b"evil")
    upload.discard()
    assert store.path("0" * 64) is None


def test_an_upload_that_a_power_cut_damaged_is_noticed_and_can_be_brought_again(tmp_path):
    store, content = BlobStore(tmp_path), b"some sound" * 1000
    sha256 = hashlib.sha256(content).hexdigest()
    store.begin(sha256, len(content)).add(0, content)
    store.check(sha256)
    store.path(sha256).write_bytes(bytes(len(content)))
    with pytest.raises(BackendError, match="damaged") as damaged:
        store.check(sha256)
    assert damaged.value.code == "upload_lost" and store.path(sha256) is None
    with pytest.raises(BackendError):
        store.check(sha256)


def test_an_empty_file_is_refused_in_words(tmp_path):
    with pytest.raises(UploadError, match="empty"):
        BlobStore(tmp_path).begin(hashlib.sha256(b"").hexdigest(), 0)


def test_what_a_killed_backend_left_half_done_is_removed_a_day_later(tmp_path):
    store = BlobStore(tmp_path)
    for _ in range(2):
        store.begin("0" * 64, 10)._file.close()
    old, new = (tmp_path / "partial").iterdir()
    os.utime(old, (1.0, 1.0))
    BlobStore(tmp_path)
    assert list((tmp_path / "partial").iterdir()) == [new]


def test_a_frames_key_is_all_that_it_depends_on(plan, camera):
    face = plan.face(2)
    key = frame_key(face, camera, "engine", "png")
    assert key == frame_key(FaceState(face.landmarks.copy(), face.gaze, face.pose), camera, "engine", "png")
    nudged = face.landmarks.copy()
    nudged[40, 1] = np.nextafter(nudged[40, 1], np.float32(1))
    others = [
        frame_key(replace(face, landmarks=nudged), camera, "engine", "png"),
        frame_key(replace(face, gaze=face.gaze + 0.1), camera, "engine", "png"),
        frame_key(replace(face, pose=face.pose * 2), camera, "engine", "png"),
        frame_key(face, replace(camera, width=65), "engine", "png"),
        frame_key(face, replace(camera, focal_mm=51.0), "engine", "png"),
        frame_key(face, replace(camera, camera_to_world=np.eye(4) * 2), "engine", "png"),
        frame_key(face, camera, "other engine", "png"),
        frame_key(face, replace(camera, shift_px=(1.0, 0.0)), "engine", "png"),
        frame_key(face, replace(camera, pixel_aspect=2.0), "engine", "png"),
        frame_key(face, camera, "engine", "exr"),
    ]
    assert len({key, *others}) == 11


def test_a_plan_is_read_back_as_it_was_written(tmp_path, plan):
    store = PlanStore(tmp_path)
    store.write("key", plan, "take.wav breaks off after 1.0 s; those are used.")
    read, note = store.read("key", msgspec.structs.replace(SHOT, frame_start=101))
    assert note == "take.wav breaks off after 1.0 s; those are used."
    assert read.frame_start == 101 and read.fps == 24.0
    for name in ("landmarks", "weights", "poses", "gaze"):
        np.testing.assert_array_equal(getattr(read, name), getattr(plan, name))


def test_a_missing_or_damaged_plan_is_planned_again(tmp_path, plan):
    store = PlanStore(tmp_path)
    assert store.read("key", SHOT) is None
    store.write("key", plan)
    path = next(tmp_path.glob("*.safetensors"))
    path.write_bytes(path.read_bytes()[:100])
    assert store.read("key", SHOT) is None


@pytest.mark.parametrize("unimportant", [{"width": 64}, {"engine": "torch"}, {"frame_start": 7}])
def test_a_plan_does_not_depend_on_the_picture(unimportant):
    assert plan_key(msgspec.structs.replace(SHOT, **unimportant), "p") == plan_key(SHOT, "p")


@pytest.mark.parametrize(
    "important",
    [
        {"seed": 1},
        {"fps": 25.0},
        {"emotions": (EmotionKey(0.0, "sad"),)},
        {"speaking": Speaking(amplitude=0.5)},
        {"speaking": Speaking(temperature=0.5)},
        {"speaking": Speaking(smoothing=0.5)},
        {"speaking": Speaking(lip_closure=0.5)},
    ],
)
def test_a_plan_depends_on_what_moves_the_face(important):
    assert plan_key(msgspec.structs.replace(SHOT, **important), "p") != plan_key(SHOT, "p")
    assert plan_key(SHOT, "another actor") != plan_key(SHOT, "p")


def test_a_plan_depends_on_the_actors_own_way_of_speaking(tiny_actor, tmp_path):
    shutil.copytree(tiny_actor, tmp_path / "calm")
    path = tmp_path / "calm" / "actor.toml"
    path.write_text(path.read_text().replace("style_scale = 1.0", "style_scale = 0.7"))
    assert load_actor(tmp_path / "calm").speaking_style == 0.7
    assert load_actor(tmp_path / "calm").fingerprint != load_actor(tiny_actor).fingerprint


def test_where_the_audio_lies_does_not_matter():
    moved = msgspec.structs.replace(SHOT, audio=AudioRef("a" * 64, "/elsewhere/voice.wav"))
    assert plan_key(moved, "p") == plan_key(SHOT, "p")


def test_one_process_at_a_time_holds_a_folder(tmp_path):
    first = lock_folder(tmp_path)
    assert first is not None and lock_folder(tmp_path) is None
    first.close()
    again = lock_folder(tmp_path)
    assert again is not None
    again.close()


def test_actors_are_offered_by_name_only(tiny_actor, tmp_path):
    folders = (tiny_actor.parent, tmp_path / "not there")
    assert offered_actors(folders)["pack"] == tiny_actor
    assert actor_path("pack", folders) == tiny_actor
    for name in ("", "..", str(tiny_actor), "models"):
        with pytest.raises(ActorError, match="no actor"):
            actor_path(name, folders)


@pytest.fixture
def not_to_be_read(monkeypatch):
    """Makes folders like `lost+found`, which only root may look into; tests may run as root."""
    denied: set[Path] = set()
    stat, iterdir = Path.stat, Path.iterdir

    def refuse(path: Path) -> None:
        if path in denied:
            raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", lambda path, **options: (refuse(path.parent), stat(path, **options))[1])
    monkeypatch.setattr(Path, "iterdir", lambda path: (refuse(path), iterdir(path))[1])
    return denied.add


def test_a_folder_that_cannot_be_read_hides_no_other_actor(tiny_actor, tmp_path, not_to_be_read, caplog):
    caplog.set_level(logging.WARNING, "emogene.service")
    shutil.copytree(tiny_actor, tmp_path / "actors" / "pack")
    for folder in (tmp_path / "actors" / "lost+found", tmp_path / "closed"):
        folder.mkdir()
        not_to_be_read(folder)
    folders = (tmp_path / "closed", tmp_path / "actors")
    for _ in range(3):
        assert offered_actors(folders)["pack"] == tmp_path / "actors" / "pack"
    assert sorted(record.args[0].name for record in caplog.records) == ["closed", "lost+found"], "one line for each"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a user's profile private by itself")
@pytest.mark.parametrize("before", [None, 0o755, 0o2775])
def test_nobody_else_may_look_into_the_cache(tmp_path, before):
    cache = tmp_path / "cache" / "service"
    if before is not None:
        cache.mkdir(parents=True)
        cache.chmod(before)
    with open_stores(cache):
        assert cache.stat().st_mode & 0o077 == 0 and cache.stat().st_mode & 0o700 == 0o700
