from dataclasses import replace

import pytest
import torch

from emogene.motion.vae import MotionVae, VaeConfig

TINY = VaeConfig(
    feature_count=9,
    hidden=8,
    audio_width=6,
    latent=2,
    encoder_layers=2,
    decoder_layers=2,
    contact_width=16,
    contact_layers=2,
)


def new_vae(config=TINY):
    torch.manual_seed(0)
    return MotionVae(config).eval()


@pytest.mark.parametrize("prior", ["flow", "normal"])
def test_shapes_and_reconstruction_through_the_latent(prior):
    vae = new_vae(replace(TINY, prior=prior))
    motion, features, noise = torch.randn(3, 204, 32), torch.randn(3, 9, 32), torch.randn(3, 2, 8)
    with torch.inference_mode():
        found = vae(motion, features, noise)
        latents = found.mean + noise * torch.exp(0.5 * found.log_variance)
        again = vae.decoder(latents, vae.decoder.stem(features))
    assert torch.equal(found.condition, vae.decoder.stem(features))
    assert found.decoded.motion.shape == motion.shape and found.decoded.contacts.shape == (3, 2, 32)
    assert found.mean.shape == found.log_variance.shape == noise.shape
    assert (found.plain is None) == (prior == "normal")
    assert torch.equal(found.decoded.motion, again.motion)


def test_a_frame_sees_past_and_future_but_not_beyond_its_reach():
    decoder = new_vae().decoder
    for shift in decoder.prior.shifts:
        torch.nn.init.normal_(shift.leave.weight)
    features, noise = torch.randn(1, 9, 160), torch.randn(1, 2, 40)
    changed = features.clone()
    changed[:, :-3, 80] += 1.0
    with torch.inference_mode():
        before, after = decoder.speak(noise, features), decoder.speak(noise, changed)
    for a, b in ((before.motion, after.motion), (before.contacts, after.contacts)):
        moved = ((a - b)[0].abs().amax(0) > 0).nonzero().flatten()
        assert 80 - decoder.reach <= moved.min() < 80 < moved.max() <= 80 + decoder.reach


def test_contacts_do_not_see_the_latent():
    vae = new_vae()
    features = torch.randn(1, 9, 32)
    with torch.inference_mode():
        one, other = (vae(torch.randn(1, 204, 32), features, torch.randn(1, 2, 8)).decoded for _ in range(2))
    assert torch.equal(one.contacts, other.contacts)
    assert not torch.equal(one.motion, other.motion)


def test_a_decoder_without_contacts_tells_none():
    decoder = new_vae(replace(TINY, contacts=False)).decoder
    assert decoder.speak(torch.randn(1, 2, 8), torch.randn(1, 9, 32)).contacts is None
