"""Who has said hello: sessions begin, stall and end here."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import emogene
from emogene.render.kernels import offered_engines
from emogene.service.access import LOCAL, Owner
from emogene.service.actors import covered_to, offered_actors
from emogene.service.limits import SESSIONS, short_name
from emogene.service.machine import device, memory_bytes
from emogene.service.outbox import Outbox
from emogene.service.scheduler import Scheduler
from emogene.service.sessions import Session
from emogene.service.worker_pool import WorkerPool
from emogene_proto.errors import ProtocolError
from emogene_proto.messages import PROTOCOL_VERSION, ActorCoverage, Failed, Hello, Welcome

log = logging.getLogger("emogene.service")


@dataclass
class Clients:
    """All sessions, by the identity of each client's connection."""

    outbox: Outbox
    scheduler: Scheduler
    pool: WorkerPool
    actor_folders: tuple[Path, ...]
    adopt: Callable[[int], None]
    """Called with the process that would take the backend over."""

    def __post_init__(self):
        self.sessions: dict[bytes, Session] = {}
        self._welcomed = 0

    def hello(self, client: bytes, owner: Owner, request: Hello) -> None:
        """Somebody with an allowed key begins a session, or asks for a sign of life."""
        if client not in self.sessions:
            self._make_room()
            self._welcomed += 1
            name = short_name(request.client) or "a client"
            self.sessions[client] = Session(name, request.id, owner, self._welcomed)
            log.info("%s of %s says hello", name, owner.name, extra={"client": name})
        if owner.key == LOCAL and request.parent:
            self.sessions[client].parent = request.parent
            self.adopt(request.parent)
        self.outbox.send(client, self._welcome(request.id))

    def forget(self, clients: set[bytes]) -> None:
        """Clients are gone; their jobs go on."""
        for client in clients & self.sessions.keys():
            session = self.sessions.pop(client)
            session.discard_uploads()
            self.end_streams(session)
            log.info("%s left", session.name, extra={"client": session.name})

    def expel(self, clients: set[bytes]) -> None:
        """End the sessions of clients whose key is no longer allowed: told once, then silence."""
        for client in clients & self.sessions.keys():
            log.warning("the key of %s is no longer allowed", self.sessions[client].owner.name)
            self.outbox.drop(client)
            message, hint = "This client's key is no longer allowed.", "Ask whoever runs the backend."
            self.outbox.send(client, Failed(id=0, code="refused", message=message, hint=hint))
        self.forget(clients)

    def end_stalled(self) -> None:
        """Give up uploads of which nothing has come for long; a client that is gone is noticed by the answer."""
        for client, session in self.sessions.items():
            for request_id in [number for number, upload in session.uploads.items() if upload.stalled]:
                session.uploads.pop(request_id).discard()
                message, hint = "Nothing more has come of a file for a long time.", "Load it again."
                self.outbox.send(client, Failed(id=request_id, code="upload", message=message, hint=hint))

    def welcome_all(self) -> None:
        """Tell every client that the renderer's state has changed."""
        for client, session in self.sessions.items():
            self.outbox.send(client, self._welcome(session.hello))

    def _welcome(self, hello_id: int) -> Welcome:
        offered = offered_actors(self.actor_folders)
        return Welcome(
            id=hello_id,
            protocol=PROTOCOL_VERSION,
            version=emogene.__version__,
            ready=self.pool.ready,
            actors=tuple(offered),
            engines=offered_engines(),
            device=device(),
            memory_bytes=memory_bytes(),
            coverage=tuple(
                ActorCoverage(name, dict(known)) for name, pack in offered.items() if (known := covered_to(pack))
            ),
            problem=self.pool.problem,
        )

    def _make_room(self) -> None:
        """Forget the client that was silent for longest and waits for nothing, where there are too many."""
        if len(self.sessions) < SESSIONS:
            return
        idle = [client for client, session in self.sessions.items() if not session.watches]
        if not idle:
            raise ProtocolError("Too many clients are connected.", "Close some.", "busy")
        self.forget({min(idle, key=lambda client: self.sessions[client].heard)})

    def end_streams(self, session: Session) -> None:
        """Of one client."""
        for watch in session.watches.values():
            if watch.job.kind == "stream":
                self.scheduler.cancel(watch.job)
