"""A worker that works as always, but while a gate is closed begins no frame without a ticket: tests decide what is
finished when. Run by the backend in place of its own worker."""

import time
from pathlib import Path

from emogene.service.work import Work
from emogene.service.worker import main
from emogene_proto.shot import Shot


class GatedWork(Work):
    """Waits for a ticket before each frame."""

    def __init__(self, cache_folder: Path, actor_folders: tuple[Path, ...]):
        super().__init__(cache_folder, actor_folders)
        self._gate = cache_folder / "gate"

    def render(self, shot: Shot, plan: str, row: int) -> bytes:
        while (self._gate / "closed").exists() and not self._take_ticket():
            time.sleep(0.002)
        return super().render(shot, plan, row)

    def _take_ticket(self) -> bool:
        for ticket in self._gate.glob("pass-*"):
            ticket.unlink(missing_ok=True)
            return True
        return False


if __name__ == "__main__":
    main(GatedWork)
