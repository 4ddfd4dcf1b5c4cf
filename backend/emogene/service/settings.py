"""How a backend is run, beside where it listens."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emogene.cache import cache_folder
from emogene.service.frame_store import KEPT_BYTES
from emogene.service.front_door import MEMORY_BYTES
from emogene.service.logs import LogLevel
from emogene.service.worker_pool import HANG_SECONDS
from emogene.service.worker_process import WORKER_COMMAND, WorkerKind


@dataclass(frozen=True)
class ServiceSettings:
    """What `emogene serve` is told."""

    cache: Path | None = None
    """Folder for uploads, plans, frames and jobs; the user's own by default."""
    actor_folders: tuple[Path, ...] = ()
    """Folders with actor packs that are offered beside the bundled one."""
    parent: int | None = None
    """Id of a process after whose end the backend ends too, once no job runs."""
    log_file: Path | None = None
    """Takes the log as JSON lines; one in the cache by default."""
    log_level: LogLevel = LogLevel.INFO
    """The least that is logged."""
    workers: int = 0
    """So many render at once; 0 is one for each GPU, else a single one with all cores."""
    frame_quota_bytes: int = KEPT_BYTES
    """Of finished frames so much is kept, beside those of jobs that have not ended."""
    memory_bytes: int = MEMORY_BYTES
    """Beyond so much resident memory of the server's own process all connections are closed."""
    hang_seconds: float = HANG_SECONDS
    """A worker that has work and says nothing for so long is ended."""
    authorized_keys: Path | None = None
    """File of the keys that may come from other computers."""
    server_key: Path | None = None
    """File of the backend's own keys where others may come; the user's own by default."""
    worker_command: Sequence[str] = WORKER_COMMAND

    @property
    def folder(self) -> Path:
        """Where the service keeps what is its own."""
        return (self.cache or cache_folder()) / "service"

    def worker_kind(self) -> WorkerKind:
        return WorkerKind(self.folder, self.actor_folders, self.worker_command)
