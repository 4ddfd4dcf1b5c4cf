"""What the backend keeps on disk: uploads by hash, frames and plans by what they depend on, jobs over restarts."""

import hashlib
import os
import shutil
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from emogene.actors.pack import load_actor
from emogene.frame_keys import frame_key
from emogene.render.output.exr import exr_bytes
from emogene.service.actors import actor_path, offered_actors
from emogene.service.blobs import BlobStore, UploadError
from emogene.service.folder_lock import lock_folder
from emogene.service.frames import FrameStore
from emogene.service.jobs import Job, JobFolder
from emogene.service.plans import PlanStore
from emogene.shot_keys import plan_key
from emogene.values import Camera, FaceState, Frame, Plan
from emogene_proto.errors import ActorError, AudioError, ProtocolError
from emogene_proto.shot import AudioRef, EmotionKey, Shot, Speaking

PNG = b"\x89PNG\r\n\x1a\n...\x00\x00\x00\x00IEND\xaeB`\x82"
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


def test_a_frame_is_there_only_when_it_is_whole(tmp_path):
    store = FrameStore(tmp_path)
    key = "c" * 64
    assert not store.has(key)
    store.write(key, PNG)
    assert store.has(key) and store.read(key) == PNG
    store.path(key).write_bytes(PNG[:-1])
    assert not store.has(key)
    store.path(key).write_bytes(b"")
    assert not store.has(key)


@pytest.mark.parametrize("height", [16, 17, 48, 100])
def test_an_exr_frame_is_there_only_when_it_is_whole(tmp_path, height):
    store, key = FrameStore(tmp_path), "d" * 64
    noise = np.random.default_rng(1).random((height, 24, 4)).astype(np.float32)
    exr = exr_bytes(Frame(noise, np.ones((height, 24), np.float32)))
    store.write(key, exr)
    assert store.has(key) and store.read(key) == exr
    for length in (len(exr) - 1, len(exr) // 2, 200, 6, 4):
        store.path(key).write_bytes(exr[:length])
        assert not store.has(key), length
    store.path(key).write_bytes(exr + b"x")
    assert not store.has(key)


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


def test_unfinished_renders_come_back_queued_and_finished_ones_as_they_were(tmp_path):
    folder = JobFolder(tmp_path)
    running, done, failed, plan = (Job(kind, SHOT, 1, 9) for kind in ("render", "render", "render", "plan"))
    running.state, done.state, failed.state = "rendering", "done", "failed"
    failed.failure = AudioError("No sound.", "Sing.")
    for number, job in enumerate((running, done, failed, plan)):
        job.created = number
        folder.save(job)
    back = folder.load()
    assert [(job.id, job.state) for job in back] == [
        (running.id, "submitted"),
        (done.id, "done"),
        (failed.id, "failed"),
    ]
    assert (back[2].failure.code, back[2].failure.hint) == ("bad_audio", "Sing.")
    assert (back[0].first, back[0].last, back[0].shot) == (1, 9, SHOT)
    folder.forget(back)
    assert folder.load() == []


def test_a_damaged_job_file_is_forgotten(tmp_path):
    folder = JobFolder(tmp_path)
    (tmp_path / "0123456789ab.json").write_text("{")
    assert folder.load() == [] and list(tmp_path.glob("*.json")) == []


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
