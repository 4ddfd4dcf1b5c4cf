"""Training of the built-in speech encoder: phones of synthetic voices under every disturbance a recording may bring."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from emogene.audio.encoder import EncoderConfig, PhoneNetwork, SpeechEncoder, save_speech_encoder
from emogene.audio.features import MEL_BANDS, log_mel, normalised
from emogene.corpus.phones import BILABIALS, LABIODENTALS, PHONES, SILENCE, PhoneSpan
from emogene.corpus.speech_corpus import Recording, read_index, read_speech
from emogene.training.augmentation import change_speed, music, noise, recorded
from emogene.training.loop import TrainingConfig, TrainingRun, cosine
from emogene.training.prefetch import Prefetch
from emogene.training.run_inputs import corpus_digest, inputs_digest
from emogene_proto.errors import CorpusError
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
    """Random crops of corpora, disturbed; a batch depends on seed and step only."""

    sources: tuple[list[Recording], ...]
    """Recordings of each corpus; all corpora are heard equally often."""
    seed: int

    def __call__(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(12, 65, 500) normalised spectra and (12, 250) phone numbers."""
        rng = np.random.default_rng((self.seed, step))
        crops = [self._crop(rng) for _ in range(_CROPS)]
        return torch.stack([c[0] for c in crops]), torch.stack([c[1] for c in crops])

    @cached_property
    def _speakers(self) -> tuple[dict[str, list[Recording]], ...]:
        grouped: list[dict[str, list[Recording]]] = []
        for source in self.sources:
            speakers: dict[str, list[Recording]] = {}
            for recording in source:
                speakers.setdefault(recording.entry.speaker, []).append(recording)
            grouped.append(speakers)
        return tuple(grouped)

    def _crop(self, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        speed = round(float(np.exp(rng.uniform(np.log(0.82), np.log(1.25)))), 2)
        samples, labels = int(_CROP_SECONDS * SAMPLE_RATE), int(_CROP_SECONDS * PHONE_RATE)
        audio, numbers = self._stretch(rng, speed, samples, labels)
        other = self._stretch(rng, 1.0, samples, labels)[0] if rng.random() < 0.2 else None
        if rng.random() < 0.04:
            audio = (music if rng.random() < 0.5 else noise)(samples, rng) * 0.1
            numbers = np.full(labels, PHONES.index(SILENCE))
        caught = recorded(audio, rng, other)
        # A throat of another length; the change of speed has already moved the formants by its own factor.
        warp = round(float(np.clip(rng.uniform(0.85, 1.18) * speed, 0.78, 1.25)) * 50) / 50
        spectra = normalised(log_mel(caught, warp)).T
        return _masked(_roughened(spectra, rng), rng), torch.from_numpy(numbers)

    def _stretch(self, rng: np.random.Generator, speed: float, samples: int, labels: int):
        """A crop of one speaker, of as many recordings as fill it."""
        source = int(rng.integers(len(self.sources)))
        first = self.sources[source][int(rng.integers(len(self.sources[source])))]
        recordings = self._speakers[source][first.entry.speaker]
        step = SAMPLE_RATE // PHONE_RATE
        audio, numbers = _played(first, speed, step)
        # A random first part is cut away, so that a crop may begin anywhere in a recording.
        cut = int(rng.integers(max(len(numbers) - labels // 2, 0) + 1))
        audio, numbers = audio[cut * step :], numbers[cut:]
        while len(numbers) < labels:
            sound, spoken = _played(recordings[int(rng.integers(len(recordings)))], speed, step)
            gap = int(rng.integers(0, 20))
            audio = np.concatenate([audio, np.zeros(gap * step, np.float32), sound])
            numbers = np.concatenate([numbers, np.full(gap, PHONES.index(SILENCE)), spoken])
        return audio[:samples], numbers[:labels]


def _played(recording: Recording, speed: float, step: int) -> tuple[np.ndarray, np.ndarray]:
    """A recording at another speed, cut to whole labels, and its phone numbers."""
    audio = change_speed(recording.audio, speed)
    count = len(audio) // step
    return audio[: count * step], phone_labels(recording.phones, count, speed)


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

    def __init__(self, device: str = "cpu"):
        groups = torch.from_numpy(viseme_of_phone()).to(device)
        self.groups = groups
        self.members = F.one_hot(groups, len(VISEMES)).bool().T
        # What the eye misses first is lips that do not close.
        self.weights = torch.tensor([1.3 if p in BILABIALS | LABIODENTALS else 1.0 for p in PHONES], device=device)

    def __call__(self, logits: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """(B, P, K) logits and (B, K) phone numbers to the losses."""
        flat, wanted = logits.transpose(1, 2).reshape(-1, len(PHONES)), labels.reshape(-1)
        phone = F.cross_entropy(flat, wanted, weight=self.weights, label_smoothing=0.03)
        by_group = flat.log_softmax(1)[:, None].masked_fill(~self.members, -torch.inf).logsumexp(2)
        viseme = F.nll_loss(by_group, self.groups[wanted])
        right = (by_group.argmax(1) == self.groups[wanted]).float().mean()
        return {"loss": phone + viseme, "phone": phone, "viseme": viseme, "viseme_accuracy": right}


def train_speech_encoder(
    corpora: Sequence[Path],
    config: TrainingConfig,
    size: EncoderConfig = EncoderConfig(PHONES, width=256),  # noqa: B008 - frozen
) -> SpeechEncoder:
    """Train on the training voices of speech corpora and write `speech_encoder.safetensors` into `config.out`.

    Args:
        corpora: folders of synthetic or recorded speech; each is heard equally often.

    Raises:
        CorpusError: there is no corpus, or one has no training voices.
    """
    sources = tuple(list(read_speech(corpus, "train")) for corpus in corpora)
    if not all(sources):
        raise CorpusError("A speech corpus has no training voices.", "Make it with more recordings.")
    torch.manual_seed(config.seed)
    network = PhoneNetwork(size)
    optimiser = torch.optim.AdamW(network.parameters(), lr=_LEARNING_RATE, weight_decay=1e-2)
    batches = Prefetch(PhoneBatches(sources, config.seed), config.steps)
    loss = PhoneLoss(config.device)

    def step(number: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        spectra, labels = (part.to(config.device) for part in batches(number))
        return loss(network(spectra).float(), labels)

    learned_from = inputs_digest(corpora=[_digest(corpus) for corpus in corpora], size=size)
    schedule = cosine(config.steps, warmup=50)
    run = TrainingRun(config, network, optimiser, step, schedule, "speech encoder", inputs=learned_from)
    try:
        run.run()
    finally:
        batches.close()
    encoder = SpeechEncoder(network)
    save_speech_encoder(encoder, config.out / "speech_encoder.safetensors")
    return encoder


def _digest(corpus: Path) -> str:
    return corpus_digest(corpus, (entry.file for entry in read_index(corpus).files if entry.split == "train"))
