"""What is special to the training of fields: rays, rates, weights of the losses."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldTrainingConfig:
    """What is special to the training of fields."""

    shares: tuple[float, ...]
    """Of the rays, by picture_rays.REGIONS."""
    patch_regions: tuple[str, ...]
    rays: int = 8192
    """At most; fewer while they have many samples each."""
    samples: int = 24576
    """Samples that a step aims at."""
    fresh_frames: int = 4
    """New frames in each step; a step also uses those of the steps before, `kept_steps` in all."""
    kept_steps: int = 4
    longest: int = 96
    """Samples on possible surfaces that a ray takes at most."""
    table_rate: float = 1e-2
    network_rate: float = 2e-3
    final_rate: float = 0.03
    """Share of the learning rates left at the end."""
    alpha_weight: float = 0.2
    entropy_weight: float = 1e-4
    fog_weight: float = 5e-3
    """On alpha (1 - alpha) of the samples: fog is clear or solid in the end, which also ends rays sooner."""
    hollow_weight: float = 2e-3
    """On what is clear behind a surface: it must be opaque for a step or two, or rays from aside slip through."""
    spread_weight: float = 3e-4
    """On how far apart a ray's light comes from, in steps: thin surfaces take fewer samples."""
    astray_weight: float = 2e-3
    """On how far off its true distance a ray's light comes from, in steps, where the corpus knows that."""
    stillness_weight: float = 2e-3
    """On what another expression changes where landmarks move nothing: hair and clothes do not flicker with speech."""
    patch_from: float = 0.5
    """Share of the steps from which on a patch is looked at, too."""
    patch_side: int = 32
    patch_weight: float = 5e-3
    noise: float = 0.03
    """Deviation of the noise on the landmarks' components, so that the field bears landmarks that no picture has."""
    average: float = 0.998
    """Decay of the moving average of the weights."""
    occupancy_every: int = 16
    occupancy_decay: float = 0.8
    occupied: float = 0.01
    """Opacity of one step from which a cell counts as occupied."""
    final_frames: int = 120
    """Random frames over which the finished field's occupancy is measured, beside the extreme ones."""
    preview_every: int = 500
