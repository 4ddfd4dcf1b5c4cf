# SPDX-License-Identifier: GPL-3.0-or-later
"""Trying what the preferences name, without waiting: a Python on this computer, or a backend on another one."""

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from ..emogene_proto.client import Client, ConnectionState
from ..emogene_proto.connection import Connection, start_environment
from ..emogene_proto.errors import BackendError, EmoGeneError
from ..emogene_proto.message_fields import PROTOCOL_VERSION
from ..emogene_proto.quick_check import QuickCheck, check_command
from .backend_process import WITHOUT_WINDOW
from .find_python import INSTALL_HINT
from .said import said

CHECK_SECONDS = 60.0
"""The first time a slow disk takes half a minute for all that a backend loads."""
_UPDATE_HINT = said("Update the add-on and the backend to the same release.")


@dataclass(frozen=True)
class Answer:
    """What came of it, for people."""

    works: bool
    text: str
    hint: str = ""
    """What to do where it does not work."""


class Check(Protocol):
    """Something that is being tried."""

    def step(self) -> Answer | None:
        """The answer, once there is one; called again and again, and never waits."""
        ...

    def end(self) -> None:
        """Give up, or tidy up."""
        ...


class PythonCheck:
    """Whether a Python has a backend that works."""

    def __init__(self, python: Path, actors_folder: Path | None = None, clock: Callable[[], float] = time.monotonic):
        """Begin to ask it.

        Raises:
            BackendError: the program cannot be run.
        """
        self._python = python
        self._clock = clock
        self._deadline = clock() + CHECK_SECONDS
        command = check_command(str(python), str(actors_folder or ""))
        with contextlib.ExitStack() as files:
            self._printed = files.enter_context(tempfile.TemporaryFile())
            self._errors = files.enter_context(tempfile.TemporaryFile())
            streams = {"stdin": subprocess.DEVNULL, "stdout": self._printed, "stderr": self._errors}
            try:
                self._process = subprocess.Popen(command, env=start_environment(), **streams, **WITHOUT_WINDOW)
            except OSError as error:
                raise BackendError(f"The backend's program {python} cannot be run.", INSTALL_HINT) from error
            self._files = files.pop_all()

    def step(self) -> Answer | None:
        if self._process.poll() is not None:
            return self._answer()
        if self._clock() < self._deadline:
            return None
        self._process.kill()
        hint = said("Try once more: the first time takes longest. Else look at it with `emogene doctor`.")
        return Answer(False, said("It did not answer in {number} seconds.", number=f"{CHECK_SECONDS:g}"), hint)

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._files.close()

    def _answer(self) -> Answer:
        try:
            told = msgspec.json.decode(_content(self._printed), type=QuickCheck)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return self._no_backend()
        if told.protocol != PROTOCOL_VERSION:
            text = said("EmoGene {version} is of another release than this add-on.", version=told.version)
            return Answer(False, text, _UPDATE_HINT)
        if told.problem:
            return Answer(False, told.problem, told.hint)
        return Answer(True, _described(told.version, told.device, told.actors, told.python))

    def _no_backend(self) -> Answer:
        printed = _content(self._errors).decode("utf-8", errors="replace").split("\n")
        last = next((line.strip() for line in reversed(printed) if line.strip()), "")
        if last.rstrip("'\"").endswith(("No module named emogene", "No module named emogene.__main__")):
            return Answer(False, said("{python} has no EmoGene.", python=self._python), INSTALL_HINT)
        if "--quick" in " ".join(printed):
            return Answer(False, said("This EmoGene is older than the add-on."), _UPDATE_HINT)
        text = said("{python} does not answer as a Python with EmoGene does.", python=self._python)
        if last:
            why = last.rstrip(".")[:200]
            text = said("{python} does not answer as a Python with EmoGene does: {why}.", python=self._python, why=why)
        return Answer(False, text, INSTALL_HINT)


class ConnectionCheck:
    """Whether a backend lets this client in."""

    def __init__(self, connection: Connection, client_name: str, clock: Callable[[], float] = time.monotonic):
        """Begin to connect."""
        self._clock = clock
        self._began = clock()
        self._client = Client.connect(connection, client_name)

    def step(self) -> Answer | None:
        self._client.poll()
        if self._client.state is ConnectionState.CONNECTING:
            return None
        welcome = self._client.welcome
        if self._client.state is not ConnectionState.READY or welcome is None:
            problem = self._client.problem or BackendError("The backend does not answer.", "Restart it there.")
            return failed(problem)
        if welcome.problem:
            text = said("It answers, but cannot render: {problem}", problem=welcome.problem)
            return Answer(False, text, said("Mend it on that computer."))
        text = _described(welcome.version, welcome.device, welcome.actors)
        took = f"{1000 * (self._clock() - self._began):.0f} ms"
        return Answer(True, said("{backend}. It answered in {time}", backend=text, time=took))

    def end(self) -> None:
        self._client.close()


def failed(error: EmoGeneError) -> Answer:
    return Answer(False, error.message, error.hint)


def _described(version: str, device: str, actors: tuple[str, ...], python: str = "") -> str:
    parts = [f"EmoGene {version}", f"Python {python}" if python else "", device]
    told = ", ".join(filter(None, parts))
    return said("{backend}, actors: {actors}", backend=told, actors=", ".join(actors) or said("none"))


def _content(file) -> bytes:
    file.seek(0)
    return file.read(1_000_000)
