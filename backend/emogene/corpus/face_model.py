"""The ICT face model as a linear model in our canonical head frame: metres, origin between the ears.

Reads the packed file (`ict_facekit.npz`); `ict_checkout.py` packs a plain checkout of ICT-FaceKit into one.
"""

import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from emogene_proto.errors import CorpusError

EARS_CM = np.array([0.0, 2.0, 0.0], np.float32)
"""The point between the ears in the face kit's own coordinates."""
DAMAGED = (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile, zlib.error)
"""What NumPy raises for a file that is no whole archive of arrays."""


@dataclass(frozen=True)
class FaceModel:
    """Vertices are a linear function of expression and identity coefficients."""

    vertices: np.ndarray
    """(V, 3) float32 neutral generic head."""
    expressions: np.ndarray
    """(E, V, 3) float32 displacements."""
    expression_names: tuple[str, ...]
    identities: np.ndarray
    """(100, V, 3) float32 displacements, one standard deviation each."""
    faces: np.ndarray
    """(F, 4) int32; -1 as fourth index marks a triangle."""
    face_uvs: np.ndarray
    uvs: np.ndarray
    face_material: np.ndarray
    """(F,) index into `materials`."""
    materials: tuple[str, ...]
    landmarks68: np.ndarray
    """(68,) vertex of each landmark."""

    @cached_property
    def expression_index(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.expression_names)}

    def shape(self, identity: np.ndarray, expression: np.ndarray) -> np.ndarray:
        """(V, 3) vertices for (100,) identity and (E,) expression coefficients."""
        moved = np.tensordot(identity, self.identities, 1) + np.tensordot(expression, self.expressions, 1)
        return (self.vertices + moved).astype(np.float32)

    def landmarks(self, identity: np.ndarray, expressions: np.ndarray) -> np.ndarray:
        """(T, 68, 3) landmarks for (100,) identity and (T, E) expression coefficients."""
        rest = self.vertices[self.landmarks68] + np.tensordot(identity, self.identities[:, self.landmarks68], 1)
        return (rest + np.tensordot(expressions, self.expressions[:, self.landmarks68], 1)).astype(np.float32)


def load_face_model(path: Path) -> FaceModel:
    """Read the packed face model.

    Raises:
        CorpusError: the file is missing or is not the packed face model.
    """
    if not path.is_file():
        raise CorpusError(f"There is no face model at {path}.", "Pack a checkout with 'emogene corpus pack'.")
    try:
        # Opened here, since np.load leaves a damaged file open.
        with path.open("rb") as file, np.load(file) as z:
            data = {name: z[name] for name in z.files}
        metres = np.float32(0.01)
        return FaceModel(
            vertices=(data["vertices"] - EARS_CM) * metres,
            expressions=data["expressions"].astype(np.float32) * metres,
            expression_names=tuple(str(n) for n in data["expression_names"]),
            identities=data["identities"].astype(np.float32) * metres,
            faces=data["faces"],
            face_uvs=data["face_uvs"],
            uvs=data["uvs"],
            face_material=data["face_material"],
            materials=tuple(str(n) for n in data["materials"]),
            landmarks68=data["landmarks68"],
        )
    except DAMAGED as error:
        raise CorpusError(
            f"{path.name} is not a packed face model.", "Pack a checkout with 'emogene corpus pack'."
        ) from error
