from dataclasses import replace

import numpy as np
import torch

from emogene.audio.encoder import EncoderConfig, load_speech_encoder
from emogene.corpus.phones import PHONES, PhoneSpan
from emogene.training.loop import TrainingConfig
from emogene.training.speech_encoder import VISEMES, PhoneBatches, PhoneLoss, phone_labels, train_speech_encoder


def test_every_phone_belongs_to_one_viseme():
    assert sorted(phone for group in VISEMES for phone in group) == sorted(PHONES)


def test_labels_follow_speed_and_start():
    spans = (PhoneSpan("aa", 0.1, 0.3), PhoneSpan("m", 0.3, 0.5))

    def names(**how):
        return [PHONES[i] for i in phone_labels(spans, 30, **how)]

    assert names() == ["sil"] * 5 + ["aa"] * 10 + ["m"] * 10 + ["sil"] * 5
    assert names(speed=2.0)[2:12] == ["sil"] + ["aa"] * 5 + ["m"] * 4 or names(speed=2.0)[3:8].count("aa") >= 4
    assert names(start=0.1)[:10] == ["aa"] * 10
    assert names(start=-0.1)[:10] == ["sil"] * 10


def test_a_mistake_within_a_viseme_costs_less():
    loss = PhoneLoss()

    def cost(said, meant):
        logits = torch.full((1, len(PHONES), 1), -4.0)
        logits[0, PHONES.index(said)] = 4.0
        return loss(logits, torch.tensor([[PHONES.index(meant)]]))["loss"].item()

    assert cost("m", "m") < cost("b", "m") < cost("n", "m")


def test_a_batch_depends_on_seed_and_step_only(speech_corpus):
    from emogene.corpus.speech_corpus import read_speech

    recordings = list(read_speech(speech_corpus, "train"))
    one, two = PhoneBatches((recordings,), 1)(5), PhoneBatches((recordings,), 1)(5)
    assert torch.equal(one[0], two[0]) and torch.equal(one[1], two[1])
    assert not torch.equal(one[0], PhoneBatches((recordings,), 1)(6)[0])
    assert one[0].shape[2] == 2 * one[1].shape[1]


def test_every_corpus_is_heard_and_a_short_recording_is_joined_by_another(speech_corpus):
    from emogene.corpus.speech_corpus import read_speech

    recordings = list(read_speech(speech_corpus, "train"))
    silent = [replace(r, audio=np.zeros_like(r.audio), phones=(PhoneSpan("m", 0.0, 1e3),)) for r in recordings]
    labels = torch.cat([PhoneBatches((recordings, silent), 1)(step)[1] for step in range(4)])
    nasal = (labels == PHONES.index("m")).float().mean(1)
    assert (nasal > 0.8).any() and (nasal < 0.5).any()
    # Five seconds are filled with speech although each recording is shorter.
    assert max(len(r.audio) for r in recordings) < 5 * 16000 * 1.3
    assert (labels != PHONES.index("sil")).float().mean() > 0.5


def test_trained_on_tones_it_tells_them_apart(speech_corpus, tiny_corpora, tmp_path):
    config = TrainingConfig(tmp_path, 16, threads=1, quiet=True)
    train_speech_encoder([speech_corpus], config, EncoderConfig(PHONES, width=32, dilations=(1, 2)))
    encoder = load_speech_encoder(tmp_path / "speech_encoder.safetensors")
    audio, spans = tiny_corpora.tones(np.random.default_rng(99), 6.0)
    found = encoder.posteriors(audio).argmax(1)
    wanted = phone_labels(tuple(PhoneSpan(*s) for s in spans), len(found))
    assert (found == wanted).mean() > 0.6
