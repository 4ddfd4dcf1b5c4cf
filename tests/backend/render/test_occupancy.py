import numpy as np

from emogene.render.occupancy import OCCUPIED, clearance, close_gaps, covered, dilate, free_steps


def grid_with(*cells: tuple[int, int, int]) -> np.ndarray:
    grid = np.zeros((16, 16, 16), np.uint8)
    for cell in cells:
        grid[cell] = 1
    return grid


def test_clearance_never_reaches_an_occupied_cell():
    chance = np.random.default_rng(0)
    occupied = (chance.random((16, 16, 16)) < 0.01).astype(np.uint8)
    for coarse in (1, 4):
        free = clearance(occupied, 1.6, coarse)
        cells = np.argwhere(occupied)
        for _ in range(400):
            point = chance.random(3) * 16
            to_box = np.maximum(np.maximum(cells - point, point - cells - 1), 0)
            assert free[tuple(point.astype(int))] <= np.linalg.norm(to_box, axis=1).min() * 0.1 + 1e-6


def test_an_empty_grid_is_free_everywhere():
    assert (clearance(grid_with(), 0.5) == 0.5).all()


def test_dilation_takes_the_neighbours_in():
    assert dilate(grid_with((5, 5, 5))).sum() == 27


def test_closing_fills_gaps_and_grows_nothing():
    assert close_gaps(grid_with((5, 5, 5), (8, 5, 5)))[6:8, 5, 5].all()
    assert close_gaps(grid_with((5, 5, 5))).sum() == 1


def test_a_full_grid_stays_full():
    assert close_gaps(np.ones((8, 8, 8), np.uint8)).all()


def test_free_steps_lie_within_the_clearance():
    occupied = grid_with((5, 5, 5), (12, 3, 9))
    free, room = free_steps(occupied, 1.6, 0.03), clearance(occupied, 1.6)
    assert (free[occupied > 0] == OCCUPIED).all()
    assert (free[occupied == 0] * 0.03 <= room[occupied == 0] + 1e-6).all()


def test_cells_of_another_size_cover_what_is_occupied():
    chance = np.random.default_rng(2)
    occupied = (chance.random((12,) * 3) < 0.1).astype(np.uint8)
    for cells in (12, 24, 16, 5):
        covering = covered(occupied, cells)
        points = chance.random((4000, 3))
        at, own = tuple((points * cells).astype(int).T), tuple((points * 12).astype(int).T)
        assert (covering[at] >= occupied[own]).all()
        assert covering.mean() < 1.0
    assert np.array_equal(covered(occupied, 12), occupied)
