"""What a worker says ends in the backend's log, whichever way it was said, and never stops the worker."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from emogene.service.logs import LogLevel, backend_log
from emogene.service.worker_output import WorkerOutput

LOGS = """
import logging, sys, warnings
from emogene.service.logs import about
from emogene.service.worker_output import log_to_backend
log_to_backend()
log = logging.getLogger("emogene.worker")
"""


def run(script: str, path: Path, doing=dict, level: LogLevel = LogLevel.INFO) -> list[dict]:
    """Lines of the backend's log after a worker that runs this script has ended."""
    with backend_log(path, path.parent, level):
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=False
        )
        assert process.stdout is not None
        output = WorkerOutput(process.stdout, process.pid, doing)
        process.wait(120)
        assert output.join(60)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert all(line["worker"] == process.pid for line in lines)
    return lines


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "backend.jsonl"


def test_a_logged_line_keeps_its_level_logger_and_traceback(path):
    script = LOGS + "try:\n    [][0]\nexcept IndexError:\n    log.exception('task failed')\n"
    (line,) = run(script, path)
    assert (line["level"], line["logger"], line["event"]) == ("error", "emogene.worker", "task failed")
    assert line["traceback"].endswith("IndexError: list index out of range")


def test_a_line_is_about_what_the_worker_does_unless_it_says_so_itself(path):
    script = LOGS + "log.info('first')\nwith about(frame=0, job='b' * 12):\n    log.info('second')\n"
    first, second = run(script, path, lambda: {"job": "a" * 12, "frame": 5})
    assert (first["job"], first["frame"]) == ("a" * 12, 5)
    assert (second["job"], second["frame"]) == ("b" * 12, 0)


def test_what_is_printed_or_warned_of_is_there_too(path):
    script = LOGS + "print('printed', flush=True)\nwarnings.warn('old')\nsys.stderr.write('by a library\\n')\n"
    printed, warned, library = run(script, path)
    assert (printed["event"], printed["level"]) == ("printed", "warning")
    assert "UserWarning: old" in warned["event"] and warned["logger"] == "py.warnings"
    assert library["event"] == "by a library"


def test_debug_lines_are_kept_only_where_asked_for(path):
    script = LOGS + "log.debug('fine')\nlogging.getLogger('numba').debug('chatter')\n"
    assert run(script, path) == []
    assert [line["event"] for line in run(script, path, level=LogLevel.DEBUG)] == ["fine"]


def test_a_worker_that_says_much_is_not_held_up(path):
    script = LOGS + "for number in range(5000):\n    log.info('line %d ' + 'x' * 200, number)\n"
    lines = run(script, path)
    assert [line["event"].split()[1] for line in lines] == [str(number) for number in range(5000)]


def test_a_line_without_end_takes_no_memory_without_end(path):
    lines = run("print('x' * 1_000_000)", path)
    assert sum(len(line["event"]) for line in lines) == 1_000_000
    assert max(len(line["event"]) for line in lines) <= 65_536


def test_bytes_that_are_no_text_are_shown(path):
    (line,) = run("import os; os.write(1, b'\\xff\\xfe broken\\n')", path)
    assert line["event"] == "\\xff\\xfe broken"


@pytest.mark.skipif(os.name == "nt", reason="a process that dies of a signal is POSIX")
def test_the_last_words_of_a_worker_that_dies_are_kept(path):
    script = (
        LOGS + "import os, signal\nlog.info('frame 7')\nos.write(2, b'half a li')\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    assert [line["event"] for line in run(script, path)] == ["frame 7", "half a li"]


def test_one_line_that_cannot_be_logged_does_not_stop_the_next(path):
    known = iter([{}])

    with backend_log(path, path.parent):
        process = subprocess.Popen([sys.executable, "-c", "print('one')\nprint('two')"], stdout=subprocess.PIPE)
        assert process.stdout is not None
        output = WorkerOutput(process.stdout, process.pid, lambda: next(known))
        process.wait(120)
        assert output.join(60)
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert first["event"] == "one"
    assert "cannot be logged" in second["event"] and "StopIteration" in second["traceback"]
