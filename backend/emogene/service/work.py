"""What the worker does: the only file of the service that calls the pipeline."""

import functools
import hashlib
import importlib.metadata
import logging
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

import emogene
import emogene_proto
from emogene import pipeline
from emogene.actors.pack import Actor, load_actor
from emogene.audio.load import AudioFile, open_audio
from emogene.render.kernels import Engine, create_engine
from emogene.render.output.background import Backdrop
from emogene.render.output.colour import straight_rgba
from emogene.render.output.files import frame_bytes
from emogene.service.actors import actor_path
from emogene.service.blobs import BlobStore
from emogene.service.frames import frame_key
from emogene.service.planner import Planner
from emogene.service.plans import PlanStore
from emogene.values import Plan
from emogene_proto.errors import RenderError
from emogene_proto.shot import AudioRef, Background, Shot

log = logging.getLogger("emogene.worker")

NOT_IN_FRAMES = ("cli", "corpus/", "doctor", "evaluation/", "live_playback", "training/") + tuple(
    f"service/{name}"
    for name in ("actors", "blobs", "durable_write", "evict", "folder_lock", "frame_", "hold_file", "jobs", "live")
    + ("machine", "outbox", "requests", "scheduler", "server", "sessions", "tasks", "worker")
)
"""Source files, by how their names begin, that no plan and no frame depends on. Of the service the rest decides which
stages of a plan are done again, and under which keys results are found."""

PLANNING_PACKAGES = ("av", "numpy", "scipy", "silero-vad", "soxr", "torch")
"""What decodes, hears and moves: another version of one may plan another motion."""

HEARING_PACKAGES = ("transformers",)
"""Those that an actor needs whose motion model hears through HuBERT; not installed everywhere."""

DRAWING_PACKAGES = ("llvmlite", "numba", "numpy", "openexr", "pillow", "torch")
"""What draws frames and writes them."""


class Work:
    """Plans shots into the store of one cache folder, and renders their frames.

    Keeps the newest actors, plan, engine and background.
    """

    def __init__(self, cache_folder: Path, actor_folders: tuple[Path, ...]):
        self._actor_folders = actor_folders
        self._plans = PlanStore(cache_folder / "plans")
        self._planner = Planner(
            cache_folder / "speeches", f"{code_fingerprint()} {versions(PLANNING_PACKAGES + HEARING_PACKAGES)}"
        )
        self._blobs = BlobStore(cache_folder / "blobs")
        self._actor = functools.lru_cache(maxsize=2)(load_actor)
        self._started: tuple[tuple[str, str], Engine] | None = None
        self._plan: tuple[str, Plan] | None = None
        self._backdrop: tuple[tuple[str, str], Backdrop | None] | None = None

    def prepare(
        self,
        shot: Shot,
        audio_path: Path,
        progress: pipeline.Progress,
        cancelled: pipeline.IsCancelled,
        needed: Collection[str] = (),
    ) -> tuple[str, int]:
        """Make sure that the shot's plan is stored; returns its key and its number of frames.

        Args:
            needed: keys of other plans that must stay stored.

        Raises:
            EmoGeneError: the audio, the actor or the shot does not fit; or Cancelled.
        """
        actor = self._load_actor(shot)
        key = self._planner.plan_key(shot, actor)
        stored = self._plans.read(key, shot)
        if stored is None:
            planned, note = self._planner.plan(
                shot, actor, lambda: self._open_audio(shot.audio, audio_path), progress, cancelled
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
        drawn_by = (code_fingerprint(), versions(DRAWING_PACKAGES), actor.fingerprint, engine)
        renderer = " ".join((*drawn_by, shot.quality, background_key(shot.background)))
        planned = self._planned(plan, shot)
        return [
            frame_key(planned.face(row), pipeline.camera_of(shot, actor, row), renderer, shot.output)
            for row in range(len(planned))
        ]

    def render(self, shot: Shot, plan: str, row: int) -> bytes:
        """One row of a prepared plan as the bytes of its file."""
        actor = self._load_actor(shot)
        engine = self._engine(actor, shot.engine)
        self._plans.touch(plan)
        frame = pipeline.render_row(self._planned(plan, shot), row, shot, actor, engine, self._behind(shot, actor))
        return frame_bytes(frame, shot.output)

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

    def _open_audio(self, audio: AudioRef, path: Path) -> AudioFile:
        """An uploaded file, under the name that the artist knows."""
        self._blobs.check(audio.sha256)
        name = PureWindowsPath(PurePosixPath(audio.path).name).name or "the audio file"
        return open_audio(path, audio.offset_seconds, audio.duration_seconds, name)

    def _planned(self, key: str, shot: Shot) -> Plan:
        if self._plan is None or self._plan[0] != key:
            stored = self._plans.read(key, shot)
            if stored is None:
                raise RenderError("The plan of this shot is no longer in the cache.", "Plan the shot again.")
            self._plan = (key, stored.plan)
        return self._plan[1]


def background_key(background: Background) -> str:
    """What of a background decides pixels, beside the actor's files: a picture's content, wherever it lies."""
    if background.kind == "colour":
        return f"colour {background.colour.lower()}"
    if background.kind == "picture" and background.picture is not None:
        return f"picture {background.picture.sha256} {background.fit}"
    return background.kind


@functools.cache
def code_fingerprint() -> str:
    """Sha256 over our source files that may shape a frame: another release never reuses what an earlier one drew."""
    digest = hashlib.sha256()
    for name, path in shaping_files():
        digest.update(name.encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def shaping_files() -> Iterator[tuple[str, Path]]:
    """Our source files that a plan or a frame may depend on, each with its name in its package."""
    for package in (emogene, emogene_proto):
        folder = Path(package.__path__[0])
        for path in sorted(folder.rglob("*.py")):
            name = path.relative_to(folder).as_posix()
            if not name.startswith(NOT_IN_FRAMES):
                yield name, path


@functools.cache
def versions(packages: tuple[str, ...]) -> str:
    """Which releases of these packages are installed: what others have made is not the same."""
    return " ".join(f"{package}=={_version(package)}" for package in packages)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"
