"""The paper's table V: how much a head moves while nobody speaks, with and without the pose sampler."""

from collections.abc import Callable

import numpy as np

from emogene.evaluation.idle_material import IdleMaterial
from emogene.evaluation.suite import Measured, Values
from emogene.idle.head_motion import (
    FADE,
    HeadMotionBank,
    draw_stretches,
    drawn_motion,
    head_poses,
    head_rest,
    motion_by_clock,
    resting_clock,
    to_poses,
)
from emogene.idle.segments import idle_segments, inserted_rows
from emogene.idle.stillness import still_tolerance
from emogene.resample import frame_times
from emogene_proto.names import IDLE_SAMPLINGS, MODEL_FPS
from emogene_proto.shot import Performance

SILENCE_FRAMES = 7500
SEEDS = tuple(range(10))
NOBODY_SPEAKS = np.zeros((0, 2))

PAPER = {
    "idle_velocity_mean_ratio": 0.46,
    "idle_velocity_std_ratio": 0.87,
    "idle_acceleration_mean_ratio": 0.54,
    "idle_acceleration_std_ratio": 1.03,
}
"""Table V, EmoGene over 'w/o': .0175 / .0378, .0305 / .0351, .0068 / .0125, .0129 / .0125."""
ABLATIONS = IDLE_SAMPLINGS[1:]
RESTING, MOVING = 0.9, 0.1
"""How far a head that rests has come to rest, at least, and one that moves, at most."""


def _name(figure: str, of: str) -> str:
    """A figure of table V for something else than the product's sampler: `idle_velocity_mean_ratio` and `random` are
    `random_velocity_mean`."""
    return f"{of}_{figure.removeprefix('idle_').removesuffix('_ratio')}" if of else figure


SAMPLER = tuple(PAPER)
SAMPLER_ABLATIONS = tuple(_name(name, sampling) for sampling in ABLATIONS for name in PAPER)
SAMPLER_INSERTED = tuple(_name(name, "inserted") for name in PAPER)
SAMPLER_CONSTANT = tuple(_name(name, "constant") for name in PAPER)
SAMPLER_ACTOR = tuple(_name(name, "actor") for name in PAPER)
RESTS = ("still_tolerance_ppm", "rest_shortest_frames", "rest_longest_frames", "rest_gap_frames")
SHARES = ("resting_share", "moving_share")
ACTOR_SHARES = tuple(f"actor_{name}" for name in SHARES)
JOINS = ("join_acceleration_ratio", "actor_join_acceleration_ratio")

FIGURES: dict[str, Measured] = {name: Measured("", "lower", reach) for name, reach in PAPER.items()}
EXTRAS: dict[str, Measured] = {
    **{name: Measured("", "lower", reach) for name, reach in zip(SAMPLER_INSERTED, PAPER.values(), strict=True)},
    **{name: Measured("", "lower") for name in (*SAMPLER_ABLATIONS, *SAMPLER_CONSTANT, *SAMPLER_ACTOR)},
    **{name: Measured("", "higher") for name in (*SHARES, *ACTOR_SHARES)},
    "still_tolerance_ppm": Measured("ppm", "lower"),
    "rest_shortest_frames": Measured("frames", "higher"),
    "rest_longest_frames": Measured("frames", "higher"),
    "rest_gap_frames": Measured("frames", "lower"),
    **{name: Measured("", "lower") for name in JOINS},
}


def pose_speeds(poses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T - 1,) |v| and (T - 2,) |a| of (T, 4, 4) poses as 3x4 numbers: v(t) = x(t+1) - x(t), a(t) = v(t+1) - v(t)."""
    velocity = np.diff(poses[:, :3].reshape(len(poses), 12).astype(np.float64), axis=0)
    return np.linalg.norm(velocity, axis=1), np.linalg.norm(np.diff(velocity, axis=0), axis=1)


def four_numbers(poses: np.ndarray) -> np.ndarray:
    """(4,) mean and deviation of velocity, mean and deviation of acceleration."""
    velocity, acceleration = pose_speeds(poses)
    return np.array([velocity.mean(), velocity.std(), acceleration.mean(), acceleration.std()])


def idle_poses(bank: HeadMotionBank, sampling: str, seed: int, frames: int = SILENCE_FRAMES) -> np.ndarray:
    """(T, 4, 4) the head as the product moves it while nobody speaks, without life."""
    times = frame_times(frames, MODEL_FPS)
    return head_poses(bank, frames, NOBODY_SPEAKS, seed, Performance(idle_sampling=sampling), times)


def inserted_poses(bank: HeadMotionBank, sampling: str, seed: int, frames: int = SILENCE_FRAMES) -> np.ndarray:
    """(T, 4, 4) the same motion with copies of poses inserted, as the paper writes it."""
    moving = to_poses(motion_by_clock(bank, np.arange(frames, dtype=float), seed))
    segments = idle_segments(frames, bank.rests, np.random.default_rng([seed, 1]), sampling)
    return moving[inserted_rows(frames, segments)]


def constant_poses(bank: HeadMotionBank, sampling: str, seed: int, frames: int = SILENCE_FRAMES) -> np.ndarray:
    """(T, 4, 4) a control: the same motion by a clock that goes as far as the sampler's, at one speed throughout."""
    end = resting_clock(_rest(bank, sampling, seed, frames))[-1]
    return to_poses(motion_by_clock(bank, np.linspace(0.0, end, frames), seed))


