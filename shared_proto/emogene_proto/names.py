"""Names and constants that both sides agree on."""

EMOTIONS = ("neutral", "angry", "contempt", "disgusted", "fear", "happy", "sad", "surprised")
"""MEAD's eight. Columns of every emotion weight array, in this order."""

EASINGS = ("hold", "linear", "smooth", "ease_in", "ease_out")

INTERPOLATIONS = ("constant", "linear", "bezier")
"""How an F-Curve goes from one keyframe to the next."""

IDLE_SAMPLINGS = ("random_length", "fixed_length", "random", "even", "none")
"""How long idle segments and the gaps between them are (paper, algorithm 1 and table V): random lengths and a fixed
gap, which is the paper's own; a fixed length and random gaps; both random; both even; no idle sampling."""

QUALITIES = ("draft", "preview", "final")
"""How a picture is rendered: a quarter of the rays and enlarged, a ray a pixel, four rays a pixel."""

MODEL_FPS = 25
"""Rate of audio features, landmarks and poses inside the models, in frames per second."""

SAMPLE_RATE = 16_000
"""Rate of audio inside the models, in samples per second."""

LANDMARK_COUNT = 68

LANDMARK_REGIONS = {
    "jaw": range(0, 17),
    "brow_right": range(17, 22),
    "brow_left": range(22, 27),
    "nose": range(27, 36),
    "eye_right": range(36, 42),
    "eye_left": range(42, 48),
    "lips_outer": range(48, 60),
    "lips_inner": range(60, 68),
}
"""iBUG-68 indices by region; right and left are the subject's own."""

MOUTH = range(48, 68)
