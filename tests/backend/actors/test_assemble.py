"""From models and corpora to a pack: face, camera and coverage come from the pictures, head motion from the clips."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_actor import nodding, tiny_face

from emogene.actors.assemble import assemble, head_motion_from_clips
from emogene.corpus.appearance.actor import Actor as Appearance
from emogene_proto.errors import ActorError, CorpusError
from emogene_proto.names import EMOTIONS

COUNT = 12


@pytest.fixture
def pictures(tmp_path) -> Path:
    """A picture corpus without its pictures: twelve neutral faces."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    appearance = Appearance(camera_distance=0.8, focal_mm=70.0)
    about = {"fps": 25, "size": 128, "sensor_mm": appearance.sensor_mm, "actor": asdict(appearance)}
    (folder / "corpus.json").write_text(json.dumps(about))
    face = tiny_face()
    np.savez(
        folder / "frames.npz",
        landmarks=np.tile(face.rest, (COUNT, 1, 1)),
        rest=face.rest,
        closed_eyes=face.closed_eyes,
        gaze=np.zeros((COUNT, 2), np.float32),
        poses=nodding(COUNT),
        camera_to_world=np.tile(np.eye(4), (COUNT, 1, 1)),
        focal_mm=np.full(COUNT, appearance.focal_mm),
        weights=np.eye(8, dtype=np.float32)[np.zeros(COUNT, int)],
        blink=np.zeros(COUNT, np.float32),
        expressions=np.zeros((COUNT, 60), np.float32),
        test=np.arange(COUNT) == COUNT - 1,
    )
    return folder


@pytest.fixture
def models(tiny_actor, tmp_path) -> Path:
    """Trained models, but no face and no preview."""
    folder = tmp_path / "models"
    folder.mkdir()
    for path in tiny_actor.glob("*.safetensors"):
        if path.name != "face.safetensors":
            shutil.copy(path, folder)
    return folder


def test_a_pack_is_assembled(models, pictures, tmp_path):
    actor = assemble("ada", "CC0-1.0", 'Made for a "test".', models, pictures, tmp_path / "ada")
    assert actor.name == "ada" and actor.manifest.provenance == 'Made for a "test".'
    assert np.array_equal(actor.closed_eyes, tiny_face().closed_eyes)
    assert actor.camera.focal_mm == 70.0 and actor.camera.width == 128
    assert np.allclose(actor.camera.camera_to_world[:3, 3], [0.0, -0.8, -0.038])
    assert set(actor.covered_to) == set(EMOTIONS[1:])
    with Image.open(tmp_path / "ada/preview.png") as preview:
        assert preview.getchannel("A").getextrema()[1] > 128


def test_missing_parts_are_named(models, pictures, tmp_path):
    with pytest.raises(CorpusError):
        assemble("ada", "CC0-1.0", "", models, tmp_path / "nothing", tmp_path / "ada")
    (models / "ldm.safetensors").unlink()
    with pytest.raises(ActorError, match="ldm"):
        assemble("ada", "CC0-1.0", "", models, pictures, tmp_path / "ada")
    assert not (tmp_path / "ada").exists()


def test_head_motion_comes_from_training_clips_only(tmp_path):
    (tmp_path / "clips").mkdir()
    clips = []
    for number, split in enumerate(("train", "test", "train")):
        file = f"clips/{number}.npz"
        rows = {"rest": tiny_face().rest, "poses": nodding(100 + number), "audio": np.zeros(16, np.int16)}
        unused = {name: np.zeros(1) for name in ("neutral", "emotional", "weights", "blink", "gaze")}
        np.savez(tmp_path / file, phone_symbols=np.array([]), phone_spans=np.zeros((0, 2)), **rows, **unused)
        about = {"identity": 0, "voice": "v", "speaker": "s", "emotions": ["neutral"], "seconds": 4.0, "text": ""}
        clips.append({"file": file, "split": split, **about})
    index = {"fps": 25, "seed": 0, "expression_names": [], "clips": clips}
    (tmp_path / "index.json").write_text(json.dumps(index))
    assert [len(track) for track in head_motion_from_clips(tmp_path).recordings] == [100, 102]
    assert len(head_motion_from_clips(tmp_path, clips=1).recordings) == 1
