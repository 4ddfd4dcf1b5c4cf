# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the connection to the backend stands."""

import enum


class Phase(enum.Enum):
    """What the panel shows of the connection."""

    OFF = "off"
    STARTING = "starting"
    CONNECTING = "connecting"
    READY = "ready"
    STOPPING = "stopping"
    LOST = "lost"
