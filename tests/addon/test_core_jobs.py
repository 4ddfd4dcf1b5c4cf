"""One job, event by event: what it sends, what it makes of the answers, how it ends."""

import time
from array import array
from pathlib import Path

import msgspec
import pytest
from emogene_addon.core.bringing import KnownFiles
from emogene_addon.core.character_key import CharacterKey
from emogene_addon.core.happenings import FrameSaved, Planned
from emogene_addon.core.jobs import Job, KnownPlan, RenderTo
from emogene_addon.core.render_note import RenderedRange, read_note
from emogene_addon.core.whole_files import PIECE_BYTES
from emogene_addon.emogene_proto.errors import RenderError
from emogene_addon.emogene_proto.messages import (
    Accepted,
    ArraySpec,
    Cancel,
    Done,
    Failed,
    FrameDone,
    FrameFailed,
    PlanShot,
    Progress,
    RenderRange,
    ShotPlanned,
    Uploaded,
    UploadProgress,
)
from emogene_addon.emogene_proto.shot import AudioRef, Shot

SHA = "ab" * 32
JOB_ID = "0123456789ab"
SHOT = Shot(AudioRef(path="/voice.wav"), frame_start=11)
WHOSE = CharacterKey(7, 1)


class Wire:
    """Takes what a job sends; stands for the connection, which is tested with a real backend elsewhere."""

    def __init__(self):
        self.sent = []
        self.credit = 0

    def upload(self, path: Path) -> int:
        self.sent.append(path)
        return len(self.sent)

    def send(self, request) -> int:
        self.sent.append(request)
        return len(self.sent)

    def add_credit(self, request_id: int, frames: int) -> None:
        self.credit += frames


@pytest.fixture
def wire() -> Wire:
    return Wire()


def plan_event(request: int, frames: int) -> tuple[ShotPlanned, list[bytes]]:
    shapes = {"landmarks": (frames, 68, 3), "weights": (frames, 8), "poses": (frames, 4, 4), "gaze": (frames, 2)}
    parts = []
    for shape in shapes.values():
        size = 1
        for side in shape:
            size *= side
        parts.append(array("f", range(size)).tobytes())
    specs = tuple(ArraySpec(name=name, shape=shape) for name, shape in shapes.items())
    event = ShotPlanned(id=request, job=JOB_ID, frames=frames, fps=24.0, frame_start=11, arrays=specs)
    return event, parts


def planned(wire: Wire, job: Job, frames: int = 20) -> list:
    """Bring a job as far as its plan."""
    job.begin(wire)
    job.take(wire, Uploaded(id=1, sha256=SHA), [])
    job.take(wire, Accepted(id=2, job=JOB_ID), [])
    happenings = job.take(wire, *plan_event(2, frames))
    job.take(wire, Done(id=2), [])
    return happenings


def frame_done(number: int, request: int = 3) -> FrameDone:
    return FrameDone(id=request, job=JOB_ID, frame=number, key=SHA, done=1, total=20)


def test_a_plan_is_the_voice_then_the_shot_with_its_hash(wire):
    job = Job(WHOSE, SHOT, KnownFiles())
    (happening,) = planned(wire, job)
    assert wire.sent[0] == Path("/voice.wav")
    assert isinstance(wire.sent[1], PlanShot) and wire.sent[1].shot.audio.sha256 == SHA
    assert isinstance(happening, Planned) and happening.whose == WHOSE
    assert len(happening.plan) == 20
    assert happening.plan.landmarks[:3].tolist() == [0.0, 1.0, 2.0]
    assert (job.over, job.problem, job.cancelled) == (True, None, False)


def test_what_is_to_be_told_of_the_recording_comes_with_its_plan(wire):
    job = Job(WHOSE, SHOT, KnownFiles())
    job.begin(wire)
    job.take(wire, Uploaded(id=1, sha256=SHA), [])
    event, parts = plan_event(2, 20)
    (happening,) = job.take(wire, msgspec.structs.replace(event, note="voice.wav breaks off."), parts)
    assert happening.note == "voice.wav breaks off."


def test_warnings_of_what_will_look_wrong_come_with_the_plan(wire):
    job = Job(WHOSE, SHOT, KnownFiles())
    job.begin(wire)
    job.take(wire, Uploaded(id=1, sha256=SHA), [])
    event, parts = plan_event(2, 20)
    (happening,) = job.take(wire, msgspec.structs.replace(event, warnings=("Too sad.",)), parts)
    assert happening.warnings == ("Too sad.",)


