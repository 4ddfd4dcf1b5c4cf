# SPDX-License-Identifier: GPL-3.0-or-later
"""One colour for each emotion: of its icon, its tick on the timeline and its part of the graph.

After Okabe and Ito's palette, which people with any common colour blindness tell apart; no two that are alike in hue
are alike in lightness.
"""

PALETTE = {
    "neutral": (0.66, 0.66, 0.66),
    "angry": (0.86, 0.33, 0.13),
    "contempt": (0.82, 0.51, 0.70),
    "disgusted": (0.10, 0.64, 0.46),
    "fear": (0.53, 0.80, 0.97),
    "happy": (0.96, 0.85, 0.28),
    "sad": (0.24, 0.53, 0.86),
    "surprised": (0.93, 0.60, 0.11),
}
"""sRGB, 0 to 1."""
