"""What all tests share: the --slow switch and the training data's place, where there is one."""

from pathlib import Path

import numpy as np
import pytest
from shared_folder import SHARED


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run also what takes longer, and all in each Blender")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--slow"):
        return
    skip = pytest.mark.skip(reason="takes longer; run with --slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session", autouse=True)
def own_config(tmp_path_factory):
    """Keys and notes of the tests are not the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMOGENE_CONFIG", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(scope="session")
def face_model_path() -> Path:
    """The packed ICT face model; skips where the shared data is not there."""
    path = SHARED / "data/ict_facekit/ict_facekit.npz"
    if not path.is_file():
        pytest.skip("the face model is not here (set EMOGENE_SHARED)")
    return path


@pytest.fixture(scope="session")
def speech_folder() -> Path:
    """Recordings of people, for evaluation only; skips where the shared data is not there."""
    path = SHARED / "data/speech"
    if not path.is_dir():
        pytest.skip("the recorded speech is not here (set EMOGENE_SHARED)")
    return path


@pytest.fixture(scope="session")
def tiny_actor(tmp_path_factory) -> Path:
    """An actor pack of little random models, see tiny_actor.py.

    One picture is rendered here, so that the kernels are compiled before any test waits for a backend.
    """
    from tiny_actor import build_tiny_actor, tiny_camera

    from emogene.actors.pack import load_actor
    from emogene.render.kernels import create_engine
    from emogene.render.neck import TORSO_POSE
    from emogene.values import FaceState

    folder = build_tiny_actor(tmp_path_factory.mktemp("tiny_actor"))
    actor = load_actor(folder)
    create_engine("cpu", actor.fields).render(FaceState(actor.rest, np.zeros(2, np.float32), TORSO_POSE), tiny_camera())
    return folder


@pytest.fixture(scope="session")
def actors_folder(tiny_actor, tmp_path_factory) -> Path:
    """A folder with the tiny actor in it, under the name of `tiny`."""
    folder = tmp_path_factory.mktemp("actors")
    (folder / "tiny").symlink_to(tiny_actor)
    return folder
