"""The landmark warp's grid, evaluated by torch on any device. Twin of warp.LandmarkWarp.fill."""

import torch

from .warp import FADE_CELLS, LandmarkWarp


class DeviceWarp:
    """Fills warp grids on a device; only the basis functions' weights are found on the CPU."""

    def __init__(self, warp: LandmarkWarp, device: torch.device):
        self.warp, self.cell = warp, warp.config.cell
        self.origin = torch.from_numpy(warp.origin).to(device)
        places = [torch.arange(n, device=device, dtype=torch.float32) for n in warp.shape]
        self._points = torch.stack(torch.meshgrid(*places, indexing="ij"), -1) * self.cell + self.origin
        edges = [torch.minimum(p, (n - 1) - p) for p, n in zip(places, warp.shape, strict=True)]
        border = torch.stack(torch.meshgrid(*edges, indexing="ij"), -1).amin(-1)
        self._fade = (border * (1.0 / FADE_CELLS)).clamp(max=1.0)

    def values(self, landmarks) -> torch.Tensor:
        """(nx, ny, nz, 4) displacements of a frame with these (68, 3) landmarks."""
        device = self.origin.device
        centres, weights = (torch.from_numpy(v.astype("float32")).to(device) for v in self.warp.basis(landmarks))
        points = self._points.reshape(-1, 3)
        total = torch.zeros(len(points), 4, device=device)
        reach = 1.0 / self.warp.config.reach
        apart = torch.cdist(points, centres, compute_mode="donot_use_mm_for_euclid_dist")
        total[:, :3] = (1.0 - apart * reach).clamp(min=0.0).square() @ weights
        return total.reshape(*self.warp.shape, 4) * self._fade[..., None]
