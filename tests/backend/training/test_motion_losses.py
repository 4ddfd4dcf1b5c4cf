import pytest
import torch

from emogene.training import motion_losses


def some_landmarks(seed=0):
    return torch.randn(2, 204, 8, generator=torch.Generator().manual_seed(seed)) * 0.01


def test_losses_vanish_where_nothing_is_wrong():
    truth, weights = some_landmarks(), motion_losses.region_weights(3.0)
    assert motion_losses.reconstruction(truth, truth, weights) == 0
    assert motion_losses.velocity(truth, truth + 1.0, weights) < 1e-10
    assert motion_losses.lip_gap(truth, truth, 20.0) == 0
    assert motion_losses.kl_divergence(torch.zeros(2, 3, 4), torch.zeros(2, 3, 4)) == 0
    assert motion_losses.reconstruction(truth, truth + 1.0, weights) == pytest.approx(1.0)


def test_an_open_lip_costs_more_where_lips_should_meet():
    closed = torch.zeros(1, 204, 1)
    opened = closed.clone().unflatten(1, (68, 3))
    opened[:, [61, 62, 63], 1] = 0.008
    opened = opened.flatten(1, 2)
    more = torch.zeros(1, 68, 3, 1)
    more[:, [61, 62, 63], 1] = 0.002
    more = more.flatten(1, 2)
    missed = motion_losses.lip_gap(closed + more, closed, 20.0)
    wide = motion_losses.lip_gap(opened + more, opened, 20.0)
    assert missed > 5 * wide > 0


def test_sampled_divergence_agrees_with_the_closed_form_on_average():
    """Under a flow that changes nothing the prior is N(0, 1)."""
    torch.manual_seed(0)
    mean, log_variance = torch.randn(1, 4, 5), torch.randn(1, 4, 5) * 0.5
    noise = torch.randn(20_000, 4, 5)
    latents = mean + noise * torch.exp(0.5 * log_variance)
    sampled = motion_losses.sampled_divergence(log_variance.expand_as(noise), noise, latents)
    assert float(sampled) == pytest.approx(float(motion_losses.kl_divergence(mean, log_variance)), rel=0.02)


def test_a_missed_contact_costs_more_than_a_false_one():
    sure = torch.full((1, 2, 4), 4.0)
    there, absent = torch.ones(1, 2, 4), torch.zeros(1, 2, 4)
    assert motion_losses.contact(sure, there) < 0.1
    assert motion_losses.contact(-sure, there) > motion_losses.contact(sure, absent) > 2.0