def test_a_render_plans_first_and_asks_for_the_timelines_frames(wire, tmp_path):
    job = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path / "new" / "folder", 1, None))
    planned(wire, job)
    request = wire.sent[2]
    assert isinstance(request, RenderRange)
    assert (request.first, request.last) == (11, 30)
    assert not job.over
    assert (tmp_path / "new" / "folder").is_dir()


def test_what_is_planned_already_is_not_planned_again(wire, tmp_path):
    job = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 3, 5), known=KnownPlan((SHA,), 20))
    job.begin(wire)
    job.take(wire, Uploaded(id=1, sha256=SHA), [])
    assert isinstance(wire.sent[1], RenderRange)
    assert (wire.sent[1].first, wire.sent[1].last) == (13, 15)


def test_a_voice_recorded_anew_into_the_same_file_is_planned_again(wire, tmp_path):
    job = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 3, 5), known=KnownPlan(("cd" * 32,), 20))
    job.begin(wire)
    job.take(wire, Uploaded(id=1, sha256=SHA), [])
    assert isinstance(wire.sent[1], PlanShot)


def test_frames_are_numbered_from_one_and_each_gives_credit_for_another(wire, tmp_path):
    job = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 1, None))
    planned(wire, job)
    happenings = [h for n in (12, 11) for h in job.take(wire, frame_done(n), [b"picture %d" % n])]
    assert happenings == [FrameSaved(WHOSE, n, tmp_path, 11, "png", shot_frames=20) for n in (2, 1)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frame_0001.png", "frame_0002.png"]
    assert (tmp_path / "frame_0002.png").read_bytes() == b"picture 12"
    assert (job.done, job.total, wire.credit) == (2, 20, 2)
    job.take(wire, Done(id=3), [])
    assert job.over and job.finished().rendered


def test_a_large_frame_is_saved_little_by_little(wire, tmp_path):
    job = rendering(wire, tmp_path)
    picture = bytes(2 * PIECE_BYTES + 1)
    assert job.take(wire, frame_done(13), [picture]) == [] and job.is_saving and wire.credit == 0
    assert job.go_on(wire) == []
    (saved,) = job.go_on(wire)
    assert (saved.number, job.done, wire.credit, job.is_saving) == (3, 1, 1, False)
    job.abandon(None)
    assert (tmp_path / "frame_0003.png").read_bytes() == picture


def test_a_large_frame_that_is_being_saved_when_the_connection_ends_leaves_nothing(wire, tmp_path):
    job = rendering(wire, tmp_path)
    job.take(wire, frame_done(13), [bytes(2 * PIECE_BYTES)])
    job.abandon(None)
    assert not job.is_saving and not list(tmp_path.glob("*frame*"))


def rendering(wire: Wire, folder: Path, form: str = "png") -> Job:
    """A render of frames 3 to 6 that the backend has accepted."""
    job = Job(WHOSE, msgspec.structs.replace(SHOT, output=form), KnownFiles(), RenderTo(folder, 3, 6))
    planned(wire, job)
    job.take(wire, Accepted(id=3, job=JOB_ID), [])
    return job


def test_a_render_is_noted_from_its_acceptance_on(wire, tmp_path):
    job = rendering(wire, tmp_path, "exr")
    for number in (14, 13):
        job.take(wire, msgspec.structs.replace(frame_done(number), form="exr"), [b"picture"])
    found = read_note(tmp_path)
    assert found.render.job == JOB_ID and abs(found.render.begun - time.time()) < 60
    assert found.render.range == RenderedRange(3, 6, shot_frames=20, frame_start=11, form="exr")
    assert found.saved == (3, 4)
    job.abandon(None)
    assert read_note(tmp_path) == found


@pytest.mark.parametrize("code", [None, "cancelled", "frames_failed", "disk"])
def test_the_note_goes_when_the_backend_ends_the_render(wire, tmp_path, code):
    job = rendering(wire, tmp_path)
    job.take(wire, Failed(id=3, code=code, message="Over.", hint="") if code else Done(id=3), [])
    assert job.over and list(tmp_path.iterdir()) == []


def test_the_note_stays_when_the_connection_is_lost_or_the_job_abandoned(wire, tmp_path):
    job = rendering(wire, tmp_path / "lost")
    job.take(wire, Failed(id=3, code="connection_lost", message="Gone.", hint=""), [])
    wire.sent.clear()
    rendering(wire, tmp_path / "abandoned").abandon(RenderError("The disk is full.", ""))
    for folder in ("lost", "abandoned"):
        assert read_note(tmp_path / folder).render.job == JOB_ID


def test_the_note_goes_when_the_artist_cancels_and_does_not_come_back(wire, tmp_path):
    job = rendering(wire, tmp_path)
    job.cancel(wire)
    assert list(tmp_path.iterdir()) == []
    job.take(wire, frame_done(13), [b"picture"])
    assert [path.name for path in tmp_path.iterdir()] == ["frame_0003.png"]
    wire.sent.clear()
    early = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 3, 6))
    planned(wire, early)
    early.cancel(wire)
    early.take(wire, Accepted(id=3, job=JOB_ID), [])
    assert wire.sent[-1] == Cancel(job=JOB_ID) and read_note(tmp_path) is None


