"""What clients and the backend say to each other, over a real socket to a second process."""

import hashlib
from fractions import Fraction

import msgspec
import numpy as np
import pytest
from running_backend import answers, ask, listen, of_type, small_shot, upload, write_voice

from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.audio.load import load_audio
from emogene.audio.voice import open_voice
from emogene.films.shot_frames import film_hash
from emogene.render.output.exr import exr_bytes
from emogene.render.output.exr_place import placed_in_film
from emogene.render.output.png import png_bytes
from emogene_proto.client import Client, ConnectionState
from emogene_proto.coverage import coverage_warnings
from emogene_proto.messages import (
    Accepted,
    Done,
    Failed,
    FrameDone,
    JobStatus,
    ListJobs,
    PlanShot,
    ReleaseMemory,
    RenderFrame,
    RenderRange,
    ShotPlanned,
    Uploaded,
    UploadProgress,
    Watch,
)
from emogene_proto.shot import AudioPart, AudioRef, CameraKey, Crop, EmotionKey, LandmarkEdit, LandmarkEdits

BEFORE_THE_FACE = ((1.0, 0.0, 0.0, 0.0), (0.0, 0.0, -1.0, -0.7), (0.0, 1.0, 0.0, -0.02), (0.0, 0.0, 0.0, 1.0))
LOOK = CameraKey(BEFORE_THE_FACE, 50.0, 36.0)


def planned_arrays(received):
    """Name to array of a ShotPlanned."""
    event, parts = next(message for message in received if isinstance(message.event, ShotPlanned))
    return event, {
        spec.name: np.frombuffer(part, spec.dtype).reshape(spec.shape)
        for spec, part in zip(event.arrays, parts, strict=True)
    }


def pictures(received):
    """Frame number to its file."""
    return {event.frame: bytes(parts[0]) for event, parts in received if isinstance(event, FrameDone)}


def test_hello_is_answered_with_what_there_is(client):
    listen(client, lambda _: client.welcome.ready)
    assert client.welcome.actors[-1] == "pack"
    assert set(client.welcome.engines) == {"cpu", "torch"}
    assert client.welcome.device.startswith("CPU") and client.welcome.problem == ""


def test_upload_arrives_in_pieces_and_only_once(client, tmp_path):
    path = tmp_path / "long.wav"
    path.write_bytes(np.random.default_rng(1).bytes(5_000_001))
    first = answers(client, client.upload(path))
    assert len(of_type(first, UploadProgress)) > 5
    assert first[-1].event.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    again = answers(client, client.upload(path))
    assert [type(event) for event, _ in again] == [Uploaded]


def test_a_file_that_is_not_there_cannot_be_uploaded(client, tmp_path):
    failed = answers(client, client.upload(tmp_path / "nothing.wav"))[-1].event
    assert isinstance(failed, Failed) and failed.code == "bad_audio" and "nothing.wav" in failed.message


def test_plan_equals_the_pipelines_own(client, shot, voice, tiny_actor):
    received = ask(client, PlanShot(shot=shot))
    assert isinstance(received[0].event, Accepted) and isinstance(received[-1].event, Done)
    event, arrays = planned_arrays(received)
    direct = pipeline.plan(shot, load_audio(voice), load_actor(tiny_actor))
    assert (event.frames, event.fps, event.frame_start) == (24, 24.0, 1)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, getattr(direct, name))


