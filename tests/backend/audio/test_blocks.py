import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from emogene.audio.blocks import overlapping_blocks
from emogene.audio.features import FRAME_SAMPLES, frame_count


@settings(max_examples=60, deadline=None)
@given(
    samples=st.integers(0, 40 * FRAME_SAMPLES),
    cuts=st.lists(st.integers(0, 40 * FRAME_SAMPLES), max_size=8),
    block=st.integers(1, 12),
    margin=st.integers(0, 15),
)
def test_blocks_cover_the_sound_once_with_margins_wherever_it_is_cut(samples, cuts, block, margin):
    audio = np.arange(samples, dtype=np.float32)
    pieces = np.split(audio, sorted(min(cut, samples) for cut in cuts))
    frame = 0
    for found in overlapping_blocks(pieces, block, margin):
        begin = frame - found.inside.start
        assert found.inside.start == min(frame, margin)
        assert 1 <= found.frames <= block
        end = min(samples, (frame + found.frames + margin) * FRAME_SAMPLES)
        assert np.array_equal(found.audio, audio[begin * FRAME_SAMPLES : end])
        frame += found.frames
    assert frame == frame_count(samples)
