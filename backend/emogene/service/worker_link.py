"""The worker's end of the socket to its server: a thread that always listens, however long a task takes."""

import queue
import threading

import zmq

from emogene.service.tasks import FromWorker, Prepare, Release, Render, RenderLive, Stop, decode_to_worker, encode

Work = Prepare | Render | RenderLive | Release
"""What the worker does one after the other."""
_INSIDE = "inproc://answers"


class WorkerLink:
    """Takes tasks, and sends answers that any thread of the worker gives. `with` it; tasks come from `take`."""

    def __init__(self, context: zmq.Context, socket: zmq.Socket):
        """`socket` is connected to the server, and belongs to the link from now on."""
        self._socket = socket
        self._tasks: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._open: set[int] = set()
        """Tasks that have had no answer."""
        self._stopped: set[int] = set()
        self._inbox = context.socket(zmq.PULL)
        self._inbox.bind(_INSIDE)
        self._outbox = context.socket(zmq.PUSH)
        self._outbox.connect(_INSIDE)
        self._sending = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def take(self) -> Work:
        """The next task; waits for one."""
        return self._tasks.get()

    def send(self, answer: FromWorker, raw: bytes = b"") -> None:
        """Tell the server; from any thread."""
        with self._sending:
            self._outbox.send_multipart([encode(answer), raw])

    def is_stopped(self, task: int) -> bool:
        """Whether the server has given up a task."""
        return task in self._stopped

    def over(self, task: int) -> None:
        """The task has had its answer."""
        self._open.discard(task)
        self._stopped.discard(task)

    def _run(self) -> None:
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._inbox, zmq.POLLIN)
        while True:
            ready = dict(poller.poll())
            if self._inbox in ready:
                self._socket.send_multipart(self._inbox.recv_multipart())
            if self._socket in ready:
                message = decode_to_worker(self._socket.recv())
                if isinstance(message, Stop):
                    self._stopped |= {message.task} & self._open  # it may have been done meanwhile
                else:
                    self._open.add(message.task)
                    self._tasks.put(message)