def test_a_recording_that_breaks_off_is_told_also_when_its_plan_was_there_already(client, shot, tmp_path):
    path = write_voice(tmp_path / "take.wav", seconds=3.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    upload(client, path)
    for _ in range(2):
        event, _ = planned_arrays(ask(client, PlanShot(shot=small_shot(path))))
        assert event.frames == 36
        assert event.note.startswith("take.wav says that it lasts 3.0 s but breaks off after 1.5 s")
    event, _ = planned_arrays(ask(client, PlanShot(shot=shot)))
    assert event.note == ""


def test_what_the_actor_does_not_cover_is_told_before_and_after_planning(client, voice, shot):
    (known,) = (actor for actor in client.welcome.coverage if actor.actor == "pack")
    assert known.covered_to["happy"] == 2.0 and known.covered_to["surprised"] < 1.0
    startled = small_shot(voice, emotions=(EmotionKey(0.0, "surprised"),))
    for asked, told in ((shot, 0), (startled, 1)):
        event, _ = planned_arrays(ask(client, PlanShot(shot=asked)))
        assert event.warnings == coverage_warnings(asked, known.covered_to)
        assert len(event.warnings) == told


def test_a_camera_aside_is_told_after_planning(client, voice):
    side = CameraKey(
        ((0.0, 0.0, 1.0, 1.0), (1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0)), 85.0, 36.0
    )
    event, _ = planned_arrays(ask(client, PlanShot(shot=small_shot(voice, camera=side))))
    assert len(event.warnings) == 1 and "degrees aside, beyond the 31" in event.warnings[0]


def test_a_moved_key_gives_the_plan_that_a_fresh_backend_gives(client, voice, shot, tiny_actor):
    ask(client, PlanShot(shot=shot))
    moved = small_shot(voice, emotions=(EmotionKey(0.4, "happy", 0.7),))
    _, arrays = planned_arrays(ask(client, PlanShot(shot=moved)))
    direct = pipeline.plan(moved, load_audio(voice), load_actor(tiny_actor))
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, getattr(direct, name))


def test_frames_equal_those_rendered_directly(client, shot, voice, tiny_actor):
    received = ask(client, RenderRange(shot=shot, first=3, last=5))
    actor = load_actor(tiny_actor)
    plan = pipeline.plan(shot, load_audio(voice), actor)
    engine = pipeline.load_engine(shot, actor)
    direct = {row + 1: png_bytes(pipeline.render_row(plan, row, shot, actor, engine)) for row in (2, 3, 4)}
    assert pictures(received) == direct


def test_a_part_of_a_shot_equals_that_part_of_the_whole(client, shot, tmp_path):
    part = pictures(ask(client, RenderRange(shot=shot, first=10, last=20, credit=100)))
    other = small_shot(write_voice(tmp_path / "other.wav", 0.5))
    upload(client, tmp_path / "other.wav")
    ask(client, RenderRange(shot=other, first=1, last=12, credit=100))
    whole = pictures(ask(client, RenderRange(shot=shot, first=1, last=24, credit=100)))
    assert sorted(part) == list(range(10, 21))
    assert part == {frame: whole[frame] for frame in part}


def test_only_frames_that_changed_are_rendered_again(client, shot):
    first = ask(client, RenderRange(shot=shot, first=1, last=24, credit=100))
    later = small_shot_with_another_end(shot)
    second = ask(client, RenderRange(shot=later, first=1, last=24, credit=100))
    before, after = pictures(first), pictures(second)
    unchanged = [frame for frame in before if before[frame] == after[frame]]
    job = ask(client, JobStatus(job=of_type(second, Accepted)[0].job))[0].event.jobs[0]
    assert 0 < job.reused < 24
    assert job.reused <= len(unchanged)


def small_shot_with_another_end(shot):
    """The same shot with an emotion that begins at its last quarter."""
    return msgspec.structs.replace(shot, emotions=(*shot.emotions, EmotionKey(0.75, "angry", 1.0, 0.1)))


def test_a_moving_camera_renders_only_the_frames_that_it_changes(client, voice):
    looks = [msgspec.structs.replace(LOOK, focal_mm=50.0 + row) for row in range(24)]
    first = ask(client, RenderRange(shot=small_shot(voice, camera_track=tuple(looks)), first=1, last=24, credit=100))
    looks[7] = looks[8] = msgspec.structs.replace(LOOK, shift_x=0.1)
    moved = small_shot(voice, camera_track=tuple(looks))
    second = ask(client, RenderRange(shot=moved, first=1, last=24, credit=100))
    job = ask(client, JobStatus(job=of_type(second, Accepted)[0].job))[0].event.jobs[0]
    assert job.reused == 22
    keys = [{event.frame: event.key for event in of_type(each, FrameDone)} for each in (first, second)]
    assert [frame for frame in keys[0] if keys[0][frame] != keys[1][frame]] == [8, 9]


