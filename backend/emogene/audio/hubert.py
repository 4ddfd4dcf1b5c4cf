"""Speech features from a HuBERT model (paper, section III-A), run by transformers, with the prosody beside them.

HuBERT hears 400 samples every 320, so its own frame k is centred at sample 320 k + 200. The sound is padded with 40
zeros in front, and behind so that two frames fall into each 25 Hz frame: frame k is then centred at (k + 0.5) / 50 s,
as pitch and loudness are.

The model looks at all of its input: attention, and in some models the normalisation of the input and of the first
layer. So a sound is cut into blocks of 20 s on a fixed grid, and each block is heard with 5 s before and after it.
What is heard in a block depends on those 30 s alone and never on how the sound was handed over: that is exact. Against
hearing a whole long sound at once, or a piece cut out elsewhere, content is near: on models of random weights half
of the frames differ by less than 0.1 of a column's deviation, nine of ten by less than 0.4, most in pauses. Prosody is
the same. HuBERT was trained on at most 16 s at once. Networks run in float32 on a CPU and in bfloat16 on an NVIDIA GPU.

Unlike our own small networks, HuBERT runs on all cores: on one, a large one would listen for longer than the sound
lasts. So content is the same bytes only on as many cores; else it differs by about a millionth.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from emogene.audio.blocks import overlapping_blocks
from emogene.audio.encoder import PROSODY, prosody
from emogene.audio.features import FRAME_SAMPLES, frame_count, frame_loudness, log_mel, normalised
from emogene.audio.speech_features import FeatureKind, FeaturesNeeded
from emogene.inference import one_thread

if TYPE_CHECKING:
    from transformers import HubertModel

HUBERT_HOP = 320
"""Samples from one hidden state to the next: 50 Hz."""
STATES_PER_FRAME = FRAME_SAMPLES // HUBERT_HOP
BLOCK_FRAMES = 20 * 25
MARGIN_FRAMES = 5 * 25
"""At least what loudness looks to each side, 4 s and half a window: prosody is the built-in encoder's."""


class Hubert:
    """A HuBERT model with the fixed steps around it; the content columns are its hidden states, averaged in pairs."""

    kind: FeatureKind = "hubert"

    def __init__(
        self, model: "HubertModel", normalise: bool, name: str = "", layer: int | None = None, weights: str = ""
    ):
        """`normalise`: the model wants sound of zero mean and unit variance. The others: see `FeaturesNeeded`."""
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.content = int(model.config.hidden_size)
        self.needed = FeaturesNeeded("hubert", name, self.content + PROSODY, layer, weights)
        self._normalise = normalise
        self._side = (_receptive_field(model) - HUBERT_HOP) // 2
        if layer is not None:
            # Later layers are not asked. The encoder's closing norm is not part of a layer's hidden state.
            model.encoder.layers = model.encoder.layers[:layer]
            model.encoder.layers[-1].register_forward_hook(self._keep_layer)
        self._kept = torch.empty(0)
        self._model = cast(torch.nn.Module, model).eval().to(self.device)

    @property
    def feature_count(self) -> int:
        """F: columns of `encode`'s result."""
        return self.needed.size

    def encode(self, audio: np.ndarray) -> np.ndarray:
        """(T, F) float32 features at 25 Hz of (N,) audio at 16 kHz, T = ceil(N / 640)."""
        blocks = list(self.stream([audio]))
        return np.concatenate(blocks) if blocks else np.zeros((0, self.feature_count), np.float32)

    def stream(self, pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Blocks (n, F) of `encode`'s result, the same bytes, while pieces (n,) of the audio come."""
        for block in overlapping_blocks(pieces, BLOCK_FRAMES, MARGIN_FRAMES):
            with one_thread():
                loudness = frame_loudness(normalised(log_mel(block.audio)))
            both = self._content(block.audio), prosody(block.audio, loudness)
            yield np.concatenate([part[block.inside] for part in both], 1)

    def _content(self, samples: np.ndarray) -> np.ndarray:
        """(T, D) float32 from (n,) samples: all of them heard at once."""
        frames = frame_count(len(samples))
        heard = samples.astype(np.float32)
        if self._normalise:
            heard = (heard - heard.mean()) / np.sqrt(heard.var() + 1e-7)
        heard = np.pad(heard, (self._side, self._side + frames * FRAME_SAMPLES - len(heard)))
        half = torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda")
        with torch.inference_mode(), half:
            states = self._model(torch.from_numpy(heard)[None].to(self.device)).last_hidden_state
        if self.needed.layer is not None:
            states = self._kept
        return states[0].float().reshape(frames, STATES_PER_FRAME, self.content).mean(1).cpu().numpy()

    def _keep_layer(self, _module: torch.nn.Module, _arguments: tuple, output: torch.Tensor) -> None:
        self._kept = output


def _receptive_field(model: "HubertModel") -> int:
    """Samples that one hidden state sees before attention."""
    samples, hop = 1, 1
    for kernel, stride in zip(model.config.conv_kernel, model.config.conv_stride, strict=True):
        samples += (kernel - 1) * hop
        hop *= stride
    return samples
