"""Where somebody speaks and where there is a pause, by Silero's detector (the library `silero-vad` brings its model).

The library runs its network one 32 ms chunk after the other. Here the same network with the same weights sees 8 s at
once: what does not depend on the past is one convolution over all chunks, and the recurrent layer runs over them in
one call. The answers are those of the library.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from emogene.inference import one_thread
from emogene_proto.errors import EmoGeneError
from emogene_proto.names import SAMPLE_RATE

KNOWN_RELEASES = "silero-vad>=6.2,<7"
CHUNK = 512
"""Samples to one answer: 32 ms."""
_CONTEXT = 64
"""Samples before a chunk that the network sees with it."""
_BLOCK_CHUNKS = 250
_FFT = 256

_START_PROBABILITY = 0.5
_STOP_PROBABILITY = 0.3
_LEAD_SECONDS = 0.06
"""The detector answers late at onsets; speech is taken to begin this much earlier."""
_HOLD_SECONDS = 0.04
_SHORTEST_GAP_SECONDS = 0.09
"""Between two spans: what lead, hold and the detector's lateness leave of a pause of the voice of 0.25 s."""
SHORTEST_SPEECH_SECONDS = 0.25
"""With lead and hold, so 0.15 s of a voice; less is a cough, a chord or a door."""


@dataclass(frozen=True)
class Span:
    """A stretch of time, in seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


class _Network(nn.Module):
    """Silero's network for 16 kHz: four magnitude spectra a chunk, convolutions over them, an LSTM over the chunks."""

    def __init__(self, weights: dict[str, torch.Tensor]):
        super().__init__()
        self.spectrum = nn.Conv1d(1, _FFT + 2, _FFT, stride=_FFT // 2, bias=False)
        sizes = ((_FFT // 2 + 1, 128, 1), (128, 64, 2), (64, 64, 2), (64, 128, 1))
        self.convolutions = nn.ModuleList(nn.Conv1d(a, b, 3, stride=stride, padding=1) for a, b, stride in sizes)
        self.memory = nn.LSTM(128, 128, batch_first=True)
        self.answer = nn.Conv1d(128, 1, 1)
        renamed = {"spectrum.weight": weights["_model.stft.forward_basis_buffer"]}
        for kind in ("weight", "bias"):
            renamed[f"answer.{kind}"] = weights[f"_model.decoder.decoder.2.{kind}"]
            for i in range(len(sizes)):
                renamed[f"convolutions.{i}.{kind}"] = weights[f"_model.encoder.{i}.reparam_conv.{kind}"]
            for side in ("ih", "hh"):
                renamed[f"memory.{kind}_{side}_l0"] = weights[f"_model.decoder.rnn.{kind}_{side}"]
        self.load_state_dict(renamed)

    def forward(self, chunks: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor] | None):
        """(K, 64 + 512) chunks with their context to (K,) probabilities, and the state for what follows."""
        spectrum = self.spectrum(F.pad(chunks, (0, _FFT // 4), "reflect")[:, None])
        real, imaginary = spectrum.chunk(2, 1)
        x = (real**2 + imaginary**2).sqrt()
        for convolution in self.convolutions:
            x = convolution(x).relu()
        remembered, state = self.memory(x.transpose(0, 2).transpose(1, 2), state)
        return self.answer(remembered[0].T.relu()).sigmoid()[0], state


@cache
def _network() -> _Network:
    # Importing the library would set torch's number of threads for the whole process; only its model is wanted.
    package = find_spec("silero_vad")
    if package is None or not package.submodule_search_locations:
        raise EmoGeneError("The package silero-vad is not installed.", "Install it: pip install silero-vad")
    path = Path(package.submodule_search_locations[0]) / "data" / "silero_vad.jit"
    try:
        return _Network(torch.jit.load(path, map_location="cpu").state_dict()).eval()
    except (KeyError, OSError, RuntimeError, ValueError) as error:
        raise EmoGeneError(
            "The speech detector of the installed silero-vad is damaged, or is not one that EmoGene knows.",
            f"Install a release that it knows: pip install '{KNOWN_RELEASES}'.",
        ) from error


class SpeechFinder:
    """Listens to a sound piece by piece. How it is cut does not matter: the network always sees the same blocks.

    Its memory begins empty, while inside a longer recording it would hold what came before: a cut that begins at a
    multiple of 32 ms of the recording has answers that differ by under 0.1 from there after the first second, which
    moves the edge of a span now and then by one answer.
    """

    def __init__(self):
        self._network = _network()
        self._waiting = np.zeros(_CONTEXT, np.float32)
        self._state: tuple[torch.Tensor, torch.Tensor] | None = None
        self._probabilities: list[np.ndarray] = []
        self._samples = 0

    def feed(self, piece: np.ndarray) -> None:
        """The next (n,) float32 samples at 16 kHz."""
        self._samples += len(piece)
        self._waiting = np.concatenate([self._waiting, piece.astype(np.float32, copy=False)])
        while len(self._waiting) >= _CONTEXT + _BLOCK_CHUNKS * CHUNK:
            self._judge(_BLOCK_CHUNKS)

    def finish(self) -> list[Span]:
        """Stretches with speech in all that was fed, in order. Pauses under 0.25 s do not part them."""
        return _spans(self.probabilities(), self._samples / SAMPLE_RATE)

    def probabilities(self) -> np.ndarray:
        """(ceil(N / 512),) float32 probability of speech in all N samples fed, one every 32 ms. Ends the listening."""
        chunks = -(-(len(self._waiting) - _CONTEXT) // CHUNK)
        if chunks:
            self._waiting = np.pad(self._waiting, (0, _CONTEXT + chunks * CHUNK - len(self._waiting)))
            self._judge(chunks)
        return np.concatenate([np.zeros(0, np.float32), *self._probabilities])

    def _judge(self, chunks: int) -> None:
        end = chunks * CHUNK
        windows = np.lib.stride_tricks.sliding_window_view(self._waiting[: _CONTEXT + end], _CONTEXT + CHUNK)[::CHUNK]
        with one_thread():
            found, self._state = self._network(torch.from_numpy(windows.copy()), self._state)
        self._probabilities.append(found.numpy())
        self._waiting = self._waiting[end:]


def speech_spans(audio: np.ndarray) -> list[Span]:
    """Stretches with speech in (N,) audio, in order. Pauses under 0.25 s do not part them."""
    finder = SpeechFinder()
    finder.feed(audio)
    return finder.finish()


def _spans(probabilities: np.ndarray, length_seconds: float) -> list[Span]:
    step = CHUNK / SAMPLE_RATE
    spans: list[Span] = []
    begin: float | None = None
    for i, probability in enumerate([*probabilities.tolist(), 0.0]):
        if begin is None and probability >= _START_PROBABILITY:
            begin = max(0.0, i * step - _LEAD_SECONDS)
        elif begin is not None and (probability < _STOP_PROBABILITY or i == len(probabilities)):
            end = min(length_seconds, i * step + _HOLD_SECONDS)
            if spans and begin - spans[-1].end < _SHORTEST_GAP_SECONDS:
                begin = spans.pop().start
            spans.append(Span(begin, end))
            begin = None
    return [span for span in spans if span.seconds >= SHORTEST_SPEECH_SECONDS]
