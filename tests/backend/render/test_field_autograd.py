import numpy as np
import torch

from emogene.render import field_autograd
from emogene.render.field_autograd import field_at


def test_fused_gradients_are_torchs(field):
    field.requires_grad_(True)
    chance = np.random.default_rng(0)
    unit, direct = chance.random((3, 512), np.float32), chance.standard_normal((8, 512), np.float32)
    block_frame = np.array([1, 0], np.int32)
    inputs = torch.from_numpy(chance.standard_normal((2, field.config.components + 5), np.float32))
    to_raw, to_colour = torch.from_numpy(chance.standard_normal((4, 512), np.float32)).split([1, 3])

    def gradients(fused: bool) -> list[torch.Tensor]:
        field.zero_grad()
        biases = field.biases(inputs)
        if fused:
            raw, colour = field_at(field, unit, direct, block_frame, biases)
        else:
            frame = torch.from_numpy(np.repeat(block_frame, 256)).long()
            features = torch.cat([field.encode(torch.from_numpy(unit.T)), torch.from_numpy(direct.T)], 1)
            geometry = field.geometry(features, biases[0][frame])
            raw, colour = geometry[:, 0], field.colour(geometry, biases[1][frame]).T
        ((raw * to_raw[0]).sum() + (colour * to_colour).sum()).backward()
        return [raw.detach(), colour.detach(), *(parameter.grad.clone() for parameter in field.parameters())]

    for mine, theirs in zip(gradients(True), gradients(False), strict=True):
        assert float((mine - theirs).abs().max()) <= 1e-5 * max(1.0, float(theirs.abs().max()))


def test_gradients_do_not_depend_on_the_computers_cores(field, monkeypatch):
    """Blocks are summed in as many parts everywhere, whatever number of threads numba has."""
    field.requires_grad_(True)
    chance = np.random.default_rng(1)
    blocks = 19
    unit, direct = chance.random((3, 256 * blocks), np.float32), chance.standard_normal((8, 256 * blocks), np.float32)
    inputs = torch.from_numpy(chance.standard_normal((1, field.config.components + 5), np.float32))
    found = []
    for threads in (1, 2):
        monkeypatch.setattr(field_autograd, "get_num_threads", lambda threads=threads: threads, raising=False)
        field.zero_grad()
        raw, colour = field_at(field, unit, direct, np.zeros(blocks, np.int32), field.biases(inputs))
        (raw.sum() + colour.square().sum()).backward()
        found.append([parameter.grad.numpy().tobytes() for parameter in field.parameters()])
    assert found[0] == found[1]
