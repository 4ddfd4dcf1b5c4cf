"""The picture corpus: one actor in pictures with landmarks, gaze, pose and camera of each, written and read."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from emogene.corpus.appearance.actor import Actor
from emogene.corpus.appearance.portrait import draw
from emogene.corpus.appearance.studio import Studio, build_studio
from emogene.corpus.face_model import DAMAGED, load_face_model
from emogene.corpus.performance import close_lids
from emogene.corpus.picture_states import FrameStates, draw_states
from emogene.corpus.speech import require_programs
from emogene.corpus.worker_pool import worker_pool
from emogene.values import Camera
from emogene.whole_write import write_whole
from emogene_proto.errors import CorpusError
from emogene_proto.names import MODEL_FPS

CORPUS, FRAMES, RGBA, HEAD, DEPTH = "corpus.json", "frames.npz", "rgba", "head", "depth"
DRAWING = 2
"""Changes when the same states are drawn otherwise, so that a corpus is not finished with pictures of another kind."""
TEST_SHARE = 11
"""One frame in so many, the last ones, is held out."""


@dataclass(frozen=True)
class PictureCorpus:
    """A picture corpus on disk; N frames."""

    folder: Path
    fps: int
    size: int
    sensor_mm: float
    landmarks: np.ndarray
    """(N, 68, 3) float32 canonical metres."""
    rest: np.ndarray
    """(68, 3) the actor's resting face."""
    closed_eyes: np.ndarray
    """(68, 3) the resting face with both eyes closed."""
    gaze: np.ndarray
    """(N, 2) float32 radians."""
    poses: np.ndarray
    """(N, 4, 4) float32 head to world."""
    camera_to_world: np.ndarray
    """(N, 4, 4) float64."""
    focal_mm: np.ndarray
    """(N,)"""
    weights: np.ndarray
    """(N, 8) float32 emotion weights."""
    blink: np.ndarray
    """(N,) closure 0 to 1."""
    expressions: np.ndarray
    """(N, E) float32 coefficients of the actor's face, from which any frame can be drawn again."""
    test: np.ndarray
    """(N,) bool, held out."""

    def __len__(self) -> int:
        return len(self.landmarks)

    def camera(self, index: int) -> Camera:
        return Camera(self.camera_to_world[index], float(self.focal_mm[index]), self.sensor_mm, self.size, self.size)

    def picture(self, index: int) -> np.ndarray:
        """(H, W, 4) uint8 sRGB, straight alpha.

        Raises:
            CorpusError: this picture has not been made.
        """
        return _read_image(picture_path(self.folder, index))

    def head_matte(self, index: int) -> np.ndarray:
        """(H, W) uint8: how much of each pixel shows the head; the rest of the picture's alpha is torso.

        Raises:
            CorpusError: this matte has not been made.
        """
        return _read_image(matte_path(self.folder, index))

    def depth(self, index: int) -> np.ndarray | None:
        """(H, W) uint16, see Portrait.depth; None where the corpus does not know it, as of filmed actors."""
        path = depth_path(self.folder, index)
        return _read_image(path) if path.is_file() else None


def _read_image(path: Path) -> np.ndarray:
    if not path.is_file():
        raise CorpusError(
            f"The picture corpus lacks {path.parent.name}/{path.name}.",
            "Run 'emogene corpus pictures' again to finish it.",
        )
    with Image.open(path) as image:
        return np.asarray(image)


def picture_path(folder: Path, index: int) -> Path:
    return folder / RGBA / f"{index:06d}.png"


def matte_path(folder: Path, index: int) -> Path:
    return folder / HEAD / f"{index:06d}.png"


def depth_path(folder: Path, index: int) -> Path:
    return folder / DEPTH / f"{index:06d}.png"


def read_pictures(folder: Path) -> PictureCorpus:
    """Open a picture corpus; pictures are read when asked for.

    Raises:
        CorpusError: there is none, or it is damaged.
    """
    try:
        about = json.loads((folder / CORPUS).read_text())
        with (folder / FRAMES).open("rb") as file, np.load(file) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return PictureCorpus(folder, about["fps"], about["size"], about["sensor_mm"], **arrays)
    except DAMAGED as error:
        raise CorpusError(
            f"There is no picture corpus in {folder}, or it is damaged.", "Make one with 'emogene corpus pictures'."
        ) from error


def open_studio(face_model_path: Path, actor: Actor | None = None) -> Studio:
    """All that is baked once to draw the actor; some seconds.

    Raises:
        CorpusError: there is no face model at the path.
    """
    return build_studio(load_face_model(face_model_path), actor or Actor())


