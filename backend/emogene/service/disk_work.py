"""Reading and syncing what is large, beside the server's loop, for which clients wait: a disk may take its time."""

import contextlib
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

THREADS = 2
"""One slow file does not hold up the next."""

P = ParamSpec("P")
T = TypeVar("T")


class DiskWork:
    """A few threads, and a socket that becomes readable when one of them has finished something."""

    def __init__(self):
        self._threads = ThreadPoolExecutor(THREADS, "disk")
        self._syncing = ThreadPoolExecutor(1, "sync")
        """On its own: no frame waits for an upload to be on the disk."""
        self.news, self._tell = socket.socketpair()
        """`news` is for a poller."""
        self.news.setblocking(False)
        self._tell.setblocking(False)

    def begin(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Do this soon; there is news when it is done."""
        future = self._threads.submit(work, *args, **kwargs)
        future.add_done_callback(lambda _: self._wake())
        return future

    def begin_sync(self, work: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Do this when the disk has time; nobody is told."""
        self._syncing.submit(work, *args, **kwargs)

    def heard(self) -> None:
        """The loop has seen that there is news."""
        with contextlib.suppress(BlockingIOError):
            while self.news.recv(4096):
                pass

    def close(self) -> None:
        """Finish what has begun, and drop the rest."""
        for threads in (self._threads, self._syncing):
            threads.shutdown(wait=True, cancel_futures=True)
        self.news.close()
        self._tell.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: then it is readable; or closed, and nobody listens
            self._tell.send(b"\0")
