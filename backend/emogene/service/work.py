"""What the worker does: the only file of the service that calls the pipeline."""

import functools
import logging
from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from emogene import pipeline
from emogene.actors.pack import Actor, load_actor
from emogene.audio.voice import Voice, open_voice
from emogene.films.shot_frames import film_hash
from emogene.frame_keys import background_key, drawing_code, frame_key, planning_code
from emogene.render.kernels import Engine, create_engine
from emogene.render.output.background import Backdrop
from emogene.render.output.colour import straight_rgba
from emogene.render.output.files import frame_bytes
from emogene.service.actors import actor_path
from emogene.service.blobs import BlobStore
from emogene.service.planner import Planner
from emogene.service.plans import PlanStore
from emogene.values import Plan
from emogene_proto.errors import RenderError
from emogene_proto.shot import Shot

log = logging.getLogger("emogene.worker")


class Work:
    """Plans shots into the store of one cache folder, and renders their frames.

    Keeps the newest actors, plan, engine and background.
    """

    def __init__(self, cache_folder: Path, actor_folders: tuple[Path, ...]):
        self._actor_folders = actor_folders
        self._plans = PlanStore(cache_folder / "plans")
        self._planner = Planner(cache_folder / "speeches", planning_code())
        self._blobs = BlobStore(cache_folder / "blobs")
        self._actor = functools.lru_cache(maxsize=2)(load_actor)
        self._started: tuple[tuple[str, str], Engine] | None = None
        self._plan: tuple[str, Plan] | None = None
        self._backdrop: tuple[tuple[str, str], Backdrop | None] | None = None

    def prepare(
        self,
        shot: Shot,
        recordings: Sequence[Path],
        progress: pipeline.Progress,
        cancelled: pipeline.IsCancelled,
        needed: Collection[str] = (),
    ) -> tuple[str, int]:
        """Make sure that the shot's plan is stored; returns its key and its number of frames.

        Args:
            recordings: where the files of `shot.recordings` lie.
            needed: keys of other plans that must stay stored.

        Raises:
            EmoGeneError: the audio, the actor or the shot does not fit; or Cancelled.
        """
        actor = self._load_actor(shot)
        key = self._planner.plan_key(shot, actor)
        stored = self._plans.read(key, shot)
        if stored is None:
            planned, note = self._planner.plan(
                shot, actor, lambda: self._open_voice(shot, recordings), progress, cancelled
            )
            if note:
                log.warning("%s", note)
            self._plans.write(key, planned, note, needed)
        else:
            planned = stored.plan
        self._plan = (key, planned)
        return key, len(planned)

    def frame_keys(self, shot: Shot, plan: str) -> list[str]:
        """The key of each frame of a prepared shot.

        Raises:
            EmoGeneError: its background cannot be read; so nothing is rendered before that is told.
        """
        actor = self._load_actor(shot)
        self._behind(shot, actor)
        engine = self._engine(actor, shot.engine).name
        drawn_by = (drawing_code(), actor.fingerprint, engine)
        renderer = " ".join((*drawn_by, shot.quality, background_key(shot.background)))
        planned = self._planned(plan, shot)
        views = (pipeline.view_of(planned, row, shot, actor) for row in range(len(planned)))
        return [frame_key(view.face, view.camera, renderer, shot.output) for view in views]

    def film_hash(self, shot: Shot) -> str:
        """The hash of the shot as `emogene render` writes it into files."""
        return film_hash(shot, self._load_actor(shot))

    def render(self, shot: Shot, plan: str, row: int) -> bytes:
        """One row of a prepared plan as the bytes of its file."""
        actor = self._load_actor(shot)
        engine = self._engine(actor, shot.engine)
        self._plans.touch(plan)
        view = pipeline.view_of(self._planned(plan, shot), row, shot, actor)
        frame = pipeline.render_view(view, shot, engine, self._behind(shot, actor))
        return frame_bytes(frame, shot.output, view)

    def release(self) -> None:
        """Let go of the plan and the picture that are kept for the next frame."""
        self._plan, self._backdrop = None, None
        self._planner.release()

    def live(self, shot: Shot, plan: str, row: int, size: tuple[int, int]) -> bytes:
        """One row of a prepared plan at another size (width, height): rows of 8-bit sRGB with straight alpha."""
        actor = self._load_actor(shot)
        engine = self._engine(actor, shot.engine)
        planned, behind = self._planned(plan, shot), self._behind(shot, actor)
        frame = pipeline.render_live(planned, row, size, shot, actor, engine, behind)
        return straight_rgba(frame).tobytes()

    def _load_actor(self, shot: Shot) -> Actor:
        return self._actor(actor_path(shot.actor, self._actor_folders))

    def _engine(self, actor: Actor, name: str) -> Engine:
        wanted = (actor.fingerprint, name)
        if self._started is None or self._started[0] != wanted:
            self._started = (wanted, create_engine(name, actor.fields))
        return self._started[1]

    def _behind(self, shot: Shot, actor: Actor) -> Backdrop | None:
        wanted = (actor.fingerprint, background_key(shot.background))
        if self._backdrop is None or self._backdrop[0] != wanted:
            self._backdrop = None  # two large pictures at once would take twice the memory
            if (picture := self._blobs.picture(shot)) is not None:
                self._blobs.check(picture.name)
            self._backdrop = (wanted, pipeline.load_backdrop(shot, actor, picture))
        return self._backdrop[1]

    def _open_voice(self, shot: Shot, recordings: Sequence[Path]) -> Voice:
        """Uploaded files, under the names that the artist knows."""
        for sha256 in dict.fromkeys(part.audio.sha256 for part in shot.recordings):
            self._blobs.check(sha256)
        names = (PureWindowsPath(PurePosixPath(part.audio.path).name).name for part in shot.recordings)
        return open_voice(shot, recordings, [name or "the audio file" for name in names])

    def _planned(self, key: str, shot: Shot) -> Plan:
        if self._plan is None or self._plan[0] != key:
            stored = self._plans.read(key, shot)
            if stored is None:
                raise RenderError("The plan of this shot is no longer in the cache.", "Render again.", code="plan_lost")
            self._plan = (key, stored.plan)
        return self._plan[1]
