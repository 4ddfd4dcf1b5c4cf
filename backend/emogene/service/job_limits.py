"""Whether there is room for one more job."""

from collections.abc import Iterable

from emogene.service.jobs import Job
from emogene.service.limits import ALL_SHOT_BYTES, CLIENT_JOBS, CLIENT_SHOT_BYTES, JOB_FRAMES, LimitError
from emogene_proto.errors import ShotError


def check_room(job: Job, active: Iterable[Job]) -> None:
    """Refuse a job that is too large, or one too many.

    Args:
        active: the jobs of all clients that have not ended.

    Raises:
        ShotError: it has too many frames.
        LimitError: its client has too many jobs, or too much animation in them; or all clients have.
    """
    if job.total > JOB_FRAMES:
        raise ShotError(f"{job.total} frames are too many for one render.", f"Ask for {JOB_FRAMES} at most.")
    others = list(active)
    own = [other for other in others if other.owner == job.owner]
    if len(own) >= CLIENT_JOBS:
        raise LimitError(f"{CLIENT_JOBS} jobs of yours are waiting already.", "Cancel some, or wait.")
    for group, most in ((own, CLIENT_SHOT_BYTES), (others, ALL_SHOT_BYTES)):
        if group and sum(other.shot_bytes for other in group) + job.shot_bytes > most:
            message = f"The shots that wait already have {most // 2**20} MB of animation."
            raise LimitError(message, "Wait for some, or cancel them.")
