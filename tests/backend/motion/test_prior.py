import torch

from emogene.motion.prior import FlowPrior


def a_flow():
    torch.manual_seed(0)
    flow = FlowPrior(6, 5, 4)
    for shift in flow.shifts:
        torch.nn.init.normal_(shift.leave.weight, std=0.3)
    return flow.double()


def test_what_is_drawn_goes_back_to_the_noise():
    flow, noise, condition = a_flow(), torch.randn(2, 6, 8).double(), torch.randn(2, 5, 32).double()
    drawn = flow.draw(noise, condition)
    assert (drawn - noise).abs().max() > 0.1
    torch.testing.assert_close(flow.plain(drawn, condition), noise)


def test_it_keeps_volumes():
    flow, condition = a_flow(), torch.randn(1, 5, 8).double()

    def taken(flat):
        return flow.plain(flat.reshape(1, 6, 2), condition).flatten()

    jacobian = torch.autograd.functional.jacobian(taken, torch.randn(12).double())
    assert abs(torch.linalg.det(jacobian).abs().item() - 1.0) < 1e-6


def test_a_new_flow_changes_nothing():
    noise = torch.randn(1, 6, 8)
    drawn = FlowPrior(6, 5, 4).draw(noise, torch.randn(1, 5, 32))
    assert torch.equal(drawn, noise)


def test_other_audio_draws_another_latent():
    flow, noise = a_flow(), torch.randn(1, 6, 8).double()
    one, other = (flow.draw(noise, torch.randn(1, 5, 32).double()) for _ in range(2))
    assert not torch.equal(one, other)
