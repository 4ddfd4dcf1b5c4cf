"""How followed jobs look: bars on a terminal, lines elsewhere."""

import io
import time

import msgspec
import pytest
from rich.console import Console
from rich.progress import Progress

from emogene.cli_jobs_watch import Bars, Followed, columns, follow, progress_text, summary, view_on
from emogene_proto.errors import EmoGeneError
from emogene_proto.messages import Failed, JobInfo, Jobs, JobStatus, ListJobs

WAITING = JobInfo(
    job="0123456789ab",
    kind="render",
    state="submitted",
    done=0,
    total=1440,
    reused=0,
    first=1,
    last=1440,
    actor="bundled",
    shot_sha256="0" * 64,
    created=time.time(),
)


def changed(**changes) -> JobInfo:
    return msgspec.structs.replace(WAITING, **changes)


def seen(terminal: bool, *states: JobInfo) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100, color_system=None)
    followed = Followed(WAITING)
    with view_on(console) as view:
        view.show(followed)
        for info in states:
            followed.update(info)
            view.show(followed)
        view.tell("0123456789ab: frame 7 failed: [red]It died.")
    return console.file.getvalue()


RUNNING = changed(state="rendering", started=1.0, done=120, reused=100)
DONE = changed(state="done", started=100.0, ended=165.0, done=1440, reused=1300, bytes=2_500_000)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_job_is_seen_to_its_end_with_what_happened_to_it(terminal):
    text = seen(terminal, RUNNING, DONE)
    assert "0123456789ab: frame 7 failed: [red]It died." in text
    assert "0123456789ab render done: 1440 of 1440 frames, 1300 reused, 2.5 MB, in 1 min 5 s" in text


def test_a_bar_says_what_is_being_done():
    progress = Progress(*columns(), console=Console(file=io.StringIO(), width=100, color_system=None), disable=True)
    bars = Bars(progress)
    bars.show(Followed(RUNNING))
    with progress.console.capture() as capture:
        progress.console.print(progress.get_renderable())
    line = capture.get()
    assert "0123456789ab render" in line and "rendering 120 of 1440, 100 reused" in line


def test_lines_come_with_each_state_and_not_with_each_frame():
    frames = [msgspec.structs.replace(RUNNING, done=done) for done in range(121, 200)]
    assert len(seen(False, RUNNING, *frames, DONE).splitlines()) == 4


def test_while_it_is_planned_the_step_is_told():
    assert progress_text(Followed(WAITING, stage="Adding emotion")) == "adding emotion"
    assert progress_text(Followed(RUNNING, stage="Adding emotion")) == "rendering 120 of 1440, 100 reused"
    assert progress_text(Followed(changed(state="rendering", done=3, failed=2))) == "rendering 3 of 1440, 2 failed"


def test_a_plan_has_no_frames():
    assert summary(changed(kind="plan", state="done", total=0)) == "0123456789ab plan done"


def test_a_failed_job_is_over_when_its_reason_is_known_and_a_done_one_at_once():
    failed = Followed(WAITING, request=3, closely=True)
    assert not failed.over
    failed.update(changed(state="failed", failure="It died."))
    assert not failed.over and failed.error().message == "It died."
    failed.failure, failed.closely = Failed(id=3, code="died", message="It died thrice.", hint="Look."), False
    assert failed.over and (failed.error().message, failed.error().code) == ("It died thrice.", "died")
    done = Followed(WAITING, request=4, closely=True)
    done.update(DONE)
    assert done.over and done.error() is None


def test_a_reason_that_does_not_come_is_not_waited_for_for_ever():
    failed = Followed(WAITING, request=3, closely=True)
    failed.update(changed(state="failed", failure="It died."))
    failed.ended -= 60
    assert failed.over and "retry" in failed.error().hint


class Forgetful:
    """A conversation with a backend that has forgotten all jobs but one, which has ended."""

    def __init__(self, known: JobInfo):
        self.known = known

    def send(self, request):
        return 1

    def heard(self, seconds):
        return []

    def ask(self, request):
        if isinstance(request, ListJobs):
            return Jobs(id=1, jobs=())
        assert isinstance(request, JobStatus)
        if request.job != self.known.job:
            raise EmoGeneError("The backend does not know this job.", "", "unknown_job")
        return Jobs(id=1, jobs=(self.known,))


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("newcomers", [True, False])
def test_a_job_that_was_cleaned_meanwhile_is_taken_off_and_the_others_are_followed(terminal, newcomers):
    cleaned = changed(job="ba9876543210")
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100, color_system=None)
    with view_on(console) as view:
        ended = follow(Forgetful(DONE), [cleaned, RUNNING], view, newcomers)
    assert [job.info for job in ended] == [DONE]
    text = console.file.getvalue()
    assert "ba9876543210 was cleaned" in text and "0123456789ab render done" in text


def test_a_single_job_that_was_cleaned_is_no_success():
    with view_on(Console(file=io.StringIO())) as view, pytest.raises(EmoGeneError, match="cleaned") as gone:
        follow(Forgetful(DONE), [changed(job="ba9876543210")], view, newcomers=False)
    assert gone.value.code == "unknown_job"
