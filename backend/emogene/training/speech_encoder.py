"""Training of the built-in speech encoder: phones of synthetic voices under every disturbance a recording may bring."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from emogene.audio.encoder import EncoderConfig, PhoneNetwork, SpeechEncoder, save_speech_encoder
from emogene.audio.features import MEL_BANDS, log_mel, normalised
from emogene.corpus.phones import BILABIALS, LABIODENTALS, PHONES, SILENCE, PhoneSpan
from emogene.corpus.speech_corpus import Recording, read_speech
from emogene.training.augmentation import change_speed, noise, recorded
from emogene.training.loop import TrainingConfig, TrainingRun, cosine
from emogene.training.prefetch import Prefetch
from emogene_proto.names import SAMPLE_RATE

PHONE_RATE = 50
_CROP_SECONDS = 5.0
_CROPS = 12
_LEARNING_RATE = 1.5e-3

VISEMES = (
    ("p", "b", "m"),
    ("f", "v"),
    ("th", "dh"),
    ("t", "d", "n", "l"),
    ("s", "z"),
    ("sh", "zh", "ch", "jh"),
    ("k", "g", "ng", "hh"),
    ("r", "er"),
    ("w", "uw", "uh", "ow", "oy", "ao"),
    ("aa", "ah", "ae", "ay", "aw"),
    ("eh", "ey", "ih"),
    ("iy", "y"),
    (SILENCE,),
)
"""Phones that look alike on the lips."""


def viseme_of_phone() -> np.ndarray:
    """(P,) group in VISEMES of each phone in PHONES."""
    groups = {phone: i for i, group in enumerate(VISEMES) for phone in group}
    return np.array([groups[phone] for phone in PHONES])


def phone_labels(phones: tuple[PhoneSpan, ...], count: int, speed: float = 1.0, start: float = 0.0) -> np.ndarray:
    """(count,) phone numbers at 50 Hz of speech played at `speed`, from `start` seconds (as played) on."""
    labels = np.full(count, PHONES.index(SILENCE))
    middles = ((np.arange(count) + 0.5) / PHONE_RATE + start) * speed
    starts = np.array([span.start for span in phones])
    ends = np.array([span.end for span in phones])
    numbers = np.array([PHONES.index(span.symbol) for span in phones])
    at = np.searchsorted(starts, middles, side="right") - 1
    inside = (at >= 0) & (middles < ends[at])
    labels[inside] = numbers[at[inside]]
    return labels


@dataclass(frozen=True)
class PhoneBatches:
    """Random crops of a corpus, disturbed; a batch depends on seed and step only."""

    recordings: list[Recording]
    seed: int

    def __call__(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(12, 65, 500) normalised spectra and (12, 250) phone numbers."""
        rng = np.random.default_rng((self.seed, step))
        crops = [self._crop(rng) for _ in range(_CROPS)]
        return torch.stack([c[0] for c in crops]), torch.stack([c[1] for c in crops])

    def _crop(self, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        speed = float(np.exp(rng.uniform(np.log(0.82), np.log(1.22))))
        speed = round(speed, 2)
        samples, labels = int(_CROP_SECONDS * SAMPLE_RATE), int(_CROP_SECONDS * PHONE_RATE)
        audio, numbers = self._stretch(rng, speed, samples, labels)
        other = self._stretch(rng, 1.0, samples, labels)[0] if rng.random() < 0.2 else None
        if rng.random() < 0.04:
            audio, numbers = noise(samples, rng) * 0.1, np.full(labels, PHONES.index(SILENCE))
        caught = recorded(audio, rng, other)
        # A throat of another length; the change of speed has already moved the formants by its own factor.
        warp = round(float(np.clip(rng.uniform(0.85, 1.18) * speed, 0.78, 1.25)) * 50) / 50
        spectra = normalised(log_mel(caught, warp)).T
        return _masked(_roughened(spectra, rng), rng), torch.from_numpy(numbers)

    def _stretch(self, rng: np.random.Generator, speed: float, samples: int, labels: int):
        """A crop of one recording; what a short one does not fill is silence before and after it."""
        recording = self.recordings[int(rng.integers(len(self.recordings)))]
        audio = change_speed(recording.audio, speed)
        room = samples - len(audio)
        step = SAMPLE_RATE // PHONE_RATE
        if room > 0:
            before = int(rng.integers(room // step + 1)) * step
            filled = np.zeros(samples, np.float32)
            filled[before : before + len(audio)] = audio
            return filled, phone_labels(recording.phones, labels, speed, -before / SAMPLE_RATE)
        first = int(rng.integers(-room // step + 1)) * step
        return audio[first : first + samples], phone_labels(recording.phones, labels, speed, first / SAMPLE_RATE)


def _roughened(spectra: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Synthetic spectra are smoother than any throat's: grain, and slow drifts of the bands. (65, K)."""
    grain = rng.normal(0.0, rng.uniform(0.0, 0.22), (MEL_BANDS, spectra.shape[1]))
    coarse = rng.normal(0.0, rng.uniform(0.0, 0.25), (1, 1, 10, max(2, spectra.shape[1] // 12)))
    drift = F.interpolate(torch.from_numpy(coarse), (MEL_BANDS, spectra.shape[1]), mode="bilinear")[0, 0]
    rough = spectra.clone()
    rough[:MEL_BANDS] += (torch.from_numpy(grain) + drift).float()
    return rough


def _masked(spectra: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Up to two bands and two short moments hidden, so that no single cue is relied on. (65, K)."""
    spectra = spectra.clone()
    for _ in range(int(rng.integers(3))):
        first, width = int(rng.integers(MEL_BANDS)), int(rng.integers(1, 9))
        spectra[first : min(first + width, MEL_BANDS)] = 0.0
    for _ in range(int(rng.integers(3))):
        first, width = int(rng.integers(spectra.shape[1])), int(rng.integers(1, 8))
        spectra[:, first : first + width] = 0.0
    return spectra


class PhoneLoss:
    """Cross entropy of phones and of visemes; a phone mistaken within its viseme costs less than one outside."""

    def __init__(self):
        groups = torch.from_numpy(viseme_of_phone())
        self.groups = groups
        self.members = F.one_hot(groups, len(VISEMES)).bool().T
        # What the eye misses first is lips that do not close.
        self.weights = torch.tensor([1.3 if p in BILABIALS | LABIODENTALS else 1.0 for p in PHONES])

    def __call__(self, logits: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """(B, P, K) logits and (B, K) phone numbers to the losses."""
        flat, wanted = logits.transpose(1, 2).reshape(-1, len(PHONES)), labels.reshape(-1)
        phone = F.cross_entropy(flat, wanted, weight=self.weights, label_smoothing=0.03)
        by_group = flat.log_softmax(1)[:, None].masked_fill(~self.members, -torch.inf).logsumexp(2)
        viseme = F.nll_loss(by_group, self.groups[wanted])
        right = (by_group.argmax(1) == self.groups[wanted]).float().mean()
        return {"loss": phone + viseme, "phone": phone, "viseme": viseme, "viseme_accuracy": right}


def train_speech_encoder(
    corpus: Path,
    config: TrainingConfig,
    size: EncoderConfig = EncoderConfig(PHONES),  # noqa: B008 - frozen
) -> SpeechEncoder:
    """Train on the training voices of a speech corpus and write `speech_encoder.safetensors` into `config.out`.

    Raises:
        CorpusError: there is no corpus.
    """
    torch.manual_seed(config.seed)
    network = PhoneNetwork(size)
    optimiser = torch.optim.AdamW(network.parameters(), lr=_LEARNING_RATE, weight_decay=1e-2)
    batches = Prefetch(PhoneBatches(list(read_speech(corpus, "train")), config.seed), config.steps)
    loss = PhoneLoss()

    def step(number: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        spectra, labels = batches(number)
        return loss(network(spectra), labels)

    run = TrainingRun(config, network, optimiser, step, cosine(config.steps, warmup=50), "speech encoder")
    try:
        run.run()
    finally:
        batches.close()
    encoder = SpeechEncoder(network)
    save_speech_encoder(encoder, config.out / "speech_encoder.safetensors")
    return encoder
