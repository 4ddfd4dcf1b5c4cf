"""Synthetic speech with exact phone times, spoken by flite or espeak-ng, which are called as programs."""

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
import soxr

from emogene_proto.errors import CorpusError
from emogene_proto.names import SAMPLE_RATE

from . import espeak_events
from .phones import SILENCE, STOPS, PhoneSpan, from_espeak, from_flite

INSTALL_HINT = "Install it, on Debian or Ubuntu with: sudo apt install flite espeak-ng."
TIMEOUT_SECONDS = 120
CLOSURE_SECONDS = 0.12
"""Longest silence before a burst that counts as the stop's closure."""
INITIAL_CLOSURE_SECONDS = 0.07
"""The same where silence comes before the stop."""
QUIET = 0.004
"""Level under which a closure counts as silent, as a part of the peak."""


@dataclass(frozen=True)
class Voice:
    """Who speaks, and how."""

    program: str
    """flite or espeak-ng."""
    name: str
    """flite's voice, or espeak-ng's language, with +variant."""
    stretch: float = 1.0
    """Length against the voice's own speed."""
    pitch: float | None = None
    """flite: mean f0 in Hz; espeak-ng: 0 to 99. None is the voice's own."""

    @property
    def speaker(self) -> str:
        """What splits of a corpus keep apart: program and voice, without the language."""
        variant = self.name.partition("+")[2]
        return f"{self.program}:{variant or self.name}"

    @property
    def language(self) -> str:
        return self.name.partition("+")[0] if self.program == "espeak-ng" else "en"


@dataclass(frozen=True)
class Speech:
    """A spoken text: phones cover the audio from first to last sample without gaps."""

    audio: np.ndarray
    """(N,) float32, 16 kHz."""
    phones: tuple[PhoneSpan, ...]
    text: str
    voice: str

    @property
    def seconds(self) -> float:
        return len(self.audio) / SAMPLE_RATE


def speak(text: str, voice: Voice) -> Speech:
    """Synthesise one text; the same text and voice give the same samples.

    Raises:
        CorpusError: the program is missing, refuses the voice, or spoke nothing.
    """
    if voice.program == "flite":
        audio, phones = _speak_flite(text, voice)
    elif voice.program == "espeak-ng":
        audio, phones = _speak_espeak(text, voice)
    else:
        raise CorpusError(f"'{voice.program}' is no known speech program.", "Use flite or espeak-ng.")
    if len(audio) < SAMPLE_RATE // 20 or not phones:
        raise CorpusError(f"{voice.program} spoke nothing for '{text[:40]}'.", "Give it words to speak.")
    return Speech(audio, tidy(phones, len(audio) / SAMPLE_RATE), text, f"{voice.program}:{voice.name}")


def require_programs() -> None:
    """Check that both speech programs are here.

    Raises:
        CorpusError: names the one that is missing.
    """
    for program in ("flite", "espeak-ng"):
        _find(program)


