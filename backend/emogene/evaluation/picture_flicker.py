"""Flicker: does a still face stand still to the last bit, and does a slow turn shimmer more than it must.

A motion that goes on evenly has hardly any second difference in time; what jumps up and down between frames has a large
one. True pictures have some too: edges of hair and knit run over pixels, and 8 bits round. So a turn is measured as the
ratio of rendered to true, over the same pixels of the same motion. The corpus' own pictures, of 2 x 2 samples a pixel,
shimmer in hair and knit more than a photograph; here the truth is drawn twice as large and averaged.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from emogene import pipeline
from emogene.corpus.appearance.actor import orbit_camera, own_camera
from emogene.corpus.body_motion import NECK_PIVOT
from emogene.evaluation.picture_engine import engine_of
from emogene.evaluation.picture_material import PictureMaterial, PictureState
from emogene.evaluation.picture_quality import GREY, SHOWN, on_background
from emogene.evaluation.suite import Measured, Values
from emogene.render.neck import TORSO_POSE
from emogene.render.output.colour import straight_rgba
from emogene.values import Camera, Frame, Plan
from emogene_proto.names import SAMPLE_RATE
from emogene_proto.shot import AudioRef, Performance, Shot

TURN_DEGREES, TURN_SECONDS, FPS = 10.0, 4.0, 25
TRIPLES = 6
"""Groups of three frames in a row, spread over the turn."""
STILL_SECONDS, STILL_FRAMES = 0.4, 5
SIZE = 512
LEVELS = 255.0

FIGURES = {
    "flicker_still": Measured("", "lower", 0.0),
    "flicker_turn": Measured("", "lower", 1.1),
}
EXTRAS = {
    "flicker_still_silence": Measured("", "lower"),
    **{
        f"{name}_{moving}": Measured(unit, "lower")
        for moving in ("head", "camera")
        for name, unit in (
            ("flicker_turn", ""),
            ("flicker_turn_first", ""),
            ("flicker_turn_jerk", ""),
            ("flicker_turn_levels", "/255"),
            ("flicker_turn_truth", "/255"),
        )
    },
}
STILL = ("flicker_still", "flicker_still_silence")
TURN = tuple(name for name in (*FIGURES, *EXTRAS) if name not in STILL)


@dataclass(frozen=True)
class Differences:
    """How pictures change in time: means over pixels that show the actor, in values of 0 to 1."""

    first: float
    """|f[t+1] - f[t]|"""
    second: float
    """|f[t-1] - 2 f[t] + f[t+1]|"""


def still(material: PictureMaterial) -> Values:
    """The largest difference between pictures of one state: again and again with another rendered between, by another
    engine, and as frames in a row of a shot whose plan holds it; and how far a silent shot without life moves."""
    states = [material.state(int(i)).face for i in material.few(1)[:2]]
    camera = material.corpus.camera(int(material.few(1)[0]))
    first = material.engine.render(states[0], camera).rgba
    material.engine.render(states[1], camera)
    again = (material.engine.render(states[0], camera).rgba, engine_of(material.actor).render(states[0], camera).rgba)
    silent = _silent_shot(material)
    held = replace(silent, landmarks=np.repeat(silent.landmarks[:1], len(silent), 0))
    return {
        "flicker_still": max(*(float(np.abs(one - first).max()) for one in again), _largest(material, held)),
        "flicker_still_silence": _largest(material, silent),
    }


def _silent_shot(material: PictureMaterial) -> Plan:
    """Nothing but what the motion model makes of silence moves in it."""
    calm = Performance(head_motion=0.0, blink=0.0, gaze=0.0, breath=0.0)
    silence = np.zeros(round(STILL_SECONDS * SAMPLE_RATE), np.float32)
    return pipeline.plan(Shot(AudioRef(), fps=float(FPS), performance=calm), silence, material.actor)


def _largest(material: PictureMaterial, plan: Plan) -> float:
    """Largest difference between any two frames of a plan."""
    shot = Shot(AudioRef(), width=SIZE, height=SIZE)
    frames = range(min(len(plan), STILL_FRAMES))
    pictures = [pipeline.render_row(plan, i, shot, material.actor, material.engine).rgba for i in frames]
    return float(np.ptp(np.stack(pictures), axis=0).max())


def turn(material: PictureMaterial) -> Values:
    """Rendered over true second differences of a slow turn of the head and of a slow way of the camera."""
    values: Values = {}
    for moving, moment in (("head", head_turned), ("camera", camera_moved)):
        made, truth = _both(material, moment)
        values[f"flicker_turn_{moving}"] = made.second / truth.second
        values[f"flicker_turn_first_{moving}"] = made.first / truth.first
        values[f"flicker_turn_jerk_{moving}"] = made.second / made.first
        values[f"flicker_turn_levels_{moving}"] = made.second * LEVELS
        values[f"flicker_turn_truth_{moving}"] = truth.second * LEVELS
    ratios = [values[f"flicker_turn_{moving}"] for moving in ("head", "camera")]
    return values | {"flicker_turn": max(ratio for ratio in ratios if ratio is not None)}


Moment = Callable[[PictureMaterial, np.ndarray, float], tuple[PictureState, Camera]]


def head_turned(material: PictureMaterial, expression: np.ndarray, degrees: float) -> tuple[PictureState, Camera]:
    """The head turned to its left about the neck, before the actor's own camera."""
    about = np.eye(4)
    about[:3, :3] = Rotation.from_euler("y", degrees, degrees=True).as_matrix()
    about[:3, 3] = NECK_PIVOT - about[:3, :3] @ NECK_PIVOT
    state = material.state_of(expression, np.zeros(2), TORSO_POSE @ about)
    return state, own_camera(material.studio.actor, material.corpus.size)


