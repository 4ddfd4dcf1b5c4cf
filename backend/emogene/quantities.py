"""Times and sizes as people write and read them."""

import re

_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_BYTES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY_BYTES = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_NUMBER = r"(\d+(?:\.\d+)?)\s*"


def parse_seconds(text: str) -> float:
    """Seconds of e.g. 90s, 15min, 12h, 30d or 2w.

    Raises:
        ValueError: it is no such time.
    """
    match = re.fullmatch(_NUMBER + "(s|min|m|h|d|w)", text.strip().lower())
    if match is None:
        raise ValueError(f"'{text}' is no time; write e.g. 30d, 12h, 15min or 90s")
    return float(match[1]) * _SECONDS[match[2]]


def parse_bytes(text: str) -> int:
    """Bytes of e.g. 5GB, 500 MB, 2TB, 4GiB or 0.

    Raises:
        ValueError: it is no such size.
    """
    match = re.fullmatch(_NUMBER + "(?:([kmgt]?)b?|([kmgt])ib)", text.strip().lower())
    if match is None:
        raise ValueError(f"'{text}' is no size; write e.g. 5GB, 500MB or 4GiB")
    unit = _BINARY_BYTES[match[3]] if match[3] else _BYTES[match[2]]
    return round(float(match[1]) * unit)


def bytes_text(size: float) -> str:
    """E.g. 0 B, 950 kB, 1.2 GB."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit in ("B", "kB") or size >= 99.95 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def seconds_text(seconds: float) -> str:
    """E.g. 4.2 s, 3 min 5 s, 2 h 5 min, 3 d 4 h."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    larger, smaller, names = next(
        (larger, smaller, names)
        for larger, smaller, names in ((86_400, 3600, ("d", "h")), (3600, 60, ("h", "min")), (60, 1, ("min", "s")))
        if whole >= larger
    )
    rest = whole % larger // smaller
    return f"{whole // larger} {names[0]}" + (f" {rest} {names[1]}" if rest else "")
