"""What the shipped models make of a person's voice that nobody synthesised and that no training has heard."""

import numpy as np
import pytest

from emogene.actors.pack import load_actor
from emogene.audio.load import load_audio
from emogene_proto.errors import ActorError

PLOSIVES = {"press": 0.25, "accept": 1.55, "second press": 2.87, "third press": 4.95, "message": 6.71}
"""Seconds at which the lips meet in "press 1 to accept this recording, press 2 to listen to it, press 3 to ..."."""
OPEN_VOWELS = {"press": 0.40, "recording": 2.10, "press again": 3.02, "rerecord": 6.36}


@pytest.fixture(scope="module")
def actor():
    try:
        return load_actor("bundled")
    except ActorError:
        pytest.skip("there is no bundled actor in this checkout")


def mouth_opening_mm(actor, audio: np.ndarray) -> np.ndarray:
    landmarks = actor.audio2motion.generate(actor.speech_features.encode(audio), actor.rest).landmarks
    return (landmarks[:, [61, 62, 63], 1] - landmarks[:, [67, 66, 65], 1]).mean(1) * 1000


def around(opening: np.ndarray, seconds: float) -> np.ndarray:
    """The frames within 60 ms of a moment."""
    times = np.arange(len(opening)) / 25
    return opening[np.abs(times - seconds) <= 0.06]


def test_lips_meet_at_plosives_and_part_in_vowels(actor, speech_folder):
    opening = mouth_opening_mm(actor, load_audio(speech_folder / "allison_vm-review.flac"))
    widest = np.percentile(opening, 95)
    for word, seconds in PLOSIVES.items():
        assert around(opening, seconds).min() < 0.15 * widest, word
    for word, seconds in OPEN_VOWELS.items():
        assert around(opening, seconds).max() > 0.6 * widest, word


@pytest.mark.parametrize("level", [0.0, 0.003, 0.1])
def test_nothing_is_said_where_nobody_speaks(actor, level):
    hiss = np.random.default_rng(0).standard_normal(6 * 16_000).astype(np.float32) * level
    opening = mouth_opening_mm(actor, np.clip(hiss, -1, 1))
    at_rest = (actor.rest[[61, 62, 63], 1] - actor.rest[[67, 66, 65], 1]).mean() * 1000
    assert np.abs(opening - at_rest).max() < 0.8
    assert np.abs(np.diff(opening)).max() < 0.2
