"""An actor pack of random little models around a simple face: right in form, made in a second, ugly to look at."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import torch
from PIL import Image
from scipy.spatial.transform import Rotation

from emogene.actors.build import FaceLandmarks, manifest_of, save_face, write_actor
from emogene.actors.coverage import EmotionCoverage
from emogene.actors.view_coverage import ViewCoverage
from emogene.audio import encoder
from emogene.audio.encoder import EncoderConfig, save_speech_encoder
from emogene.emotion import ldm
from emogene.emotion.ldm import LdmConfig, save_ldm
from emogene.idle.head_motion import build_bank, save_head_motion
from emogene.motion import audio2motion
from emogene.motion.audio2motion import save_audio2motion
from emogene.motion.vae import VaeConfig
from emogene.render import head_field, torso_field
from emogene.render.carving import cell_centres
from emogene.render.fields import ActorFields
from emogene.render.head_field import HeadField
from emogene.render.neck import HEAD_LOW, TORSO_POSE, neck_height
from emogene.render.torso_field import TOP, TorsoField
from emogene.values import Camera

PHONES = ("sil", "aa", "m", "s")

RIGHT_JAW = [(-74, 17, 37), (-73, -5, 39), (-69, -25, 45), (-66, -44, 52)]
RIGHT_JAW += [(-57, -65, 61), (-43, -82, 73), (-31, -89, 88), (-15, -93, 103)]
RIGHT_BROW = [(-58, 32, 79), (-49, 40, 90), (-38, 43, 98), (-24, 42, 105), (-12, 39, 107)]
RIGHT_EYE = [(-45, 14, 86), (-39, 19, 94), (-28, 19, 95), (-18, 13, 92), (-27, 11, 94), (-39, 11, 92)]
BRIDGE = [(0, 17, 107), (0, 6, 115), (0, -4, 123), (0, -16, 131)]
NOSTRILS = [(-13, -31, 109), (-6, -31, 114), (0, -32, 116), (6, -31, 114), (13, -31, 109)]
OUTER_LIPS = [(-25, -55, 102), (-17, -48, 112), (-7, -44, 117), (0, -45, 118), (7, -44, 117), (17, -48, 112)]
OUTER_LIPS += [(25, -55, 102), (18, -61, 109), (10, -63, 114), (0, -64, 115), (-10, -63, 114), (-18, -61, 109)]
INNER_LIPS = [(-22, -55, 101), (-10, -53, 111), (0, -53, 113), (10, -53, 111)]
INNER_LIPS += [(22, -55, 101), (11, -54, 110), (0, -54, 113), (-11, -54, 110)]


def _mirrored(points: list[tuple[int, int, int]], order: list[int]) -> list[tuple[int, int, int]]:
    return [(-points[i][0], *points[i][1:]) for i in order]


def tiny_face() -> FaceLandmarks:
    """A symmetric face and the same with lowered upper lids, in metres."""
    jaw = [*RIGHT_JAW, (0, -96, 104), *_mirrored(RIGHT_JAW, list(range(7, -1, -1)))]
    brows = RIGHT_BROW + _mirrored(RIGHT_BROW, [4, 3, 2, 1, 0])
    eyes = RIGHT_EYE + _mirrored(RIGHT_EYE, [3, 2, 1, 0, 5, 4])
    rest = np.array(jaw + brows + BRIDGE + NOSTRILS + eyes + OUTER_LIPS + INNER_LIPS, np.float32) / 1000
    closed = rest.copy()
    closed[[37, 38, 43, 44]] += np.array([0.0, -0.0077, -0.001], np.float32)
    return FaceLandmarks(rest, closed)


def tiny_camera() -> Camera:
    """Half a metre before the face, at the height of the nose; 64 x 64 pixels."""
    matrix = np.array([[1, 0, 0, 0], [0, 0, -1, -0.7], [0, 1, 0, -0.02], [0, 0, 0, 1]], np.float64)
    return Camera(matrix, 60.0, 36.0, 64, 64)


def nodding(frames: int) -> np.ndarray:
    """(T, 4, 4) head poses of somebody who nods and turns a little."""
    t = np.arange(frames) / 25
    turns = Rotation.from_euler("xy", np.stack([4 * np.sin(2 * t), 6 * np.sin(0.7 * t)], 1), degrees=True)
    poses = np.tile(TORSO_POSE, (frames, 1, 1))
    poses[:, :3, :3] = TORSO_POSE[:3, :3] @ turns.as_matrix()
    return poses.astype(np.float32)


def tiny_fields(face: FaceLandmarks) -> ActorFields:
    """Coarse fields with random colours: an egg around the head, a box of shoulders, and nothing else."""
    head = HeadField(replace(head_field.tiny_config(), step=0.01), face.rest)
    torso = TorsoField(torso_field.tiny_config(), face.rest, seed=1)
    points = cell_centres(head.config)
    egg = ((points / [0.09, 0.13, 0.12]) ** 2).sum(1) < 1.0
    head.occupied.copy_(_cells(head, egg & (neck_height(points) > HEAD_LOW)))
    points = cell_centres(torso.config)
    box = (np.abs(points - [0.0, -0.2, 0.0]) < [0.2, 0.12, 0.09]).all(1)
    torso.occupied.copy_(_cells(torso, box & (neck_height(points) < TOP)))
    return ActorFields(head, torso)


def _cells(field: HeadField | TorsoField, inside: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(inside.astype(np.uint8).reshape((field.config.occupancy,) * 3))


def tiny_coverage() -> EmotionCoverage:
    """An actor who was pictured happy and hardly ever surprised."""
    return EmotionCoverage(0.8, (0.5, 1.0, 2.0), {"happy": (0.9, 1.0, 1.4), "surprised": (1.2, 3.0, 6.0)})


def tiny_view_coverage() -> ViewCoverage:
    """An actor who looks right up to 30 degrees aside, and was lucky at 60 to the left."""
    row = (12.0, 20.0, 29.0, 30.0, 30.0, 30.0, 29.0, 20.0, 21.0)
    side = tuple(psnr - 5.0 for psnr in row)
    yaws = (-60.0, -45.0, -30.0, -15.0, 0.0, 15.0, 30.0, 45.0, 60.0)
    return ViewCoverage(
        yaws, (-30.0, 0.0, 30.0), (side, row, side), (1.0, 2.0, 4.0), (30.0, 27.0, 24.0), 31.0, 11.0, 1300.0, 0.9
    )


def build_tiny_actor(folder: Path) -> Path:
    """Write the pack into `folder` and return it; always the same bytes."""
    models = folder / "models"
    models.mkdir(parents=True)
    face = tiny_face()
    listener = encoder.untrained(EncoderConfig(PHONES, width=8, dilations=(1, 2), dropout=0.0))
    save_speech_encoder(listener, models / "speech_encoder.safetensors")
    sizes = VaeConfig(listener.feature_count, 8, 8, encoder_layers=1, decoder_layers=2)
    save_audio2motion(audio2motion.untrained(sizes), models / "audio2motion.safetensors")
    save_ldm(ldm.untrained(LdmConfig(hidden=16, embedding=4)), models / "ldm.safetensors")
    fields = tiny_fields(face)
    for field in (fields.head, fields.torso):
        field.save(models / f"{field.KIND}.safetensors")
    save_head_motion(models / "head_motion.safetensors", build_bank([nodding(300), nodding(150)]))
    save_face(models / "face.safetensors", face)
    Image.new("RGB", (64, 64), (128, 128, 128)).save(models / "preview.png")
    manifest = manifest_of("tiny", "CC0-1.0", "Random numbers, for tests.", tiny_camera(), tiny_coverage())
    write_actor(folder / "pack", msgspec.structs.replace(manifest, view_coverage=tiny_view_coverage()), models)
    return folder / "pack"
