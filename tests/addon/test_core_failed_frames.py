"""What the artist is told of frames that could not be rendered."""

import pytest
from emogene_addon.core.failed_frames import in_words, told
from emogene_addon.emogene_proto.messages import FrameFailed


def failed(frame: int, code: str = "died", message: str = "The renderer died over it.", hint: str = "Make it smaller."):
    return FrameFailed(id=1, job="0" * 12, frame=frame, code=code, message=message, hint=hint)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([7], "7"),
        ([8, 7], "7 to 8"),
        ([30, 7, 9, 10, 11], "7, 9 to 11 and 30"),
        (range(1, 101, 2), "1, 3, 5, 7, 9, 11, 13, 15 and 42 more"),
        ([-3, -2, 5], "-3 to -2 and 5"),
    ],
)
def test_frames_in_words(frames, words):
    assert in_words(frames) == words


def test_one_frame_with_its_reason_and_what_to_do():
    error = told([failed(12)])
    assert error.message == "Frame 12 could not be rendered: The renderer died over it."
    assert error.hint == "Make it smaller. Then render again: only this frame is rendered."


def test_of_several_reasons_the_most_frequent_is_told():
    error = told([failed(3, "memory", "There is not enough memory."), failed(1), failed(2), failed(1)])
    assert error.message == (
        "Frames 1 to 3 could not be rendered: The renderer died over it; others for other reasons."
    )


def test_a_reason_without_a_hint_leaves_what_to_do():
    assert told([failed(1, hint="")]).hint == "Render again: only this frame is rendered."
