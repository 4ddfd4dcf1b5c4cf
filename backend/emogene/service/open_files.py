"""How many files and connections this process may have open."""

import contextlib
import sys

WANTED = 65_536


def allow_many_open_files() -> None:
    """Take as many as the system lets a process have: shells often allow 1024 at first, and whoever opens connections
    without end should not keep the backend from opening its frames. Windows has no such limit."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(OSError, ValueError):  # macOS has a lower limit beside the one that it tells
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
