"""Contact sheets: rendered pictures beside true ones. In each pair the truth is on the left."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from emogene.corpus.appearance.actor import orbit_camera
from emogene.corpus.mouth_contacts import mouth_contacts
from emogene.evaluation.picture_errors import write_error_sheet
from emogene.evaluation.picture_faces import BLINKS, LOOKS, VISEMES, looking, spoken
from emogene.evaluation.picture_material import PictureMaterial, PictureState
from emogene.evaluation.picture_quality import GREY, on_background
from emogene.render.neck import TORSO_POSE
from emogene.render.picture_rays import REGIONS, region_boxes
from emogene.values import Camera
from emogene_proto.names import EMOTIONS

VIEWS = {"front": 0.0, "left_30": 30.0, "right_30": -30.0}
"""Degrees that the camera stands to the subject's left."""
FACE_PIXELS, CUT_PIXELS = 224, 160
"""Side of a picture on the sheets of faces; width of one on those of mouths and eyes."""
EYES = ("right eye", "left eye")
TITLE = 18
GAP = 6

Cell = tuple[str, np.ndarray, np.ndarray]
"""A title, and the true and the rendered (H, W, 3) uint8 picture."""


def write_sheets(folder: Path, material: PictureMaterial, progress: Callable[[float, str], None]) -> None:
    """Faces in three views, mouths, eyes, and where the errors are."""
    folder.mkdir(parents=True, exist_ok=True)
    contacts = mouth_contacts(material.studio.face)
    states = {
        (emotion, phone): material.state_of(spoken(contacts, emotion, phone), np.zeros(2), TORSO_POSE)
        for emotion in EMOTIONS
        for phone in VISEMES
    }
    for number, (view, degrees) in enumerate(VIEWS.items()):
        progress(0.2 * number, f"Drawing faces, {view}")
        camera = orbit_camera(material.studio.actor, material.corpus.size, float(np.radians(degrees)))
        faces, mouths = [], []
        for (emotion, phone), state in states.items():
            pair = drawn_pair(material, state, camera)
            faces.append((f"{emotion} {phone}", *(_resized(one, FACE_PIXELS) for one in pair)))
            mouths.append((f"{emotion} {phone}", *(_mouth(one, state, camera) for one in pair)))
        write_sheet(folder / f"faces_{view}.png", faces, len(VISEMES))
        write_sheet(folder / f"mouths_{view}.png", mouths, len(VISEMES))
    progress(0.6, "Drawing eyes")
    write_sheet(folder / "eyes.png", list(_eyes(material)), len(BLINKS))
    progress(0.8, "Drawing errors")
    write_error_sheet(folder / "errors.png", material)


def drawn_pair(material: PictureMaterial, state: PictureState, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """The true and the rendered (H, W, 3) uint8 picture of a state, over grey."""
    truth = material.draw(state, camera).rgba
    return shown(truth), shown(material.render(state.face, camera))


def shown(rgba: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 over grey of (H, W, 4) uint8 straight alpha."""
    return (on_background(rgba, GREY) * 255.0 + 0.5).astype(np.uint8)


def write_sheet(path: Path, cells: Sequence[Cell], columns: int) -> None:
    """Pairs in rows of `columns`, each under its title; all pictures are as large as the first."""
    height, width = cells[0][1].shape[:2]
    across, down = 2 * width + GAP, height + TITLE
    sheet = Image.new("RGB", (columns * across, -(-len(cells) // columns) * down), (24, 24, 24))
    pen = ImageDraw.Draw(sheet)
    for number, (title, truth, made) in enumerate(cells):
        left, top = number % columns * across, number // columns * down
        pen.text((left + 4, top + 3), title, fill=(230, 230, 230))
        for side, picture in enumerate((truth, made)):
            sheet.paste(Image.fromarray(picture), (left + side * width, top + TITLE))
    sheet.save(path)


def _eyes(material: PictureMaterial) -> Iterator[Cell]:
    """Looks with open lids, and lids on their way down."""
    names = material.studio.face.expression_names
    looks = (*LOOKS, *((0.0, 0.0) for _ in BLINKS))
    blinks = (*(0.0 for _ in LOOKS), *BLINKS)
    camera = orbit_camera(material.studio.actor, material.corpus.size)
    for expression, look, blink in zip(looking(names, looks, blinks), looks, blinks, strict=True):
        state = material.state_of(expression, np.array(look), TORSO_POSE)
        boxes = region_boxes(state.face.landmarks, state.face.pose, camera)[[REGIONS.index(eye) for eye in EYES]]
        box = np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)])
        truth, made = (_cut(picture, box, 0.45) for picture in drawn_pair(material, state, camera))
        yield f"yaw {np.degrees(look[0]):+.0f} pitch {np.degrees(look[1]):+.0f} blink {blink:g}", truth, made


def _mouth(picture: np.ndarray, state: PictureState, camera: Camera) -> np.ndarray:
    box = region_boxes(state.face.landmarks, state.face.pose, camera)[REGIONS.index("mouth")]
    return _cut(picture, box, 0.8)


def _cut(picture: np.ndarray, box: np.ndarray, aspect: float) -> np.ndarray:
    """The picture about the middle of a box, as wide as it and `aspect` times as high, enlarged to CUT_PIXELS."""
    (left, top, right, bottom), half = box, 0.5 * aspect * (box[2] - box[0])
    middle = 0.5 * (top + bottom)
    size = (CUT_PIXELS, round(CUT_PIXELS * aspect))
    area = (float(left), middle - half, float(right), middle + half)
    return np.asarray(Image.fromarray(picture).transform(size, Image.Transform.EXTENT, area, Image.Resampling.BICUBIC))


def _resized(picture: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS))
