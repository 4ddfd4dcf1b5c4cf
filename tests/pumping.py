"""The add-on's session, moved on without Blender."""

import time


def pump_until(session, done, seconds: float = 300.0) -> list:
    """Everything that happened until `done()`."""
    happenings = []
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"nothing after {seconds} s: {session.phase} {session.problem}"
        happenings += session.pump()
        time.sleep(0.002)
    return happenings
