"""A small Flamenco farm for tests: its Manager's job compiler under node, its variables, and a worker."""

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

import msgspec
import pytest

STAND_INS = Path(__file__).with_name("flamenco_stand_ins.js")


class Refused(Exception):
    """The job type threw this sentence."""


class Command(msgspec.Struct):
    """Of a task: its name in Flamenco, and what it is given."""

    name: str
    parameters: dict


class Task(msgspec.Struct):
    """A compiled task; dependencies are indices of other tasks."""

    name: str
    type: str
    commands: list[Command]
    dependencies: list[int]


class Compiled(msgspec.Struct):
    """What the job compiler answered."""

    job_type: dict = {}
    tasks: list[Task] = []
    error: str = ""


def compile_job(script: str, settings: dict) -> Compiled:
    """Run a job type's compileJob under node; skips the test where node is missing.

    Raises:
        Refused: it threw.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not here, which runs Flamenco's job types")
    asked = json.dumps({"script": script, "job": {"name": "film", "settings": settings}})
    done = subprocess.run([node, STAND_INS], input=asked.encode(), capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    answer = msgspec.json.decode(done.stdout, type=Compiled)
    if answer.error:
        raise Refused(answer.error)
    return answer


@dataclass(frozen=True)
class Variables:
    """Of a Manager: values by platform, by name; two-way ones are paths."""

    one_way: dict[str, dict[str, str]] = field(default_factory=dict)
    two_way: dict[str, dict[str, str]] = field(default_factory=dict)

    def submitted(self, settings: dict, platform: str) -> dict:
        """A job's settings as the Manager keeps them: beginnings of paths become variables."""
        return {
            key: self._named(value, platform) if isinstance(value, str) else value for key, value in settings.items()
        }

    def _named(self, text: str, platform: str) -> str:
        for name, values in self.two_way.items():
            begin = values.get(platform)
            if begin and text.lower().replace("\\", "/").startswith(begin.lower().replace("\\", "/")):
                text = f"{{{name}}}" + text[len(begin) :]
        return text

    def for_worker(self, text: str, platform: str) -> str:
        """An argument as a worker of this platform gets it; all slashes of one that names a path are its platform's."""
        for name, values in self.one_way.items():
            text = text.replace(f"{{{name}}}", values[platform])
        for name, values in self.two_way.items():
            if f"{{{name}}}" in text:
                whole = text.replace(f"{{{name}}}", values[platform])
                windows = platform == "windows"
                text = str(PureWindowsPath(whole)) if windows else str(PurePosixPath(whole.replace("\\", "/")))
        return text


def command_line(command: Command, variables: Variables, platform: str) -> list[str]:
    """What a worker runs for an `exec` command."""
    assert command.name == "exec", "tests know no other command of Flamenco's workers"
    words: Sequence[str] = (command.parameters["exe"], *command.parameters["args"])
    assert all(isinstance(word, str) for word in words), "Flamenco's workers take text only"
    return [variables.for_worker(word, platform) for word in words]


def in_order(tasks: list[Task]) -> list[Task]:
    """Tasks so that each comes after all it depends on; of the others, the last added comes first."""
    done: list[int] = []
    while len(done) < len(tasks):
        ready = [n for n, task in enumerate(tasks) if n not in done and set(task.dependencies) <= set(done)]
        assert ready, "tasks wait for each other"
        done.append(ready[-1])
    return [tasks[n] for n in done]


def work_off(tasks: list[Task], lines: Callable[[Command], list[str]], run: Callable) -> None:
    """Run every task's commands, one after the other."""
    for task in in_order(tasks):
        for command in task.commands:
            run(lines(command))
