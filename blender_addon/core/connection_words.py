# SPDX-License-Identifier: GPL-3.0-or-later
"""How the connection and its job stand, in words for the panel, with the names of Blender's icons."""

from ..emogene_proto.messages import Status, Welcome
from .amounts import bytes_text, seconds_text
from .backend_job import BackendJob
from .said import said
from .session import Phase, Session

_TEXTS = {
    Phase.OFF: (said("Backend is off"), "RADIOBUT_OFF"),
    Phase.STARTING: (said("Backend is starting"), "SORTTIME"),
    Phase.CONNECTING: (said("Connecting"), "SORTTIME"),
    Phase.STOPPING: (said("Backend is stopping"), "SORTTIME"),
    Phase.LOST: (said("Backend is lost"), "ERROR"),
}
_STAGES = {
    "sending the voice": said("Sending the voice"),
    "sending the background": said("Sending the background"),
    "taking up the last render": said("Taking up the last render"),
    "queued": said("Queued"),
    "starting": said("Starting"),
    "planning": said("Planning"),
    "performing": said("Performing"),
    "adding emotion": said("Adding emotion"),
    "picturing": said("Picturing"),
    "rendering": said("Rendering"),
}


def connection_text(session: Session) -> tuple[str, str]:
    """A short line and its icon: off, starting, ready, busy, not answering, lost."""
    welcome = session.welcome
    if welcome is None:
        return _TEXTS.get(session.phase, _TEXTS[Phase.CONNECTING])
    if silent := session.upkeep.silent_seconds:
        return said("Not answering for {time}", time=seconds_text(silent)), "ERROR"
    if welcome.problem:
        return said("Backend cannot render"), "ERROR"
    if busy := _busy_text(session):
        return busy, "RENDER_ANIMATION"
    if not welcome.ready:
        return said("Renderer is starting"), "SORTTIME"
    return said("Ready: {device}", device=device_text(welcome)), "RADIOBUT_ON"


def offer_text(session: Session) -> str:
    """What the backend renders with, and whom; empty where none is connected."""
    welcome = session.welcome
    if welcome is None or not welcome.engines:
        return ""
    actors = ", ".join(welcome.actors) or said("none")
    return said("Engine {engine}; actors: {actors}", engine=welcome.engines[0], actors=actors)


def stage_text(stage: str) -> str:
    """What a job is at; stages that only the backend knows are told in its own words."""
    return _STAGES.get(stage) or stage.capitalize()


def progress_text(job: BackendJob, reused: bool = False) -> str:
    """How far a job is.

    Args:
        reused: says also how many frames the backend had already.
    """
    text = stage_text(job.stage)
    if job.stage != "rendering":
        return text
    text = said("{stage} {done} of {total}", stage=text, done=job.done, total=job.total)
    if reused and job.reused:
        text = said("{progress}, {number} reused", progress=text, number=job.reused)
    left = job.seconds_left
    return text if left is None else said("{progress}, {time} left", progress=text, time=seconds_text(left))


def device_text(welcome: Welcome) -> str:
    """What renders, without the details: "CPU, 8 cores"."""
    return welcome.device.partition(" (")[0] or said("backend")


def backend_lines(session: Session) -> list[tuple[str, str]]:
    """What the backend is and does, a name and a value a line; empty where none is connected."""
    welcome, status = session.welcome, session.upkeep.status
    if welcome is None:
        return []
    lines = [
        (said("Device"), welcome.device),
        (said("Version"), welcome.version),
    ]
    return lines + (_status_lines(status) if status is not None else [])


def frames_kept_text(status: Status) -> str:
    """How much of the cache is used by frames."""
    used, most = bytes_text(status.frame_bytes), bytes_text(status.frame_quota_bytes)
    return said("{used} of {most}", used=used, most=most)


def _status_lines(status: Status) -> list[tuple[str, str]]:
    queue = said("empty")
    if status.jobs_waiting:
        queue = _jobs(status.jobs_waiting)
        if status.frames_waiting:
            queue = said("{jobs}, {frames}", jobs=queue, frames=_frames(status.frames_waiting))
    return [
        (said("Memory"), bytes_text(status.memory_bytes)),
        (said("Speed"), said("{number} frames/s", number=f"{status.frames_per_second:.1f}")),
        (said("Queue"), queue),
        (said("Frames kept"), frames_kept_text(status)),
    ]


def _busy_text(session: Session) -> str:
    """What it does for this Blender, else for whom ever; empty where it does nothing."""
    job, status = session.job, session.upkeep.status
    if job is not None:
        return progress_text(job)
    if status is None or not status.jobs_waiting:
        return ""
    jobs = _jobs(status.jobs_waiting)
    if not status.frames_waiting:
        return said("Busy: {jobs}", jobs=jobs)
    return said("Busy: {jobs}, {frames} to go", jobs=jobs, frames=_frames(status.frames_waiting))


def _jobs(number: int) -> str:
    return said("1 job") if number == 1 else said("{number} jobs", number=number)


def _frames(number: int) -> str:
    return said("1 frame") if number == 1 else said("{number} frames", number=number)
