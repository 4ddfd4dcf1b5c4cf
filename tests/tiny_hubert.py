"""A HuBERT model of random little weights in a folder, as transformers writes it: it understands nothing."""

from pathlib import Path

import torch

SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "conv_dim": (16,) * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}
LARGE = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
"""What large models have in common; without it the model is like the base one."""


def save_tiny_hubert(folder: Path, large: bool = False, seed: int = 0, **sizes: object) -> Path:
    """Write the model and return its folder; the same arguments give the same model."""
    from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = HubertModel(HubertConfig(**(SIZES | (LARGE if large else {}) | sizes)))
    model.save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=large).save_pretrained(folder)
    return folder
