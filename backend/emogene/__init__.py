"""EmoGene: a recorded voice and emotion keys become a talking, feeling head."""

__version__ = "0.1.0"
