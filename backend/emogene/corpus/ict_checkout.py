"""Packs a plain checkout of ICT-FaceKit into the one file that `face_model.py` reads.

Its folder FaceXModel has one OBJ file for the neutral head, one an expression, one an identity, all with the same
vertices in the same order, and vertex_indices.json with the landmarks. Numbers are written in different forms; all are
read.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emogene_proto.errors import CorpusError
from emogene_proto.names import LANDMARK_COUNT

MODEL_FOLDER = "FaceXModel"
NEUTRAL = "generic_neutral_mesh.obj"
INDICES = "vertex_indices.json"
LANDMARKS = "idx_to_landmark_verts"
HINT = "Clone ICT-FaceKit with its FaceXModel folder, and with Git LFS if files are mere pointers."


@dataclass(frozen=True)
class Mesh:
    """An OBJ file's geometry; indices start at 0, -1 as fourth marks a triangle."""

    vertices: np.ndarray
    """(V, 3) float64, the file's units."""
    uvs: np.ndarray
    """(U, 2) float64."""
    faces: np.ndarray
    """(F, 4) int32 into vertices."""
    face_uvs: np.ndarray
    """(F, 4) int32 into uvs."""
    face_material: np.ndarray
    """(F,) int8 into materials."""
    materials: tuple[str, ...]


def pack_checkout(checkout: Path, out: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Read all OBJ files of a checkout and write the packed model.

    Args:
        checkout: the repository's folder, or its FaceXModel.
        progress: called with files done and to do.

    Raises:
        CorpusError: a file is missing, damaged, or has another number of vertices.
    """
    folder = checkout / MODEL_FOLDER if (checkout / MODEL_FOLDER).is_dir() else checkout
    if not (folder / NEUTRAL).is_file():
        raise CorpusError(f"{checkout} is no checkout of ICT-FaceKit: {NEUTRAL} is missing.", HINT)
    out.parent.mkdir(parents=True, exist_ok=True)
    neutral = read_obj(folder / NEUTRAL)
    landmarks = _read_landmarks(folder / INDICES, len(neutral.vertices))
    # By name, since paths sort without regard to case on Windows.
    others = sorted((path for path in folder.glob("*.obj") if path.name != NEUTRAL), key=lambda path: path.name)
    shapes: dict[str, np.ndarray] = {}
    for done, path in enumerate(others):
        if progress is not None:
            progress(done, len(others))
        shapes[path.stem] = _displacement(path, neutral.vertices)
    identities = [name for name in shapes if name.startswith("identity")]
    expressions = [name for name in shapes if not name.startswith("identity")]
    if not identities or not expressions:
        raise CorpusError(f"{folder} has no identities or no expressions.", HINT)
    temporary = out.with_name(out.name + ".tmp")
    with temporary.open("wb") as file:
        np.savez_compressed(
            file,
            vertices=neutral.vertices.astype(np.float32),
            uvs=neutral.uvs.astype(np.float32),
            faces=neutral.faces,
            face_uvs=neutral.face_uvs,
            face_material=neutral.face_material,
            materials=np.array(neutral.materials),
            expressions=np.stack([shapes[name] for name in expressions]),
            expression_names=np.array(expressions),
            identities=np.stack([shapes[name] for name in identities]),
            identity_names=np.array(identities),
            landmarks68=landmarks,
        )
    temporary.replace(out)


def read_obj(path: Path) -> Mesh:
    """Read a mesh of triangles and quads with UVs and materials.

    Raises:
        CorpusError: the file is not such a mesh.
    """
    lines = _lines(path)
    faces: list[list[int]] = []
    face_uvs: list[list[int]] = []
    face_material: list[int] = []
    materials: list[str] = []
    material = 0
    for line in lines:
        if line.startswith("usemtl"):
            name = line.split(maxsplit=1)[1].strip()
            if name not in materials:
                materials.append(name)
            material = materials.index(name)
        elif line.startswith("f "):
            corners = [corner.split("/") for corner in line.split()[1:]]
            if len(corners) not in (3, 4) or any(len(c) < 2 for c in corners):
                raise CorpusError(f"{path.name} has a face without UVs or of {len(corners)} corners.", HINT)
            faces.append([int(c[0]) - 1 for c in corners] + [-1] * (4 - len(corners)))
            face_uvs.append([int(c[1]) - 1 for c in corners] + [-1] * (4 - len(corners)))
            face_material.append(material)
    return Mesh(
        _numbers(path, lines, "v ", 3),
        _numbers(path, lines, "vt ", 2),
        np.array(faces, np.int32).reshape(-1, 4),
        np.array(face_uvs, np.int32).reshape(-1, 4),
        np.array(face_material, np.int8),
        tuple(materials),
    )


def _displacement(path: Path, neutral: np.ndarray) -> np.ndarray:
    """(V, 3) float16 way from the neutral head."""
    vertices = _numbers(path, _lines(path), "v ", 3)
    if len(vertices) != len(neutral):
        raise CorpusError(f"{path.name} has {len(vertices)} vertices, the neutral head {len(neutral)}.", HINT)
    return (vertices - neutral).astype(np.float16)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (UnicodeDecodeError, OSError) as error:
        raise CorpusError(f"{path.name} cannot be read as an OBJ file.", HINT) from error


def _numbers(path: Path, lines: list[str], key: str, count: int) -> np.ndarray:
    """(N, count) float64 of the lines that begin with `key`; more numbers in a line are dropped."""
    try:
        rows = [[float(x) for x in line.split()[1 : count + 1]] for line in lines if line.startswith(key)]
        return np.array(rows).reshape(len(rows), count)
    except ValueError as error:
        raise CorpusError(f"{path.name} has a '{key.strip()}' line without {count} numbers.", HINT) from error


def _read_landmarks(path: Path, vertex_count: int) -> np.ndarray:
    """(68,) int32 vertex of each landmark."""
    try:
        landmarks = np.array(json.loads(path.read_text())[LANDMARKS], np.int32)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CorpusError(f"{INDICES} is missing or has no {LANDMARKS}.", HINT) from error
    if landmarks.shape != (LANDMARK_COUNT,) or landmarks.min() < 0 or landmarks.max() >= vertex_count:
        raise CorpusError(f"{INDICES} does not name {LANDMARK_COUNT} vertices of the mesh.", HINT)
    return landmarks