def test_a_render_that_is_refused_leaves_the_note_of_the_one_before(wire, tmp_path):
    rendering(wire, tmp_path).abandon(None)
    wire.sent.clear()
    second = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 1, None))
    planned(wire, second)
    second.take(wire, Failed(id=3, code="busy", message="Too much to do.", hint=""), [])
    assert second.problem and read_note(tmp_path).render.job == JOB_ID


def test_a_render_whose_background_is_lost_at_the_backend_begins_again_without_a_new_plan(wire, tmp_path):
    job = rendering(wire, tmp_path)
    job.take(wire, Failed(id=3, code="no_picture", message="Not there.", hint="Again."), [])
    assert not job.over and read_note(tmp_path) is None and job.stage == "sending the voice"
    job.take(wire, Uploaded(id=4, sha256=SHA), [])
    assert isinstance(wire.sent[4], RenderRange)
    job.take(wire, Accepted(id=5, job=JOB_ID), [])
    assert read_note(tmp_path) is not None
    job.take(wire, Failed(id=5, code="no_picture", message="Not there.", hint="Again."), [])
    assert job.over and job.problem.code == "no_picture"


def test_what_was_cancelled_is_not_begun_again(wire, tmp_path):
    job = rendering(wire, tmp_path)
    job.cancel(wire)
    job.take(wire, Failed(id=3, code="no_audio", message="Not there.", hint="Again."), [])
    assert job.over and len(wire.sent) == 4


def test_frames_are_saved_under_the_form_that_the_backend_sends(wire, tmp_path):
    job = Job(WHOSE, msgspec.structs.replace(SHOT, output="exr"), KnownFiles(), RenderTo(tmp_path, 1, None))
    planned(wire, job)
    (saved,) = job.take(wire, msgspec.structs.replace(frame_done(11), form="exr"), [b"picture"])
    assert saved.form == "exr" and (tmp_path / "frame_0001.exr").read_bytes() == b"picture"


def test_a_range_outside_the_voice_is_refused_in_words(wire, tmp_path):
    job = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 30, 40))
    planned(wire, job)
    assert job.over and isinstance(job.problem, RenderError)
    assert not any(isinstance(request, RenderRange) for request in wire.sent)


def test_an_answer_that_lacks_its_picture_ends_the_job(wire, tmp_path):
    job = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 1, None))
    planned(wire, job)
    assert job.take(wire, frame_done(11), []) == []
    assert job.over and job.problem is not None and job.problem.hint


def test_a_full_disk_ends_the_job_and_stops_the_backend(wire, tmp_path):
    job = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 1, None))
    planned(wire, job)
    job.take(wire, Accepted(id=3, job=JOB_ID), [])
    (tmp_path / "frame_0001.png").mkdir()  # stands in the file's place
    job.take(wire, frame_done(11), [b"picture"])
    assert job.over and "frame_0001.png" in job.problem.message
    assert wire.sent[-1] == Cancel(job=JOB_ID)


def test_a_failure_is_told_in_the_backends_words(wire):
    job = Job(WHOSE, SHOT, KnownFiles())
    job.begin(wire)
    job.take(wire, Failed(id=1, code="bad_audio", message="It holds no sound.", hint="Record it again."), [])
    assert job.over
    assert (job.problem.code, job.problem.message, job.problem.hint) == (
        "bad_audio",
        "It holds no sound.",
        "Record it again.",
    )


