"""Frames whose content follows from their key, so that any process can tell whether what it reads is right."""

import hashlib
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_SECONDS = 60.0


def frame_key_of(number: int) -> str:
    return hashlib.sha256(f"frame {number}".encode()).hexdigest()


def content_of(key: str, size: int | None = None) -> bytes:
    """What the frame of a key holds: some hundred bytes, or several hundred thousand of every eighth frame."""
    chance = random.Random(key)
    return chance.randbytes(size or chance.choice([300_000] + 7 * [500]))


def keys_of(numbers) -> bytes:
    return b"".join(bytes.fromhex(frame_key_of(number)) for number in numbers)


def aged(path: Path, seconds: float) -> None:
    """Let a file be last used so many seconds ago."""
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
