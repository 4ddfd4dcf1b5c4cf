import torch

from emogene.motion.vae import MotionVae, VaeConfig

TINY = VaeConfig(feature_count=9, hidden=8, audio_width=6, latent=2, encoder_layers=2, decoder_layers=2)


def test_shapes_and_reconstruction_through_the_latent():
    torch.manual_seed(0)
    vae = MotionVae(TINY).eval()
    motion, features, noise = torch.randn(3, 204, 32), torch.randn(3, 9, 32), torch.randn(3, 2, 8)
    with torch.inference_mode():
        found, mean, log_variance = vae(motion, features, noise)
        latents = mean + noise * torch.exp(0.5 * log_variance)
        again = vae.decoder(latents, features)
    assert found.shape == motion.shape and mean.shape == log_variance.shape == noise.shape
    assert torch.equal(found, again)


def test_a_frame_sees_past_and_future_but_not_far():
    torch.manual_seed(0)
    decoder = MotionVae(TINY).eval().decoder
    features, latents = torch.randn(1, 9, 64), torch.randn(1, 2, 16)
    changed = features.clone()
    changed[:, :, 32] += 1.0
    with torch.inference_mode():
        moved = (decoder(latents, changed) - decoder(latents, features))[0].abs().amax(0) > 0
    # Two layers of kernel 5 and two of kernel 3: six frames to each side.
    assert moved.nonzero().flatten().tolist() == list(range(26, 39))