def test_cancelled_is_no_problem(wire):
    job = Job(WHOSE, SHOT, KnownFiles())
    job.begin(wire)
    job.take(wire, Uploaded(id=1, sha256=SHA), [])
    job.take(wire, Accepted(id=2, job=JOB_ID), [])
    job.cancel(wire)
    assert wire.sent[-1] == Cancel(job=JOB_ID)
    assert not job.over, "the backend says when"
    job.take(wire, Failed(id=2, code="cancelled", message="Cancelled.", hint=""), [])
    assert (job.over, job.cancelled, job.problem) == (True, True, None)


def test_cancelled_before_the_backend_took_it(wire):
    job = Job(WHOSE, SHOT, KnownFiles())
    job.begin(wire)
    job.take(wire, Uploaded(id=1, sha256=SHA), [])
    job.cancel(wire)
    job.take(wire, Accepted(id=2, job=JOB_ID), [])
    assert wire.sent[-1] == Cancel(job=JOB_ID)


def test_cancelled_while_the_voice_is_sent_ends_at_once(wire):
    job = Job(WHOSE, SHOT, KnownFiles())
    job.begin(wire)
    job.cancel(wire)
    assert job.over and job.cancelled


def test_answers_to_others_are_not_its_own(wire):
    job = Job(WHOSE, SHOT, KnownFiles())
    job.begin(wire)
    assert job.take(wire, Uploaded(id=99, sha256=SHA), []) == []
    assert len(wire.sent) == 1


def test_progress_is_shown_and_time_left_is_guessed_from_the_frames(wire, tmp_path):
    now = [0.0]
    job = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 1, None), clock=lambda: now[0])
    job.begin(wire)
    job.take(wire, UploadProgress(id=1, received=25, size=100), [])
    assert (job.stage, job.fraction, job.seconds_left) == ("sending the voice", 0.25, None)
    job.take(wire, Uploaded(id=1, sha256=SHA), [])
    job.take(wire, Progress(id=2, job=JOB_ID, done=1, total=2, stage="planning"), [])
    assert (job.stage, job.fraction) == ("planning", 0.5)
    job.take(wire, *plan_event(2, 20))
    job.take(wire, Done(id=2), [])
    now[0] = 3.0
    job.take(wire, frame_done(11), [b""])
    assert (job.stage, job.fraction, job.seconds_left) == ("rendering", 0.05, pytest.approx(57.0))


def failed(number: int, request: int = 3) -> FrameFailed:
    return FrameFailed(id=request, job=JOB_ID, frame=number, code="died", message="It died.", hint="Make it smaller.")


def test_frames_that_the_backend_had_are_shown_beside_those_that_came(wire, tmp_path):
    job = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 1, None))
    planned(wire, job)
    job.take(wire, Progress(id=3, job=JOB_ID, done=18, total=20, stage="rendering", reused=17), [])
    job.take(wire, frame_done(11), [b""])
    assert (job.done, job.total, job.reused) == (1, 20, 17)


def test_progress_of_the_next_plan_is_no_frame(wire, tmp_path):
    job = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 1, None))
    planned(wire, job)
    job.take(wire, Progress(id=3, job=JOB_ID, done=50, total=100, stage="Adding emotion"), [])
    assert (job.stage, job.done, job.total, job.reused) == ("rendering", 0, 20, 0)


def test_failed_frames_are_told_at_the_end_and_the_others_are_saved(wire, tmp_path):
    job = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 1, None))
    planned(wire, job)
    for event in (failed(13), failed(12), frame_done(11), failed(17)):
        job.take(wire, event, [b"picture"])
    assert not job.over and job.problem is None, "the others go on"
    job.take(wire, Failed(id=3, code="frames_failed", message="3 frames failed.", hint="Look."), [])
    assert job.over and not job.cancelled
    assert job.problem.message == "Frames 12 to 13 and 17 could not be rendered: It died."
    assert job.problem.hint == "Make it smaller. Then render again: only these frames are rendered."
    assert [path.name for path in tmp_path.iterdir()] == ["frame_0001.png"]


def test_what_ended_the_whole_job_is_told_before_single_frames(wire, tmp_path):
    job = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 1, None))
    planned(wire, job)
    job.take(wire, failed(12), [])
    job.take(wire, Failed(id=3, code="disk", message="The disk is full.", hint="Make room."), [])
    assert job.problem.message == "The disk is full."


def test_a_cancelled_render_tells_of_no_failed_frames(wire, tmp_path):
    job = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 1, None))
    planned(wire, job)
    job.take(wire, failed(12), [])
    job.take(wire, Failed(id=3, code="cancelled", message="Cancelled.", hint=""), [])
    assert (job.over, job.cancelled, job.problem) == (True, True, None)
