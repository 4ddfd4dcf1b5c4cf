"""A worker for which two rows of a plan cannot be rendered while the file `cursed` is in its cache; without it these
wait while the file `closed` is there. Run by a backend in place of its own worker."""

import time
from pathlib import Path

from emogene.service.work import Work
from emogene.service.worker import main
from emogene_proto.errors import RenderError
from emogene_proto.shot import Shot

CURSED_ROWS = (2, 6)


class CursedWork(Work):
    """Fails, or waits, as the files say."""

    def __init__(self, cache_folder: Path, actor_folders: tuple[Path, ...]):
        super().__init__(cache_folder, actor_folders)
        self._cache = cache_folder

    def render(self, shot: Shot, plan: str, row: int) -> bytes:
        if row in CURSED_ROWS:
            if (self._cache / "cursed").exists():
                raise RenderError("This frame is cursed.", "Lift the curse.")
            while (self._cache / "closed").exists():
                time.sleep(0.005)
        return super().render(shot, plan, row)


if __name__ == "__main__":
    main(CursedWork)
