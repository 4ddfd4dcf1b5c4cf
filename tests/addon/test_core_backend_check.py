"""The preferences' test of a Python: a plain answer, whatever the program is or does."""

import os
import sys
import time

import pytest
from emogene_addon.core.backend_check import CHECK_SECONDS, PythonCheck
from emogene_addon.emogene_proto.errors import BackendError
from emogene_addon.emogene_proto.message_fields import PROTOCOL_VERSION

POSIX = pytest.mark.skipif(os.name == "nt", reason="needs POSIX scripts")


def answered(check: PythonCheck):
    end = time.monotonic() + 90
    try:
        while (answer := check.step()) is None:
            assert time.monotonic() < end
            time.sleep(0.01)
    finally:
        check.end()
    return answer


@pytest.fixture
def program(tmp_path):
    def make(text: str):
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    return make


def test_a_backend_that_works_says_what_it_is(tiny_actor):
    answer = answered(PythonCheck(sys.executable, tiny_actor.parent))
    assert answer.works, answer
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert answer.text.startswith("EmoGene ") and f", Python {version}." in answer.text
    assert f"actors: bundled, {tiny_actor.name}" in answer.text and not answer.hint


@POSIX
@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("echo '/usr/bin/python3: No module named emogene' >&2; exit 1", "has no EmoGene."),
        ("echo 'No such option: --quick' >&2; exit 2", "older than the add-on"),
        ("echo 'ModuleNotFoundError: No module named torch' >&2; exit 1", "No module named torch."),
        ("echo root", "does not answer as a Python with EmoGene does."),
        ("kill -9 $$", "does not answer as a Python with EmoGene does."),
        (
            f'echo \'{{"version":"9","python":"3","protocol":{PROTOCOL_VERSION + 1}}}\'',
            "EmoGene 9 is of another release",
        ),
        (
            f'echo \'{{"version":"9","python":"3","protocol":{PROTOCOL_VERSION},"problem":"Numba is gone.",'
            '"hint":"Get it."}\'',
            "Numba is gone.",
        ),
    ],
)
def test_what_does_not_work_is_told_with_what_to_do(program, does, told):
    answer = answered(PythonCheck(program(does)))
    assert not answer.works and told in answer.text and answer.hint


@POSIX
def test_one_that_does_not_answer_is_not_waited_for_for_ever(program):
    now = [0.0]
    check = PythonCheck(program("exec sleep 100"), clock=lambda: now[0])
    assert check.step() is None
    now[0] = CHECK_SECONDS + 1
    answer = check.step()
    check.end()
    assert not answer.works and "60 seconds" in answer.text
    assert check._process.returncode != 0, "it does not go on"


def test_what_is_no_program_is_told(tmp_path):
    with pytest.raises(BackendError) as caught:
        PythonCheck(tmp_path / "nothing")
    assert "preferences" in caught.value.hint
