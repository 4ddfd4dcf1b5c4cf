"""Where this computer keeps what can be made again."""

from pathlib import Path

from emogene_proto.connection import user_cache_dir


def cache_folder() -> Path:
    """The user's own cache folder of EmoGene, not necessarily there yet; EMOGENE_CACHE overrides it."""
    return user_cache_dir()
