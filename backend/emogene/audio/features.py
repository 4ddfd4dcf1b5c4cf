"""Log-mel spectra at 100 Hz, aligned exactly to 25 Hz frames, with level and channel taken out."""

from functools import lru_cache

import numpy as np
import torch

from emogene_proto.names import MODEL_FPS, SAMPLE_RATE

MEL_HOP = 160
"""Samples from one spectrum to the next: 100 Hz."""
MEL_BANDS = 64
FRAME_SAMPLES = SAMPLE_RATE // MODEL_FPS
MELS_PER_FRAME = FRAME_SAMPLES // MEL_HOP
_FFT = 512
_WINDOW = 400
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 7600.0
_FLOOR = 1e-8
NORMALISATION_FRAMES = 400
"""Spectra to each side (4 s) over which the channel is estimated."""


def frame_count(samples: int) -> int:
    """Model frames of a sound: every begun 1/25 s counts."""
    return -(-samples // FRAME_SAMPLES)


@lru_cache(maxsize=64)
def mel_filterbank(warp: float = 1.0) -> torch.Tensor:
    """(257, 64) triangular filters. `warp` moves their centres by this factor, as a longer or shorter throat does."""
    edges_mel = np.linspace(_hz_to_mel(_LOWEST_HZ), _hz_to_mel(_HIGHEST_HZ), MEL_BANDS + 2)
    edges = np.minimum(700.0 * (10.0 ** (edges_mel / 2595.0) - 1.0) * warp, SAMPLE_RATE / 2)
    hz = np.arange(_FFT // 2 + 1) * SAMPLE_RATE / _FFT
    rising = (hz[:, None] - edges[:-2]) / np.maximum(edges[1:-1] - edges[:-2], 1e-3)
    falling = (edges[2:] - hz[:, None]) / np.maximum(edges[2:] - edges[1:-1], 1e-3)
    return torch.from_numpy(np.clip(np.minimum(rising, falling), 0.0, None).astype(np.float32))


def _hz_to_mel(hz: float) -> float:
    return float(2595.0 * np.log10(1.0 + hz / 700.0))


def log_mel(audio: np.ndarray, warp: float = 1.0) -> torch.Tensor:
    """(4 T, 64) log mel energies of (N,) audio, T = `frame_count(N)`; row k is centred at (k + 0.5) / 100 s."""
    wanted = frame_count(len(audio)) * FRAME_SAMPLES
    side = (_FFT - MEL_HOP) // 2
    samples = torch.zeros(wanted + 2 * side)
    samples[side : side + len(audio)] = torch.from_numpy(np.ascontiguousarray(audio, dtype=np.float32))
    window = torch.zeros(_FFT)
    window[(_FFT - _WINDOW) // 2 : (_FFT + _WINDOW) // 2] = torch.hann_window(_WINDOW)
    spectrum = torch.stft(samples, _FFT, MEL_HOP, window=window, center=False, return_complex=True)
    power = spectrum.real**2 + spectrum.imag**2
    return torch.log(power.T @ mel_filterbank(warp) + _FLOOR)


def normalised(log_mels: torch.Tensor) -> torch.Tensor:
    """(K, 65) from (K, 64): each band relative to its mean over the loud frames within 4 s, and the loudness itself.

    Loud frames count most, so that microphone and level drop out while a pause stays far below speech. The last column
    is the level of all bands together, relative to that of the loud frames. Both depend on 4 s to each side, no more.
    """
    loudness = torch.logsumexp(log_mels, 1, keepdim=True)
    weight = torch.exp(0.5 * loudness).double() + 1e-6
    both = torch.cat([log_mels, loudness], 1).double()
    mean = _sliding_sum(weight * both) / _sliding_sum(weight)
    return ((both - mean) / 2.5).float()


def frame_loudness(spectra: torch.Tensor) -> np.ndarray:
    """(T,) loudness of each 25 Hz frame, the mean of the last column of (4 T, 65) `normalised` spectra."""
    return spectra[:, -1].reshape(-1, MELS_PER_FRAME).mean(1).numpy()


def _sliding_sum(values: torch.Tensor) -> torch.Tensor:
    """Sums over the 2 * NORMALISATION_FRAMES + 1 rows around each row; rows outside are left out."""
    count = len(values)
    sums = torch.cat([torch.zeros_like(values[:1]), values.cumsum(0)])
    index = torch.arange(count)
    return sums[(index + NORMALISATION_FRAMES + 1).clamp(max=count)] - sums[(index - NORMALISATION_FRAMES).clamp(min=0)]