def test_exr_frames_say_so_and_equal_those_rendered_directly(client, voice, tiny_actor):
    shot = small_shot(voice, camera=msgspec.structs.replace(LOOK, crop=Crop(4, 4, 20, 16)), output="exr")
    received = ask(client, RenderRange(shot=shot, first=3, last=4))
    assert [event.form for event in of_type(received, FrameDone)] == ["exr", "exr"]
    actor = load_actor(tiny_actor)
    plan = pipeline.plan(shot, load_audio(voice), actor)
    frame = pipeline.render_row(plan, 2, shot, actor, pipeline.load_engine(shot, actor))
    view = pipeline.view_of(plan, 2, shot, actor)
    assert frame.depth.shape == (16, 20)
    assert pictures(received)[3] == placed_in_film(exr_bytes(frame, view), 3, Fraction(24), film_hash(shot, actor))
    as_png = ask(client, RenderFrame(shot=msgspec.structs.replace(shot, output="png"), frame=3))
    assert pictures(as_png)[3] == png_bytes(frame), "the same frame in another form is another file"


def test_frame_numbers_begin_at_the_shots_first_frame(client, voice, shot):
    moved = small_shot(voice, frame_start=101)
    event, _ = planned_arrays(ask(client, PlanShot(shot=moved)))
    assert event.frame_start == 101
    there = pictures(ask(client, RenderFrame(shot=moved, frame=103)))
    here = pictures(ask(client, RenderFrame(shot=shot, frame=3)))
    assert there[103] == here[3]


def test_a_range_outside_the_shot_is_refused_in_words(client, shot):
    failed = ask(client, RenderRange(shot=shot, first=20, last=30))[-1].event
    assert isinstance(failed, Failed) and failed.code == "bad_shot" and "1 to 24" in failed.message


def test_a_second_client_can_watch_a_job_and_skip_what_it_has(backend, client, shot):
    first = ask(client, RenderRange(shot=shot, first=1, last=12, credit=100))
    job = of_type(first, Accepted)[0].job
    other = backend.connect("second")
    listed = ask(other, ListJobs())[0].event.jobs
    assert job in [info.job for info in listed]
    seen = pictures(ask(other, Watch(job=job, credit=100, have=(1, 2, 3))))
    assert seen == {frame: png for frame, png in pictures(first).items() if frame > 3}
    other.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"actor": "../../etc"}, "bad_actor"),
        ({"engine": "abacus"}, "render"),
        ({"width": 1}, "bad_shot"),
        ({"emotions": (EmotionKey(0.0, "bored"),)}, "bad_shot"),
    ],
)
def test_a_shot_that_cannot_be_rendered_fails_with_a_sentence_and_a_hint(client, voice, shot, change, code):
    failed = ask(client, RenderRange(shot=small_shot(voice, **change), first=1, last=2))[-1].event
    assert isinstance(failed, Failed) and failed.code == code
    assert failed.message.endswith(".") and failed.hint.endswith(".")


def test_audio_that_was_never_brought_is_asked_for(client, tmp_path):
    unknown = small_shot(write_voice(tmp_path / "unknown.wav", 0.3))
    assert ask(client, PlanShot(shot=unknown))[-1].event.code == "no_audio"


def test_a_text_file_is_no_audio_and_the_message_names_it(client, tmp_path):
    path = tmp_path / "letter.wav"
    path.write_text("Dear Sir or Madam")
    upload(client, path)
    failed = ask(client, PlanShot(shot=small_shot(path)))[-1].event
    assert failed.code == "bad_audio" and "letter.wav" in failed.message and failed.hint