def camera_moved(material: PictureMaterial, expression: np.ndarray, degrees: float) -> tuple[PictureState, Camera]:
    """The head at rest before a camera that stands so far aside."""
    camera = orbit_camera(material.studio.actor, material.corpus.size, float(np.radians(degrees)))
    return material.state_of(expression, np.zeros(2), TORSO_POSE), camera


def _both(material: PictureMaterial, moment: Moment) -> tuple[Differences, Differences]:
    """Differences of the pictures rendered and of those drawn, mean over the triples."""
    expression = material.state(int(material.few(1)[0])).expression
    step = TURN_DEGREES / (TURN_SECONDS * FPS)
    made, truth = [], []
    for middle in np.linspace(-0.5, 0.5, TRIPLES) * (TURN_DEGREES - 2.0 * step):
        moments = [moment(material, expression, middle + step * k) for k in (-1, 0, 1)]
        drawn = [drawn_finely(material, state, camera) for state, camera in moments]
        shown = np.logical_or.reduce([rgba[..., 3] >= SHOWN for rgba in drawn])
        truth.append(differences(_on_grey(drawn), shown))
        made.append(differences(_on_grey([material.render(state.face, camera) for state, camera in moments]), shown))
    return tuple(_mean(one) for one in (made, truth))  # pyright: ignore[reportReturnType]


def drawn_finely(material: PictureMaterial, state: PictureState, camera: Camera) -> np.ndarray:
    """(H, W, 4) uint8 straight alpha: the truth of 4 x 4 samples a pixel."""
    large = material.draw(state, camera.resized(2 * camera.width, 2 * camera.height)).rgba
    pixels = large.astype(np.float32) / LEVELS
    pixels[..., :3] *= pixels[..., 3:]
    means = pixels.reshape(camera.height, 2, camera.width, 2, 4).mean((1, 3))
    return straight_rgba(Frame(means, np.zeros(means.shape[:2], np.float32)))


def differences(pictures: np.ndarray, shown: np.ndarray) -> Differences:
    """Of (3, H, W, 3) pictures in a row, over the (H, W) pixels that count."""
    before, here, after = pictures[:, shown]
    return Differences(float(np.abs(after - here).mean()), float(np.abs(before - 2.0 * here + after).mean()))


def _on_grey(pictures: list[np.ndarray]) -> np.ndarray:
    return np.stack([on_background(rgba, GREY) for rgba in pictures])


def _mean(found: list[Differences]) -> Differences:
    return Differences(float(np.mean([one.first for one in found])), float(np.mean([one.second for one in found])))


def still_used(material: PictureMaterial) -> str:
    """What it was measured on, in words."""
    return (
        f"One held-out face rendered three times with another between, by two engines; {STILL_FRAMES} frames in a row "
        f"of a shot that holds one face, and of a silent one without head motion, blinks, gaze and breath "
        f"({SIZE}x{SIZE})."
    )


def turn_used(material: PictureMaterial) -> str:
    """What it was measured on, in words."""
    return (
        f"A held-out face that turns {TURN_DEGREES:g} degrees in {TURN_SECONDS:g} s at {FPS} fps, and a camera that "
        f"goes as far around it; {TRIPLES} x 3 frames in a row of each, rendered and drawn with 4 x 4 samples a pixel."
    )