def _find(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise CorpusError(f"The speech program '{program}' is missing.", INSTALL_HINT)
    return found


def _run(command: list[str], text: str = "") -> subprocess.CompletedProcess:
    try:
        return subprocess.run(command, input=text.encode(), capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise CorpusError(f"{command[0]} did not finish within {TIMEOUT_SECONDS} s.", "Use shorter texts.") from error


def _speak_flite(text: str, voice: Voice) -> tuple[np.ndarray, list[PhoneSpan]]:
    program = _find("flite")
    if voice.name not in _flite_voices(program):
        # flite itself would speak with its default voice.
        raise CorpusError(f"flite has no voice '{voice.name}'.", "See 'flite -lv' for its voices.")
    with tempfile.TemporaryDirectory() as folder:
        wave = Path(folder) / "speech.wav"
        command = [program, "-voice", voice.name, "-psdur", "--setf", f"duration_stretch={voice.stretch:.3f}"]
        if voice.pitch is not None:
            command += ["--setf", f"int_f0_target_mean={voice.pitch:.1f}"]
        done = _run([*command, "-t", text, "-o", str(wave)])
        if done.returncode != 0 or not wave.is_file():
            reason = done.stderr.decode(errors="replace").strip()[:120]
            raise CorpusError(f"flite failed with voice '{voice.name}': {reason}.", "See 'flite -lv' for its voices.")
        samples, rate = soundfile.read(wave, dtype="float32")
    return _resample(samples, rate), parse_flite_times(done.stdout.decode())


@cache
def _flite_voices(program: str) -> frozenset[str]:
    return frozenset(_run([program, "-lv"]).stdout.decode(errors="replace").partition(":")[2].split())


def parse_flite_times(printed: str) -> list[PhoneSpan]:
    """Spans from flite's `phone:end_seconds` list.

    Raises:
        CorpusError: the text has another form.
    """
    spans: list[PhoneSpan] = []
    start = 0.0
    for item in printed.split():
        name, _, end = item.rpartition(":")
        try:
            end_seconds = float(end)
        except ValueError:
            raise CorpusError(f"flite printed '{item[:40]}' where a phone time belongs.", "Use flite 2.x.") from None
        if end_seconds < start:
            # flite starts again at zero with each utterance of a longer text.
            raise CorpusError("flite cut the text into several utterances.", "Give it one sentence at a time.")
        spans.append(PhoneSpan(from_flite(name), start, end_seconds))
        start = end_seconds
    return spans


def _speak_espeak(text: str, voice: Voice) -> tuple[np.ndarray, list[PhoneSpan]]:
    program = _find("espeak-ng")
    speed = round(175 / voice.stretch)
    pitch = 50 if voice.pitch is None else round(voice.pitch)
    script = [sys.executable, "-I", "-S", espeak_events.__file__]
    done = _run([*script, program, voice.name, str(speed), str(pitch)], text)
    if done.returncode == espeak_events.LIBRARY_MISSING:
        raise CorpusError("The library of the speech program 'espeak-ng' is missing.", INSTALL_HINT)
    if done.returncode == espeak_events.VOICE_MISSING:
        raise CorpusError(f"espeak-ng has no voice '{voice.name}'.", "See 'espeak-ng --voices' for its voices.")
    if done.returncode != 0:
        raise CorpusError(f"espeak-ng failed with voice '{voice.name}'.", "Try another voice.")
    header, _, data = done.stdout.partition(b"\n")
    report = json.loads(header)
    samples = np.frombuffer(data, "<i2").astype(np.float32) / 32768.0
    spans = parse_espeak_events(report["phonemes"], report["samples"], report["sample_rate"], voice.language)
    rate = report["sample_rate"]
    return _resample(samples, rate), _include_closures(spans, samples, rate)


def parse_espeak_events(
    events: list[tuple[int, str]], sample_count: int, sample_rate: int, language: str
) -> list[PhoneSpan]:
    """Spans from espeak-ng's phoneme events (first sample, mnemonic); double mnemonics are split in halves.

    Raises:
        CorpusError: a mnemonic is not known.
    """
    spans: list[PhoneSpan] = []
    edges = [*(int(first) for first, _ in events), sample_count]
    for (_, mnemonic), (first, last) in zip(events, pairwise(edges), strict=True):
        symbols = from_espeak(mnemonic, language)
        start, end = first / sample_rate, max(first, last) / sample_rate
        if not symbols and spans:
            spans[-1] = PhoneSpan(spans[-1].symbol, spans[-1].start, end)
        for k, symbol in enumerate(symbols):
            step = (end - start) / len(symbols)
            spans.append(PhoneSpan(symbol, start + k * step, start + (k + 1) * step))
    return spans


def _include_closures(spans: list[PhoneSpan], samples: np.ndarray, sample_rate: int) -> list[PhoneSpan]:
    """espeak-ng marks a stop at its burst: move its beginning back over the silence of its closure."""
    quiet = np.abs(samples) < QUIET * max(float(np.abs(samples).max(initial=0.0)), 1e-6)
    result: list[PhoneSpan] = []
    for span in spans:
        if span.symbol in STOPS:
            silent_before = result[-1].symbol == SILENCE if result else True
            longest = INITIAL_CLOSURE_SECONDS if silent_before else CLOSURE_SECONDS
            mark = round(span.start * sample_rate)
            window = quiet[max(0, mark - round(longest * sample_rate)) : mark]
            loud = np.flatnonzero(~window)
            silent = len(window) - (int(loud[-1]) + 1 if len(loud) else 0)
            start = span.start - silent / sample_rate
            if result:
                # At least a quarter of the phone before stays.
                start = max(start, result[-1].start + 0.25 * (result[-1].end - result[-1].start))
                result[-1] = PhoneSpan(result[-1].symbol, result[-1].start, start)
            span = PhoneSpan(span.symbol, start, span.end)
        result.append(span)
    return result


def _resample(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """16 kHz float32 with its peak at 0.9 at most."""
    if sample_rate != SAMPLE_RATE:
        samples = soxr.resample(samples, sample_rate, SAMPLE_RATE, quality="HQ")
    peak = float(np.abs(samples).max(initial=0.0))
    return (samples * (0.9 / peak if peak > 0.9 else 1.0)).astype(np.float32)


def tidy(spans: list[PhoneSpan], seconds: float) -> tuple[PhoneSpan, ...]:
    """Spans that cover 0 to `seconds` exactly: silence fills gaps, equal silences join, empty spans go."""
    result: list[PhoneSpan] = []

    def add(symbol: str, start: float, end: float) -> None:
        end = min(end, seconds)
        if end - start < 1e-6:
            return
        if result and symbol == SILENCE and result[-1].symbol == SILENCE:
            result[-1] = PhoneSpan(SILENCE, result[-1].start, end)
        else:
            result.append(PhoneSpan(symbol, start, end))

    at = 0.0
    for span in spans:
        start = max(span.start, at)
        if start - at >= 1e-6:
            add(SILENCE, at, start)
        else:
            start = at
        add(span.symbol, start, max(span.end, start))
        at = max(at, min(span.end, seconds))
    add(SILENCE, at, seconds)
    return tuple(result)