def test_a_job_that_nobody_knows(client):
    assert ask(client, Watch(job="0123456789ab"))[-1].event.code == "unknown_job"


def test_requests_of_a_closed_client_are_refused_at_once(backend):
    client = backend.connect()
    client.close()
    assert client.state is ConnectionState.CLOSED
    with pytest.raises(Exception, match="closed"):
        client.send(ListJobs())
    assert isinstance(client, Client) and client.poll() == []


def test_a_recording_that_was_damaged_on_the_backends_disk_is_brought_again(backend, client, tmp_path):
    voice = write_voice(tmp_path / "voice.wav", seconds=0.7)
    sha256 = upload(client, voice)
    (backend.folder / "cache" / "service" / "blobs" / sha256).write_bytes(bytes(voice.stat().st_size))
    failed = ask(client, PlanShot(shot=small_shot(voice)))[-1].event
    assert isinstance(failed, Failed) and failed.code == "upload_lost" and failed.hint
    assert upload(client, voice) == sha256
    assert isinstance(ask(client, PlanShot(shot=small_shot(voice)))[-1].event, Done)


def test_memory_is_not_released_under_a_job_that_waits_for_the_renderer(backend, client, shot):
    """A renderer that was let go starts again for a job; to let go of it once more would leave the job waiting."""
    ask(client, ReleaseMemory())
    plan = client.send(PlanShot(shot=msgspec.structs.replace(shot, seed=4711)))
    ask(client, ReleaseMemory())
    assert isinstance(answers(client, plan)[-1].event, Done)


def test_a_shot_of_two_uploads_is_planned_and_rendered_as_the_pipeline_does(client, voice, tiny_actor, tmp_path):
    other = write_voice(tmp_path / "second take.wav", seconds=0.73)
    second = AudioRef(hashlib.sha256(other.read_bytes()).hexdigest(), other.name)
    upload(client, voice)
    asked = small_shot(voice, further_audio=(AudioPart(second, 1.5), AudioPart(small_shot(voice).audio, 1.8)))
    refused = ask(client, PlanShot(shot=asked))[-1].event
    assert isinstance(refused, Failed) and refused.code == "no_audio"
    upload(client, other)
    event, arrays = planned_arrays(ask(client, PlanShot(shot=asked)))
    direct = pipeline.plan(asked, open_voice(asked, [voice, other, voice]), load_actor(tiny_actor))
    assert event.frames == len(direct) == 68
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, getattr(direct, name))
    frames = pictures(ask(client, RenderRange(shot=asked, first=40, last=41, credit=9)))
    assert list(frames) == [40, 41]


def test_an_edited_landmark_is_in_the_plan_and_its_frames_alone_are_rendered_again(client, shot):
    edits = LandmarkEdits((LandmarkEdit(48, 11 / 24, (-0.01, 0.003, 0.0)),), fade_seconds=0.1)
    edited = msgspec.structs.replace(shot, seed=7, landmark_edits=edits)
    unedited = msgspec.structs.replace(edited, landmark_edits=None)
    _, before = planned_arrays(ask(client, PlanShot(shot=unedited)))
    _, after = planned_arrays(ask(client, PlanShot(shot=edited)))
    moved = np.flatnonzero((before["landmarks"] != after["landmarks"]).any((1, 2)))
    assert list(moved) == list(range(9, 14))
    np.testing.assert_allclose((after["landmarks"] - before["landmarks"])[11, 48], (-0.01, 0.003, 0.0), atol=1e-7)
    first = pictures(ask(client, RenderRange(shot=unedited, first=1, last=24, credit=99)))
    received = ask(client, RenderRange(shot=edited, first=1, last=24, credit=99))
    (accepted,) = of_type(received, Accepted)
    (job,) = ask(client, JobStatus(job=accepted.job))[0].event.jobs
    assert job.reused == 24 - len(moved)
    second = pictures(received)
    assert {number - 1 for number in first if first[number] != second[number]} <= set(moved)
    assert first[12] != second[12]