def make_pictures(
    face_model_path: Path,
    out_dir: Path,
    frames: int = 4400,
    size: int = 512,
    seed: int = 0,
    workers: int = 2,
    progress: Callable[[int, str], None] | None = None,
) -> PictureCorpus:
    """Write a picture corpus; pictures that are there already are kept, so a broken run can go on.

    Args:
        progress: called with the pictures that are done and what is being done.

    Raises:
        CorpusError: the face model or a speech program is missing, or the folder holds a corpus made otherwise.
    """
    if not (out_dir / FRAMES).is_file():
        # Told before light is baked, which takes a while.
        require_programs()
    if progress is not None:
        progress(0, "Baking light and skin")
    return draw_corpus(open_studio(face_model_path), out_dir, frames, size, seed, workers, progress)


def draw_corpus(
    studio: Studio,
    out_dir: Path,
    frames: int,
    size: int,
    seed: int,
    workers: int = 2,
    progress: Callable[[int, str], None] | None = None,
) -> PictureCorpus:
    """make_pictures in a studio that is open already."""
    tell = progress or (lambda done, doing: None)
    actor = studio.actor
    about = {"fps": MODEL_FPS, "size": size, "sensor_mm": actor.sensor_mm, "frames": frames, "seed": seed}
    about |= {"drawing": DRAWING, "actor": asdict(actor), "expression_names": list(studio.face.expression_names)}
    corpus = _states_on_disk(out_dir, about, studio, workers, tell)
    missing = [i for i in range(frames) if not picture_path(out_dir, i).is_file()]
    done = frames - len(missing)
    tell(done, "Drawing pictures")
    for _ in _draw_all(studio, corpus, missing, workers):
        done += 1
        tell(done, "Drawing pictures")
    return corpus


def _states_on_disk(
    out_dir: Path, about: dict, studio: Studio, workers: int, tell: Callable[[int, str], None]
) -> PictureCorpus:
    """The corpus' states: read where they are, else drawn and written."""
    about = json.loads(json.dumps(about))
    for name in (RGBA, HEAD, DEPTH):
        (out_dir / name).mkdir(parents=True, exist_ok=True)
    if (out_dir / CORPUS).is_file():
        if _about(out_dir / CORPUS) != about:
            raise CorpusError(f"{out_dir} holds a picture corpus made with other settings.", "Choose another folder.")
        if (out_dir / FRAMES).is_file():
            return read_pictures(out_dir)
    elif any((out_dir / RGBA).glob("*.png")):
        raise CorpusError(f"{out_dir} holds pictures but no {CORPUS}, so nobody knows whose.", "Choose another folder.")
    states = draw_states(
        studio.face, studio.actor, about["frames"], about["size"], about["seed"], workers,
        lambda done, total: tell(0, f"Acting {done} of {total}"),
    )  # fmt: skip
    stored = io.BytesIO()
    np.savez(stored, **_arrays(studio, states))
    write_whole(out_dir / FRAMES, stored.getvalue())
    write_whole(out_dir / CORPUS, json.dumps(about, indent=1).encode())
    return read_pictures(out_dir)


def _about(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None


def _arrays(studio: Studio, states: FrameStates) -> dict[str, np.ndarray]:
    face = studio.face
    nobody = np.zeros(len(face.identities), np.float32)
    count = len(states.expressions)
    still = np.zeros((1, len(face.expression_names)), np.float32)
    closed = close_lids(still, np.ones(1), face.expression_names)
    return {
        "landmarks": face.landmarks(nobody, states.expressions),
        "rest": face.vertices[face.landmarks68],
        "closed_eyes": face.landmarks(nobody, closed)[0],
        "gaze": states.gaze,
        "poses": states.poses,
        "camera_to_world": states.camera_to_world,
        "focal_mm": np.full(count, studio.actor.focal_mm),
        "weights": states.weights,
        "blink": states.blink,
        "expressions": states.expressions,
        "test": np.arange(count) >= count - count // TEST_SHARE,
    }


_worker: list[tuple[Studio, PictureCorpus]] = []


def _draw_all(studio: Studio, corpus: PictureCorpus, missing: list[int], workers: int) -> Iterator[int]:
    """Draw pictures, yielding one number each."""
    if workers <= 1 or len(missing) < 2:
        _start_worker(studio, corpus)
        yield from map(_draw_one, missing)
        return
    with worker_pool(workers, _start_worker, studio, corpus) as pool:
        yield from pool.map(_draw_one, missing, chunksize=4)


def _start_worker(studio: Studio, corpus: PictureCorpus) -> None:
    _worker[:] = [(studio, corpus)]


def _draw_one(index: int) -> int:
    studio, corpus = _worker[0]
    portrait = draw(studio, corpus.expressions[index], corpus.gaze[index], corpus.poses[index], corpus.camera(index))
    # The picture last: where it is there, so is all else.
    _save(portrait.depth, depth_path(corpus.folder, index))
    _save(portrait.matte, matte_path(corpus.folder, index))
    _save(portrait.rgba, picture_path(corpus.folder, index))
    return index


def _save(pixels: np.ndarray, path: Path) -> None:
    """Write aside and rename, so that a broken run leaves no half picture."""
    part = path.with_suffix(".part")
    Image.fromarray(pixels).save(part, format="PNG", compress_level=4)
    part.replace(path)
