"""The server: one loop that moves messages and never works itself, so that it always answers at once."""

import contextlib
import logging
import math
import os
import time

import zmq

import emogene
from emogene.service.access import Access, open_access
from emogene.service.binding import parse_bind
from emogene.service.clients import Clients
from emogene.service.delivery import Delivery
from emogene.service.disk_work import DiskWork
from emogene.service.front_door import FrontDoor
from emogene.service.key_check import KeyCheck
from emogene.service.logs import register_secret
from emogene.service.metrics import FrameRate
from emogene.service.outbox import Outbox
from emogene.service.overview import Overview
from emogene.service.requests import Requests
from emogene.service.scheduler import Scheduler
from emogene.service.sessions import Watching
from emogene.service.settings import ServiceSettings
from emogene.service.stores import open_stores
from emogene.service.tasks import Rendered
from emogene.service.worker_pool import WorkerPool
from emogene_proto.connection import (
    Connection,
    process_alive,
)

log = logging.getLogger("emogene.service")

TICK_MS = 200
HEARING_SECONDS = 0.05
"""So long clients are heard before workers are, and results are delivered."""
PARENT_SECONDS = 1.0
LOOK_SECONDS = 10.0
DAY_SECONDS = 24 * 3600.0


class Server:
    """A bound socket, the stores, the scheduler and its workers."""

    def __init__(
        self,
        bind: str = "tcp://127.0.0.1:0",
        settings: ServiceSettings | None = None,
        access: Access | None = None,
    ):
        settings = settings or ServiceSettings()
        self._access = access or open_access(None, None)
        register_secret(self._access.server.secret)
        register_secret(self._access.local.secret)
        address = parse_bind(bind, self._access.for_others)
        self._parent = settings.parent
        self._parent_checked = 0.0
        self._tidied = self._looked = time.monotonic()
        self._stopping = False
        self._finishing = False
        self._orphaned = False
        """Its parent is gone: it ends when nothing is left to do, unless somebody takes it over."""
        with contextlib.ExitStack() as stack:
            context = stack.enter_context(zmq.Context())
            stack.callback(KeyCheck(context, self._access).stop)
            self._door = FrontDoor(context, self._access, address, settings.memory_bytes)
            stack.callback(self._door.close)
            self.address = self._door.address
            outbox = Outbox(self._door.socket)
            stores = stack.enter_context(open_stores(settings.folder, settings.frame_quota_bytes))
            self._disk = DiskWork()
            stack.callback(self._disk.close)
            self._pool = WorkerPool(context, settings.worker_kind(), settings.workers, settings.hang_seconds)
            stack.callback(self._pool.close)
            self._stores = stores
            self._scheduler = Scheduler(self._pool, stores.frames, stores.blobs, stores.jobs)
            self._rate = FrameRate()
            folders = settings.actor_folders
            overview = Overview(self._scheduler, stores, self._pool, self._rate)
            self._clients = Clients(outbox, self._scheduler, self._pool, folders, self._adopt)
            self._requests = Requests(
                outbox, self._clients, self._scheduler, stores, overview, self._disk, folders, self.stop
            )
            self._delivery = Delivery(outbox, stores.frames, stores.plans, folders, self._scheduler.redo, self._disk)
            self._outbox = outbox
            self._close = stack.pop_all().close

    def run(self) -> None:
        """Serve until `stop`, or until the parent is gone and no job runs."""
        poller = zmq.Poller()
        poller.register(self._door.socket, zmq.POLLIN)
        for worker in self._pool.workers:
            poller.register(worker.process.socket, zmq.POLLIN)
        poller.register(self._disk.news, zmq.POLLIN)
        more = False
        while not self._stopping:
            poller.poll(0 if more else self._tick_ms())
            more = self._hear_clients()
            if self._door.overrun():
                self._close_connections(poller)
            self._hear_workers()
            more |= self._scheduler.step()
            self._deliver()
            if (self._finishing or self._orphaned) and self._nothing_left():
                self._stopping = True
            self._check_parent()
            self._tidy()
            self._check_access()

    def stop(self, finish_jobs: bool = False) -> None:
        """Let `run` end soon; with `finish_jobs` only when no job is left."""
        self._finishing = True
        self._requests.ending = True
        self._stopping = not finish_jobs

    def announcement(self) -> Connection:
        """What this computer's user needs to connect."""
        keys = self._access
        return Connection(self.address, keys.server.public, keys.local.secret, os.getpid(), version=emogene.__version__)

    def close(self) -> None:
        """End the workers and free the address."""
        self._clients.forget(set(self._clients.sessions))
        self._close()

    def _nothing_left(self) -> bool:
        """Whether it may end now: renders that no renderer can be started for go on in the next backend."""
        if self._orphaned and self._pool.problem:
            return True
        return not self._scheduler.busy() and not any(session.reading for session in self._clients.sessions.values())

    def _adopt(self, process: int) -> None:
        if self._orphaned and process_alive(process):
            log.info("process %d takes the backend over", process)
            self._parent, self._orphaned = process, False

    def _tick_ms(self) -> int:
        wait = self._scheduler.wait_seconds()
        return TICK_MS if wait is None else min(TICK_MS, math.ceil(1000 * wait))

    def _close_connections(self, poller: zmq.Poller) -> None:
        """Clients, or strangers, bring more than memory can hold: end all sessions. Jobs go on."""
        poller.unregister(self._door.socket)
        self._door.reopen()
        poller.register(self._door.socket, zmq.POLLIN)
        self._outbox.use(self._door.socket)
        self._clients.forget(set(self._clients.sessions))

    def _hear_clients(self) -> bool:
        """Take what clients say, for a short while; True if there may be more."""
        until = time.monotonic() + HEARING_SECONDS
        while time.monotonic() < until:
            try:
                client, *parts = self._door.socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return False
            owner = self._access.owner_of(client)
            if owner is not None:  # else its key has been taken out since it connected
                self._requests.handle(client.bytes, owner, [part.buffer for part in parts])
        return True

    def _hear_workers(self) -> None:
        before = (self._pool.ready, self._pool.problem)
        for worker, message, raw in self._pool.receive():
            if isinstance(message, Rendered):
                self._rate.rendered()
                self._stores.frame_evictor.wrote(message.size)
            self._scheduler.handle(worker, message, raw)
        for worker in self._pool.died():
            self._scheduler.worker_died(worker)
        if (self._pool.ready, self._pool.problem) != before:
            self._clients.welcome_all()

    def _deliver(self) -> None:
        self._disk.heard()
        self._outbox.flush()
        for session in self._clients.sessions.values():
            for watch in list(session.watches.values()):
                if self._delivered(watch):
                    del session.watches[watch.request]
        self._clients.forget(self._outbox.take_gone())

    def _delivered(self, watch: Watching) -> bool:
        """Whether a client has all that it asked for; whatever goes wrong costs this one request only."""
        try:
            return self._delivery.deliver(watch)
        except Exception:
            log.exception("a result cannot be delivered", extra={"job": watch.job.id})
            self._delivery.fail(watch, "internal", "The backend met an error of its own.", "Look into its log.")
            return True

    def _tidy(self) -> None:
        """Now and then give up uploads that have stopped; once a day forget old jobs."""
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self._looked = time.monotonic()
            self._clients.end_stalled()
        if time.monotonic() - self._tidied > DAY_SECONDS:
            self._tidied = time.monotonic()
            self._stores.jobs.forget_old()

    def _check_access(self) -> None:
        """End the sessions of those whose key has been taken out."""
        if self._access.changed():
            sessions = self._clients.sessions.items()
            self._clients.expel({client for client, session in sessions if not self._access.owner(session.owner.key)})

    def _check_parent(self) -> None:
        if self._parent is None or time.monotonic() - self._parent_checked < PARENT_SECONDS:
            return
        self._parent_checked = time.monotonic()
        if not process_alive(self._parent):
            log.info("the process that started the backend is gone")
            gone, self._parent, self._orphaned = self._parent, None, True
            for session in self._clients.sessions.values():
                if session.parent not in (0, gone):
                    self._adopt(session.parent)