def _rest(bank: HeadMotionBank, sampling: str, seed: int, frames: int) -> np.ndarray:
    return head_rest(bank, frames, NOBODY_SPEAKS, seed, sampling)


def sampler(material: IdleMaterial) -> Values:
    """The sampler on the real track, in the form that the product uses."""
    return _ratios(idle_poses, material.tracked, "random_length", "")


def ablations(material: IdleMaterial) -> Values:
    """The paper's own form of the sampler, table V's ablations in the product's form, and no rests but as slow."""
    values = _ratios(inserted_poses, material.tracked, "random_length", "inserted")
    values |= _ratios(constant_poses, material.tracked, "random_length", "constant")
    for sampling in ABLATIONS:
        values |= _ratios(idle_poses, material.tracked, sampling, sampling)
    return values


def actors_own(material: IdleMaterial) -> Values:
    """The sampler on the actor's own head motion, and whether its stretches follow each other without a seam."""
    bank = material.actor.head_motion
    ratios = _ratios(idle_poses, bank, "random_length", "actor")
    shares = dict(zip(ACTOR_SHARES, _shares(bank), strict=True))
    return ratios | shares | {"actor_join_acceleration_ratio": join_acceleration(bank)}


def track(material: IdleMaterial) -> Values:
    """What the sampler reads off the real track, and whether its loop has seams."""
    bank = material.tracked
    return {
        "still_tolerance_ppm": 1e6 * still_tolerance(bank.recordings),
        "rest_shortest_frames": float(bank.rests.shortest),
        "rest_longest_frames": float(bank.rests.longest),
        "rest_gap_frames": float(bank.rests.gap),
        **dict(zip(SHARES, _shares(bank), strict=True)),
        "join_acceleration_ratio": join_acceleration(bank),
    }


def join_acceleration(bank: HeadMotionBank) -> float:
    """99th percentile of the head's acceleration where one stretch fades into the next, over that inside stretches."""
    joining, inside = [], []
    for seed in SEEDS:
        begins = np.cumsum(
            [end - start - FADE for start, end in draw_stretches(bank, SILENCE_FRAMES, np.random.default_rng(seed))]
        )[:-1]
        motion = drawn_motion(bank, SILENCE_FRAMES, np.random.default_rng(seed))
        acceleration = pose_speeds(to_poses(motion))[1]
        join = np.zeros(SILENCE_FRAMES + FADE, bool)
        join[(begins[:, None] + np.arange(FADE)).ravel()] = True
        join = join[1 : 1 + len(acceleration)]
        joining.append(acceleration[join])
        inside.append(acceleration[~join])
    return float(np.quantile(np.concatenate(joining), 0.99) / np.quantile(np.concatenate(inside), 0.99))


def _shares(bank: HeadMotionBank) -> tuple[float, float]:
    """Share of silent frames in which the head rests, and in which it moves at full speed."""
    rest = np.concatenate([_rest(bank, "random_length", seed, SILENCE_FRAMES) for seed in SEEDS])
    return float((rest > RESTING).mean()), float((rest < MOVING).mean())


def _ratios(
    move: Callable[[HeadMotionBank, str, int], np.ndarray], bank: HeadMotionBank, sampling: str, of: str
) -> Values:
    """The paper's four numbers with a sampling over those without one, mean over SEEDS."""
    tracks = ([four_numbers(move(bank, one, seed)) for seed in SEEDS] for one in (sampling, "none"))
    with_it, without = (np.mean(numbers, axis=0) for numbers in tracks)
    return {_name(name, of): float(ratio) for name, ratio in zip(PAPER, with_it / without, strict=True)}
