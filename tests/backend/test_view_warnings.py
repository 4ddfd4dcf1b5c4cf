"""Warnings about views: from a planned shot and what a pack tells, without its models."""

import time
from math import cos, radians, sin

import numpy as np
import pytest
from msgspec.structs import replace

from emogene.actors.pack import Actor, load_actor
from emogene.render.neck import TORSO_POSE
from emogene.values import Plan
from emogene.view_warnings import view_warnings
from emogene_proto.shot import AudioRef, CameraKey, Shot


@pytest.fixture
def actor(tiny_actor) -> Actor:
    return load_actor(tiny_actor)


def plan_of(frames: int) -> Plan:
    rows = np.zeros((frames, 68, 3), np.float32)
    poses = np.tile(TORSO_POSE, (frames, 1, 1))
    return Plan(rows, np.zeros((frames, 8), np.float32), poses, np.zeros((frames, 2), np.float32), 25.0, 101)


def aside(yaw: float) -> CameraKey:
    c, s = cos(radians(yaw)), sin(radians(yaw))
    return CameraKey(((c, 0.0, s, s), (s, 0.0, -c, -c), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0)), 85.0, 36.0)


def test_the_actors_own_camera_gives_no_warning(actor):
    assert view_warnings(Shot(AudioRef()), actor, plan_of(50)) == ()


def test_a_camera_aside_is_told_with_blenders_frames(actor):
    (told,) = view_warnings(Shot(AudioRef(), camera=aside(58.0)), actor, plan_of(50))
    assert told.startswith("Frames 101 to 150 look at the head from 58 degrees aside, beyond the 31")


def test_a_moving_camera_is_told_where_it_is_aside(actor):
    track = tuple(aside(yaw) for yaw in [0.0] * 20 + [60.0] * 30)
    (told,) = view_warnings(Shot(AudioRef(), camera_track=track), actor, plan_of(50))
    assert told.startswith("Frames 121 to 150 ")


def test_packs_that_do_not_tell_and_empty_plans_give_no_warning(actor):
    shot = Shot(AudioRef(), camera=aside(80.0))
    old = Actor(actor.folder, replace(actor.manifest, view_coverage=None))
    assert view_warnings(shot, actor, plan_of(5)) and view_warnings(shot, old, plan_of(5)) == ()
    assert view_warnings(shot, actor, plan_of(0)) == ()


def test_an_hour_with_a_moving_camera_is_judged_at_once(actor):
    track = (aside(60.0),) * 90_000
    began = time.monotonic()
    assert view_warnings(Shot(AudioRef(), camera_track=track), actor, plan_of(90_000))
    assert time.monotonic() - began < 2.0
