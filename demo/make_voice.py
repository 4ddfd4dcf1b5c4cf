"""Makes demo/voice.flac: four short lines for four emotions, spoken by Debian's flite, so it is nobody's recording.

python -m demo.make_voice     (needs `apt install flite`)
"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

LINES = (
    ("Hey, Bobby! I am so happy you came back.", 1.0),
    ("Wow! What is in that big box?", 1.0),
    ("No! You broke my piano. Stop that!", 0.95),
    ("I loved it so. Now it is gone.", 1.2),
)
"""What is said, and how slowly (1 is flite's own pace)."""

RATE = 16_000
LEAD_SECONDS = 0.25
PAUSE_SECONDS = 0.3
SILENCE = 0.003
"""Samples below this at a line's ends are cut off; the pauses are made here."""


def spoken(text: str, stretch: float) -> np.ndarray:
    """(N,) float32 samples of one line without silence at its ends."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        command = ["flite", "-voice", "rms", "--setf", f"duration_stretch={stretch}", "-t", text, "-o", str(path)]
        subprocess.run(command, check=True)
        samples, rate = soundfile.read(path, dtype="float32")
    if rate != RATE:
        raise SystemExit(f"flite's voice came at {rate} Hz instead of {RATE}.")
    loud = np.flatnonzero(np.abs(samples) > SILENCE)
    return samples[loud[0] : loud[-1] + 1]


def main() -> None:
    pieces = [np.zeros(int(LEAD_SECONDS * RATE), np.float32)]
    for text, stretch in LINES:
        print(f"{sum(map(len, pieces)) / RATE:6.2f} s  {text}")
        pieces += [spoken(text, stretch), np.zeros(int(PAUSE_SECONDS * RATE), np.float32)]
    voice = np.concatenate(pieces)
    voice *= 0.7 / np.abs(voice).max()
    path = Path(__file__).with_name("voice.flac")
    soundfile.write(path, voice, RATE, subtype="PCM_16")
    print(f"{len(voice) / RATE:.2f} s in {path}")


if __name__ == "__main__":
    main()
