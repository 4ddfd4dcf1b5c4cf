"""A backend from its start to its end: announced in a file, with a log, ended by signals."""

import contextlib
import logging
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import emogene
from emogene.service.access import open_access
from emogene.service.binding import parse_bind
from emogene.service.folder_lock import only_one
from emogene.service.freed_memory import give_back_large_blocks
from emogene.service.logs import backend_log
from emogene.service.open_files import allow_many_open_files
from emogene.service.server import Server
from emogene.service.settings import ServiceSettings
from emogene_proto.connection import (
    Connection,
    default_connection_file,
    find_backend,
    remove_connection,
    write_connection,
)
from emogene_proto.errors import BackendError

log = logging.getLogger("emogene.service")

ENDING_SECONDS = 10.0
"""So long the backend before may take to end its workers."""


def serve(
    bind: str = "tcp://127.0.0.1:0",
    connection_file: Path | None = None,
    settings: ServiceSettings | None = None,
) -> None:
    """Run a backend until it is told to end: by SIGINT, SIGTERM, Shutdown, or its parent's end.

    Args:
        bind: tcp://HOST:PORT; port 0, or on loopback one that is taken, means any free port.
        connection_file: where it announces itself; the user's own by default.

    Raises:
        AccessError: others may come without keys, or a file of keys is damaged.
        BackendError: the address cannot be used, a backend runs already, or the chosen log file cannot be written.
    """
    settings = settings or ServiceSettings()
    parse_bind(bind, settings.authorized_keys is not None)  # before keys are made
    connection_file = connection_file or default_connection_file()
    with (
        _alone(connection_file),
        backend_log(settings.log_file, settings.folder / "logs", settings.log_level) as written,
    ):
        for folder in settings.actor_folders:
            if not folder.is_dir():
                log.warning("there is no folder %s with actors", folder)
        allow_many_open_files()
        give_back_large_blocks()
        access = open_access(settings.authorized_keys, settings.server_key)
        server = Server(bind, settings, access)
        announced = server.announcement()
        try:
            with _stop_on_signals(server):
                write_connection(connection_file, announced)
                log.info("EmoGene %s serves at %s", emogene.__version__, server.address)
                if written is not None:
                    log.info("this log is kept in %s", written)
                if access.for_others:
                    log.info("its public key, for artists on other computers: %s", access.server.public)
                server.run()
        except Exception:
            log.exception("the backend ends over an error of its own; unfinished renders go on when it starts again")
            raise
        finally:
            remove_connection(connection_file, announced)
            server.close()
            log.info("ended")


@contextlib.contextmanager
def _alone(connection_file: Path) -> Iterator[None]:
    """Be the one backend of a connection file, from before it is written: two may be started at once.

    Raises:
        BackendError: another one runs, or the file cannot be written.
    """
    lock = connection_file.with_name(f".{connection_file.name}.lock")
    with contextlib.ExitStack() as stack:
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            alone = stack.enter_context(only_one(lock, ENDING_SECONDS, lambda: _running(connection_file) is not None))
        except OSError as error:
            message = f"{connection_file} cannot be written: {error.strerror or error}."
            raise BackendError(message, "Choose another place with --connection-file.") from error
        if running := _running(connection_file):
            raise BackendError(
                f"A backend runs already (process {running.pid}, {running.address}).",
                "Use it, or end it first.",
                code="already_running",
            )
        if not alone:
            message = "Another backend is being started, or does not come to its end."
            raise BackendError(message, "Wait a moment, then try again.", code="already_running")
        yield


def _running(connection_file: Path) -> Connection | None:
    """The backend that is there already; a file that is damaged or open to others is replaced."""
    try:
        return find_backend(connection_file)
    except BackendError as error:
        log.warning("%s", error.message)
        return None


@contextlib.contextmanager
def _stop_on_signals(server: Server) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        server.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
