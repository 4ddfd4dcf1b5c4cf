"""Warnings about a planned shot: frames whose camera looks at the actor from where it was not pictured."""

from emogene.actors.pack import Actor
from emogene.render.blender_camera import pinhole
from emogene.render.view_confidence import views_of
from emogene.render.view_sentences import looked_at, view_sentences
from emogene.values import Camera, Plan
from emogene_proto.shot import Shot

MOST_ROWS = 4000
"""Of a longer shot so many frames are looked at, spread evenly: the service must answer at once."""


def view_warnings(shot: Shot, actor: Actor, plan: Plan) -> tuple[str, ...]:
    """One sentence for each stretch of frames that will look wrong; none where the pack tells no view coverage.

    Reads the pack's actor.toml alone, no model.
    """
    coverage = actor.manifest.view_coverage
    if coverage is None or not len(plan):
        return ()
    rows = looked_at(len(plan), MOST_ROWS)
    seen = rows if shot.camera_track else rows[:1]
    cameras = [_camera(shot, actor, int(row)) for row in seen]
    return view_sentences(coverage, views_of(plan.poses[rows], cameras), plan.frame_start + rows)


def _camera(shot: Shot, actor: Actor, row: int) -> Camera:
    """As `pipeline.camera_of`, which would bring all models into the service."""
    key = shot.camera_at(row)
    return actor.camera.resized(shot.width, shot.height) if key is None else pinhole(key, shot.width, shot.height)
