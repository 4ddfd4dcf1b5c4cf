"""The face model with tongue, its mouth, and the speech programs, for the corpus tests."""

import shutil

import numpy as np
import pytest

from emogene.corpus.face_model import FaceModel, load_face_model
from emogene.corpus.mouth_contacts import MouthContacts, mouth_contacts
from emogene.corpus.speech import Speech, Voice, speak
from emogene.corpus.tongue import with_tongue


@pytest.fixture(scope="session")
def plain_model(face_model_path) -> FaceModel:
    return load_face_model(face_model_path)


@pytest.fixture(scope="session")
def model(plain_model) -> FaceModel:
    return with_tongue(plain_model)


@pytest.fixture(scope="session")
def contacts(model) -> MouthContacts:
    return mouth_contacts(model)


@pytest.fixture(scope="session")
def speech_programs() -> None:
    for program in ("flite", "espeak-ng"):
        if shutil.which(program) is None:
            pytest.skip(f"the speech program {program} is not installed")


@pytest.fixture(scope="session")
def plosives(speech_programs) -> Speech:
    return speak("My happy baby puppet brought five big maps before the fox moved above.", Voice("flite", "slt"))


@pytest.fixture(scope="session")
def people(model) -> np.ndarray:
    """(6, 100) identities: the generic face and five others whose lips meet at rest."""
    from emogene.corpus.landmark_corpus import draw_identity, landmark_rows_of

    rows = landmark_rows_of(model)
    return np.stack([np.zeros(100), *(draw_identity(number, 3, rows) for number in range(5))])
