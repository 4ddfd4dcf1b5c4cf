"""Two thousand hostile cases: the backend answers or drops each, never ends or grows. More: benchmarks/service.py."""

import os

import pytest
from fuzzing.soak import Outcome, soak
from running_backend import RunningBackend

CASES = 2000
SEED = int(os.environ.get("EMOGENE_FUZZ_SEED", "1"))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory, tiny_actor) -> Outcome:
    folder = tmp_path_factory.mktemp("fuzzed")
    with pytest.MonkeyPatch.context() as patch, RunningBackend(folder, tiny_actor.parent) as running:
        patch.setenv("EMOGENE_CACHE", str(folder / "own cache"))
        return soak(running, tiny_actor, tmp_path_factory.mktemp("cases"), CASES, SEED)


def test_no_hostile_message_client_pack_or_shot_does_harm(outcome):
    """No crash, no error of the backend's own, no memory taken and not given back, nothing refused without words."""
    slow = "an answer took more than a second"  # which a busy computer may be to blame for: the soak counts these
    assert [failure for failure in outcome.failures if failure != slow] == []
    assert outcome.longest_answer_seconds < 20.0


def test_there_were_cases_of_every_kind(outcome):
    assert outcome.count == CASES
    assert set(outcome.cases) == {"message", "conversation", "connection", "nuisance", "pack", "shot"}


def test_hostile_work_reached_the_workers(outcome):
    """Beside the conversation that is recorded at first, which has four jobs."""
    assert outcome.begun > 4
    assert outcome.worker_bytes > 0
