"""A checkout of the face kit is packed as it is; a damaged one is refused with the file's name."""

import json

import numpy as np
import pytest

from emogene.corpus.face_model import EARS_CM, load_face_model
from emogene.corpus.ict_checkout import pack_checkout, read_obj
from emogene_proto.errors import CorpusError

VERTICES = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0.5, 2, 0]], float)


def obj_text(vertices: np.ndarray, form: str) -> str:
    lines = ["mtllib some.mtl", *(f"v {x:{form}} {y:{form}} {z:{form}}" for x, y, z in vertices)]
    lines += ["vt 0 0", "vt 1 0", "vt 1 1", "vt 0 1", "vn 0 0 1"]
    lines += ["usemtl M_Face", "f 1/1/1 2/2/1 3/3/1 4/4/1", "usemtl M_Teeth", "f 4/4/1 3/3/1 5/1/1"]
    return "\n".join(lines) + "\n"


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "kit" / "FaceXModel"
    folder.mkdir(parents=True)
    (folder / "generic_neutral_mesh.obj").write_text(obj_text(VERTICES, ".15f"))
    (folder / "jawOpen.obj").write_text(obj_text(VERTICES - [0, 0.25, 0], ".6f"))
    (folder / "browDown_L.obj").write_text(obj_text(VERTICES + [0, 0, 0.5], "e"))
    for k in range(2):
        (folder / f"identity{k:03d}.obj").write_text(obj_text(VERTICES * (2 + k), "g"))
    (folder / "vertex_indices.json").write_text(json.dumps({"idx_to_landmark_verts": [k % 5 for k in range(68)]}))
    return tmp_path / "kit"


def test_a_checkout_becomes_the_face_model(checkout, tmp_path):
    pack_checkout(checkout, tmp_path / "packed.npz")
    model = load_face_model(tmp_path / "packed.npz")
    assert model.expression_names == ("browDown_L", "jawOpen")
    assert np.allclose(model.vertices, (VERTICES - EARS_CM) * 0.01, atol=1e-6)
    assert np.allclose(model.expressions[1], [0, -0.0025, 0], atol=1e-6)
    assert np.allclose(model.identities[1], VERTICES * 0.02, atol=1e-5)
    assert model.faces.tolist() == [[0, 1, 2, 3], [3, 2, 4, -1]]
    assert model.face_uvs[1].tolist() == [3, 2, 0, -1]
    assert model.materials == ("M_Face", "M_Teeth")
    assert model.face_material.tolist() == [0, 1]
    assert model.landmarks68.tolist() == [k % 5 for k in range(68)]


def test_the_model_folder_itself_will_do(checkout, tmp_path):
    pack_checkout(checkout / "FaceXModel", tmp_path / "packed.npz")
    assert (tmp_path / "packed.npz").is_file()


def test_another_number_of_vertices_is_refused(checkout, tmp_path):
    (checkout / "FaceXModel" / "jawOpen.obj").write_text(obj_text(VERTICES[:4], "g"))
    with pytest.raises(CorpusError, match=r"jawOpen\.obj has 4 vertices"):
        pack_checkout(checkout, tmp_path / "packed.npz")
    assert not (tmp_path / "packed.npz").exists()


def test_a_folder_that_is_no_checkout_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="no checkout of ICT-FaceKit"):
        pack_checkout(tmp_path, tmp_path / "packed.npz")


def test_a_pointer_instead_of_a_mesh_is_refused(checkout, tmp_path):
    (checkout / "FaceXModel" / "jawOpen.obj").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(CorpusError, match=r"jawOpen\.obj has 0 vertices"):
        pack_checkout(checkout, tmp_path / "packed.npz")


def test_broken_numbers_are_refused(checkout):
    path = checkout / "FaceXModel" / "jawOpen.obj"
    path.write_text(path.read_text().replace("v 0.000000", "v x.000000", 1))
    with pytest.raises(CorpusError, match="jawOpen"):
        read_obj(path)
