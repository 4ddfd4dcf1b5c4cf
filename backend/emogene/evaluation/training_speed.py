"""How long training takes until its pictures are good: runs the product's own command and watches what it tells."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from emogene.evaluation.suite import Measured
from emogene_proto.errors import RenderError

SIZE = 256
WANTED_DECIBELS = 31.0
LONGEST_MINUTES = 60.0
FIGURES = {"train_minutes": Measured("min", "lower", 30.0)}
_PREVIEW = re.compile(r"PSNR ([0-9.]+) dB on [0-9]+ held-out")
_END_SECONDS = 30.0


def training_command(corpus: Path, out: Path, size: int = SIZE) -> list[str]:
    """Train the head field from nothing on pictures of `size` pixels."""
    command = [sys.executable, "-u", "-m", "emogene", "train", "head", "--corpus", str(corpus), "--out", str(out)]
    return [*command, "--size", str(size), "--no-resume"]


def minutes_to(
    command: Sequence[str], decibels: float = WANTED_DECIBELS, tell: Callable[[str], None] = lambda _: None
) -> float | None:
    """Minutes from the command's start until a preview of held-out pictures is so good; None if it never is.

    Reading pictures, carving and previews count. The process is ended then.

    Raises:
        RenderError: the command failed.
    """
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line.strip())
            minutes = (time.monotonic() - start) / 60.0
            found = preview_decibels([line])
            if found is None:
                continue
            tell(f"{found:.2f} dB after {minutes:.1f} minutes")
            if found >= decibels:
                return minutes
            if minutes > LONGEST_MINUTES:
                return None
        if process.wait():
            last = next((line for line in reversed(lines) if line), "no message")
            raise RenderError(f"The training command failed: {last}", "Run it by hand: emogene train head --help")
        return None
    finally:
        process.terminate()
        process.stdout.close()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def preview_decibels(lines: Iterable[str]) -> float | None:
    """The last PSNR of a preview that the lines tell; None without any."""
    found = [match for line in lines if (match := _PREVIEW.search(line))]
    return float(found[-1][1]) if found else None
