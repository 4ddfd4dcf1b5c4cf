# SPDX-License-Identifier: GPL-3.0-or-later
"""Amounts as people read them."""


def bytes_text(size: int) -> str:
    """E.g. 850 MB or 1.2 GB; a GB is 1024 MB, as in the backend's own quota."""
    megabytes = size / 2**20
    if megabytes < 999.5:
        return f"{megabytes:.0f} MB"
    gigabytes = megabytes / 1024
    return f"{gigabytes:.1f} GB" if gigabytes < 99.95 else f"{gigabytes:.0f} GB"


def seconds_text(seconds: float) -> str:
    """E.g. 40 s, 3 min or 2 h 05 min."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"
