import numpy as np

from emogene.audio.load import load_audio
from emogene.audio.voice_activity import pauses, speaking, speech_probability, speech_spans
from emogene_proto.names import SAMPLE_RATE


def test_silence_and_noise_hold_no_speech():
    hiss = np.random.default_rng(0).standard_normal(3 * SAMPLE_RATE).astype(np.float32) * 0.05
    for audio in (np.zeros(3 * SAMPLE_RATE, np.float32), hiss):
        assert speech_spans(audio) == []
        (pause,) = pauses(audio)
        assert (pause.start, pause.end) == (0.0, 3.0)


def test_one_probability_every_32_ms():
    for samples in (1, 512, 513, 16_000):
        found = speech_probability(np.zeros(samples, np.float32))
        assert len(found) == -(-samples // 512)
        assert ((found >= 0) & (found <= 1)).all()


def test_a_person_speaking_between_silences(speech_folder):
    voice = load_audio(speech_folder / "allison_vm-review.flac")[5000:-5000]
    silence = np.zeros(SAMPLE_RATE, np.float32)
    audio = np.concatenate([silence, voice, silence])
    found = pauses(audio)
    assert abs(found[0].end - 1.0) < 0.15
    assert abs(found[-1].start - (1.0 + len(voice) / SAMPLE_RATE)) < 0.3
    times = np.arange(len(audio) // 640) / 25
    talks = speaking(audio, times)
    assert not talks[times < 0.8].any()
    assert talks[(times > 1.3) & (times < 3.5)].all()


def test_the_same_sound_gives_the_same_answer_twice(speech_folder):
    audio = load_audio(speech_folder / "radio_31_000.flac")
    assert np.array_equal(speech_probability(audio), speech_probability(audio))
