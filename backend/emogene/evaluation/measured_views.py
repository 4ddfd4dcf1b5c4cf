"""From where an actor's pictures hold: PSNR over a grid of views and of close-ups, for its pack."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from emogene.actors.view_coverage import ViewCoverage
from emogene.corpus.appearance.actor import orbit_camera
from emogene.corpus.pictures import PictureCorpus
from emogene.evaluation.picture_material import PictureMaterial, PictureState
from emogene.evaluation.picture_quality import GREY, SHOWN, decibels, on_background
from emogene.render.neck import TORSO_POSE
from emogene.render.view_confidence import views_of
from emogene.values import Camera

YAWS = (-60.0, -45.0, -30.0, -15.0, 0.0, 15.0, 30.0, 45.0, 60.0)
PITCHES = (-45.0, -30.0, -15.0, 0.0, 15.0, 30.0, 45.0)
CLOSE_UPS = (1.0, 1.5, 2.0, 3.0)
SIZE = 256
FACES = 2
"""Held-out faces that each view is measured with, heads at rest."""
PICTURED_SHARE = 95.0
"""Per cent of the training pictures that count as what the actor was pictured from."""


def measured_views(material: PictureMaterial, progress: Callable[[int, int], None] | None = None) -> ViewCoverage:
    """Render and draw each view, and compare what shows the actor.

    Args:
        progress: told how many views are done, and of how many.
    """
    states = [_at_rest(material, int(i)) for i in material.few(1)[:: max(1, len(material.few(1)) // FACES)][:FACES]]
    total, done = len(YAWS) * len(PITCHES) + len(CLOSE_UPS), 0

    def psnr(camera: Camera) -> float:
        nonlocal done
        found = float(np.mean([_compared(material, state, camera) for state in states]))
        done += 1
        if progress is not None:
            progress(done, total)
        return round(found, 1)

    views = tuple(tuple(psnr(_camera(material, yaw, pitch)) for yaw in YAWS) for pitch in PITCHES)
    pictured = trained_views(material.corpus)
    front = _camera(material, 0.0, 0.0)
    largest = pictured["pictured_pixels"] / float(views_of(TORSO_POSE[None], [front]).pixels[0])
    close = tuple(psnr(_closer(front, largest * size)) for size in CLOSE_UPS)
    return ViewCoverage(YAWS, PITCHES, views, CLOSE_UPS, close, **pictured)


def trained_views(corpus: PictureCorpus) -> dict[str, float]:
    """From where 95 of 100 training pictures look at the head, as the fields of ViewCoverage."""
    trained = np.nonzero(~corpus.test)[0]
    views = views_of(corpus.poses[trained], [corpus.camera(int(i)) for i in trained])
    yaw, pitch = np.percentile(np.abs(views.head), PICTURED_SHARE, axis=0)
    return {
        "pictured_yaw": round(float(yaw), 1),
        "pictured_pitch": round(float(pitch), 1),
        "pictured_pixels": round(float(np.percentile(views.pixels, PICTURED_SHARE)), 1),
        "nearest_metres": round(float(views.metres.min()), 3),
    }


def _at_rest(material: PictureMaterial, number: int) -> PictureState:
    """A held-out face on a head that does not turn."""
    state = material.state(number)
    return replace(state, face=replace(state.face, pose=TORSO_POSE))


def _camera(material: PictureMaterial, yaw: float, pitch: float) -> Camera:
    actor = material.studio.actor
    return orbit_camera(actor, SIZE, float(np.radians(yaw)), float(np.radians(pitch)))


def _compared(material: PictureMaterial, state: PictureState, camera: Camera) -> float:
    """PSNR over grey of the pixels that show the actor, in either picture."""
    truth, made = material.draw(state, camera).rgba, material.render(state.face, camera)
    shown = (truth[..., 3] >= SHOWN) | (made[..., 3] >= SHOWN)
    return decibels(on_background(truth, GREY)[shown], on_background(made, GREY)[shown])


def _closer(camera: Camera, times: float) -> Camera:
    """The same picture size showing a part so many times as large."""
    return replace(camera, sensor_mm=camera.sensor_mm / times)
