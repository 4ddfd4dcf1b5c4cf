# SPDX-License-Identifier: GPL-3.0-or-later
"""How the connection stands, in words for the panel, with the names of Blender's icons."""

from ..emogene_proto.messages import Status, Welcome
from .amounts import bytes_text, seconds_text
from .session import Phase, Session

_TEXTS = {
    Phase.OFF: ("Backend is off", "RADIOBUT_OFF"),
    Phase.STARTING: ("Backend is starting", "SORTTIME"),
    Phase.CONNECTING: ("Connecting", "SORTTIME"),
    Phase.STOPPING: ("Backend is stopping", "SORTTIME"),
    Phase.LOST: ("Backend is lost", "ERROR"),
}


def connection_text(session: Session) -> tuple[str, str]:
    """A short line and its icon: off, starting, ready, busy, not answering, lost."""
    welcome = session.welcome
    if welcome is None:
        return _TEXTS.get(session.phase, _TEXTS[Phase.CONNECTING])
    if silent := session.upkeep.silent_seconds:
        return f"Not answering for {seconds_text(silent)}", "ERROR"
    if welcome.problem:
        return "Backend cannot render", "ERROR"
    if busy := _busy_text(session):
        return busy, "RENDER_ANIMATION"
    if not welcome.ready:
        return "Renderer is starting", "SORTTIME"
    return f"Ready: {device_text(welcome)}", "RADIOBUT_ON"


def offer_text(session: Session) -> str:
    """What the backend renders with, and whom; empty where none is connected."""
    welcome = session.welcome
    if welcome is None or not welcome.engines:
        return ""
    return f"Engine {welcome.engines[0]}; actors: {', '.join(welcome.actors) or 'none'}"


def device_text(welcome: Welcome) -> str:
    """What renders, without the details: "CPU, 8 cores"."""
    return welcome.device.partition(" (")[0] or "backend"


def backend_lines(session: Session) -> list[tuple[str, str]]:
    """What the backend is and does, a name and a value a line; empty where none is connected."""
    welcome, status = session.welcome, session.upkeep.status
    if welcome is None:
        return []
    lines = [
        ("Device", welcome.device),
        ("Version", welcome.version),
    ]
    return lines + (_status_lines(status) if status is not None else [])


def frames_kept_text(status: Status) -> str:
    """How much of the cache is used by frames."""
    return f"{bytes_text(status.frame_bytes)} of {bytes_text(status.frame_quota_bytes)}"


def _status_lines(status: Status) -> list[tuple[str, str]]:
    queue = "empty"
    if status.jobs_waiting:
        queue = _counted(status.jobs_waiting, "job")
        queue += f", {_counted(status.frames_waiting, 'frame')}" if status.frames_waiting else ""
    return [
        ("Memory", bytes_text(status.memory_bytes)),
        ("Speed", f"{status.frames_per_second:.1f} frames/s"),
        ("Queue", queue),
        ("Frames kept", frames_kept_text(status)),
    ]


def _busy_text(session: Session) -> str:
    """What it does for this Blender, else for whom ever; empty where it does nothing."""
    job, status = session.job, session.upkeep.status
    if job is not None:
        text = job.stage.capitalize()
        if job.stage != "rendering":
            return text
        left = job.seconds_left
        return f"{text} {job.done} of {job.total}" + (f", {seconds_text(left)} left" if left is not None else "")
    if status is None or not status.jobs_waiting:
        return ""
    frames = f", {_counted(status.frames_waiting, 'frame')} to go" if status.frames_waiting else ""
    return f"Busy: {_counted(status.jobs_waiting, 'job')}{frames}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
