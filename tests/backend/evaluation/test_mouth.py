"""What is read off a mouth whose motion is known."""

import numpy as np
import pytest

from emogene.corpus.phones import PhoneSpan
from emogene.evaluation import mouth


def landmarks_with_gap(gap_mm: np.ndarray) -> np.ndarray:
    """(T, 68, 3) metres in which only the lower lip moves."""
    landmarks = np.zeros((len(gap_mm), 68, 3))
    landmarks[:, [65, 66, 67], 1] = -gap_mm[:, None] / 1000.0
    return landmarks


def open_but_at(frames: list[int], value: float = 0.0, count: int = 100) -> np.ndarray:
    gap = np.full(count, 10.0)
    gap[frames] = value
    return gap


def test_gap_is_the_height_between_the_inner_lips():
    wanted = np.array([0.0, 5.0, -1.0])
    np.testing.assert_allclose(mouth.lip_gap(landmarks_with_gap(wanted)), wanted)


@pytest.mark.parametrize(("value", "closed"), [(1.4, True), (1.6, False)])
def test_lips_are_closed_under_15_percent_of_the_recordings_95th_percentile(value, closed):
    gap = open_but_at([50], value)
    assert mouth.closures(gap, [PhoneSpan("b", 2.0, 2.02)]).tolist() == [closed]


@pytest.mark.parametrize(("frame", "closed"), [(48, False), (49, True), (53, True), (54, False)])
def test_a_closure_may_miss_its_phone_by_one_frame(frame, closed):
    phone = PhoneSpan("p", 2.0, 2.08)  # frames 50 to 52
    assert mouth.closures(open_but_at([frame]), [phone]).tolist() == [closed]


def test_a_lips_phone_beyond_the_motion_is_not_counted():
    assert len(mouth.closures(open_but_at([3], count=20), [PhoneSpan("m", 2.0, 2.1)])) == 0


def test_a_late_closure_has_a_positive_lag():
    phone = PhoneSpan("m", 1.96, 2.04)
    assert mouth.lags(open_but_at([52]), [phone]) == pytest.approx([0.08])
    assert mouth.lags(open_but_at([49]), [phone]) == pytest.approx([-0.04])


def test_a_held_closure_is_timed_by_its_middle():
    gap = open_but_at([49, 50, 51, 52])
    gap[51] = -0.05  # pressed a hair more
    assert mouth.lags(gap, [PhoneSpan("m", 1.96, 2.04)]) == pytest.approx([0.02])
    assert mouth.lags(gap, [PhoneSpan("m", 1.96, 2.04)], plateau_mm=0.0) == pytest.approx([0.04])


def test_another_closure_nearby_is_not_part_of_a_plateau():
    assert mouth.lags(open_but_at([48, 50]), [PhoneSpan("b", 1.98, 2.02)]) == pytest.approx([-0.08])


def test_closed_lips_in_another_sound_are_false_unless_a_lips_phone_is_near():
    gap = open_but_at([10, 20, 21])
    phones = [
        PhoneSpan("aa", 0.36, 0.44),
        PhoneSpan("sil", 0.44, 0.7),
        PhoneSpan("iy", 0.7, 0.75),  # 50 ms before the m
        PhoneSpan("m", 0.8, 0.84),
        PhoneSpan("s", 1.2, 1.3),
    ]
    assert mouth.falsely_closed(gap, phones).tolist() == [True, False]


def test_pauses_are_over_a_quarter_second_and_include_the_ends():
    phones = [
        PhoneSpan("sil", 0.0, 0.3),
        PhoneSpan("aa", 0.3, 0.5),
        PhoneSpan("sil", 0.5, 0.74),
        PhoneSpan("s", 0.74, 1.0),
        PhoneSpan("iy", 1.3, 1.5),
    ]
    assert mouth.pauses(phones, 2.0) == [(0.0, 0.3), (1.0, 1.3), (1.5, 2.0)]
    assert mouth.pauses([], 2.0) == [(0.0, 2.0)]


def test_speed_is_the_mean_of_the_mouths_points_per_second():
    landmarks = np.zeros((3, 68, 3))
    landmarks[1:, :48] = 1.0  # the rest of the face does not count
    landmarks[2, 48:, 0] = 0.001
    np.testing.assert_allclose(mouth.mouth_speed(landmarks), [0.0, 25.0])


def test_lips_may_settle_at_the_ends_of_a_pause():
    speed = np.arange(50.0)  # number k lies between k / 25 and (k + 1) / 25
    still, speaking = mouth.pause_and_speech(speed, [(0.4, 0.8)])
    assert still.tolist() == [13, 14, 15, 16]  # 0.52 to 0.68: inside 0.5 to 0.7
    assert speaking.tolist() == [*range(10), *range(20, 50)]
    whole, _ = mouth.pause_and_speech(speed, [(0.4, 0.8)], settle_seconds=0.0)
    assert whole.tolist() == list(range(10, 20))


def test_teeth_contacts_are_counted_at_f_and_v():
    contact = np.zeros(50)
    contact[10] = 0.6
    phones = [PhoneSpan("f", 0.36, 0.4), PhoneSpan("v", 1.0, 1.1), PhoneSpan("s", 0.4, 0.5)]
    assert mouth.teeth_contacts(contact, phones).tolist() == [True, False]


def test_what_is_audible_is_no_pause_even_where_no_phone_was_aligned():
    rng = np.random.default_rng(0)
    audio = rng.normal(0.0, 1e-4, 48000).astype(np.float32)
    audio[8000:24000] += rng.normal(0.0, 0.1, 16000).astype(np.float32)
    ((start, end),) = mouth.audible(audio)
    assert (start, end) == (pytest.approx(0.5, abs=0.03), pytest.approx(1.5, abs=0.03))
    cut_short = [PhoneSpan("aa", 0.5, 1.2)]
    assert mouth.pauses(cut_short, 3.0) == [(0.0, 0.5), (1.2, 3.0)]
    (_, after) = mouth.pauses(cut_short, 3.0, mouth.audible(audio))
    assert after == (pytest.approx(1.5, abs=0.03), 3.0)


def test_nothing_is_audible_in_silence():
    assert mouth.audible(np.zeros(16000, np.float32)) == []
    assert mouth.audible(np.zeros(10, np.float32)) == []
