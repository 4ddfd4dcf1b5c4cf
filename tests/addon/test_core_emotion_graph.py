"""The graph of the weights shows what they are, with no more triangles than a screen needs."""

import time
from array import array

import pytest
from emogene_addon.core.emotion_graph import Columns, columns_of, moments_of, planned_weights, stacked
from emogene_addon.core.palette import PALETTE
from emogene_addon.emogene_proto.names import EMOTIONS

HAPPY, SAD = EMOTIONS.index("happy"), EMOTIONS.index("sad")


def row(**felt: float) -> list[float]:
    weights = [felt.get(name, 0.0) for name in EMOTIONS]
    weights[0] = 1.0 - sum(weights)
    return weights


def layer(graph, emotion: str) -> list[tuple[float, float]]:
    """Corners of one emotion's part."""
    colours = zip(*[iter(graph.colours)] * 4, strict=True)
    corners = zip(*[iter(graph.positions)] * 2, strict=True)
    mine = pytest.approx(PALETTE[emotion], abs=1e-6)
    return [corner for corner, colour in zip(corners, colours, strict=True) if colour[:3] == mine]


def area(graph) -> float:
    """Of all triangles together."""
    corners = list(zip(*[iter(graph.positions)] * 2, strict=True))
    total = 0.0
    for a, b, c in zip(*[iter(graph.triangles)] * 3, strict=True):
        (ax, ay), (bx, by), (cx, cy) = corners[a], corners[b], corners[c]
        total += abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2.0
    return total


def test_every_emotion_has_a_colour_of_its_own():
    assert tuple(PALETTE) == EMOTIONS
    assert len(set(PALETTE.values())) == len(EMOTIONS)


def test_weights_lie_on_one_another_and_fill_the_band():
    weights = {0.0: row(happy=0.5, sad=0.25), 10.0: row(happy=0.5, sad=0.5)}
    graph = stacked([0.0, 10.0], weights.__getitem__)
    assert layer(graph, "happy") == [(0, 0), (0, 0.5), (10, 0), (10, 0.5)]
    assert layer(graph, "sad") == [(0, 0.5), (0, 0.75), (10, 0.5), (10, 1)]
    assert layer(graph, "neutral") == [(0, 0.75), (0, 1), (10, 1), (10, 1)]
    assert not layer(graph, "fear")
    assert area(graph) == pytest.approx(10.0)


def test_an_emotion_that_comes_and_goes_has_no_part_where_it_is_not_felt():
    felt = [row(), row(), row(sad=0.8), row(), row(happy=0.1), row(happy=0.2), row(sad=1.0)]
    graph = stacked(range(len(felt)), felt.__getitem__)
    assert [x for x, _ in layer(graph, "sad")] == [1, 1, 2, 2, 3, 3, 5, 5, 6, 6]
    assert area(graph) == pytest.approx(len(felt) - 1.0)


def test_where_nothing_changes_there_is_one_long_piece():
    graph = stacked(range(1000), lambda moment: row(happy=0.5))
    assert len(graph.triangles) == 2 * 2 * 3


def test_columns_stay_on_their_grid_while_the_view_moves_a_little():
    assert columns_of(100.0, 500.0, 1000) == columns_of(110.5, 510.5, 1000)
    zoomed = columns_of(-20_000.0, 90_000.0, 1600)
    assert (zoomed.last - zoomed.first) / zoomed.step <= 1600 / 4 + 2 * 64
    assert zoomed.first <= -20_000.0 and zoomed.last >= 90_000.0


def test_moments_are_within_the_shot_with_both_sides_of_a_jump():
    moments = moments_of(Columns(0.0, 64.0, 8.0), 13.0, 40.0, jumps=[21.0, 80.0])
    assert moments == [13.0, 16.0, 21.0 - 1e-3, 21.0, 24.0, 32.0, 40.0]
    assert moments_of(Columns(0.0, 64.0, 8.0), 70.0, 90.0) == []


def test_a_plans_weights_are_means_over_columns_and_straight_between_frames():
    weights = array("f", [value for index in range(40) for value in row(happy=index / 40.0)])
    near = planned_weights(weights, 101, 0.25)
    assert near(101.0)[HAPPY] == 0.0
    assert near(110.5)[HAPPY] == pytest.approx(9.5 / 40.0)
    assert near(50.0)[HAPPY] == 0.0 and near(500.0)[HAPPY] == pytest.approx(39 / 40.0)
    far = planned_weights(weights, 101, 4.0)
    assert far(111.0)[HAPPY] == pytest.approx(9.5 / 40.0), "the mean of rows 8 to 11"
    assert sum(far(200.0)) == pytest.approx(1.0)


def test_a_long_shots_graph_takes_no_longer_than_a_screens():
    frames = 300_000
    weights = array("f", row(happy=0.3, sad=0.2) + row(happy=0.2, fear=0.7)) * (frames // 2)
    columns = columns_of(1.0, frames, 1600)
    moments = moments_of(columns, 1.0, frames)
    began = time.process_time()
    graph = stacked(moments, planned_weights(weights, 1, columns.step))
    assert time.process_time() - began < 0.05
    assert len(graph.triangles) <= 3 * 2 * 8 * 530
