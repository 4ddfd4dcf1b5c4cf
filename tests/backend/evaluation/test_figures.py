"""Figures: what counts as reached, and the form of the JSON file and the table."""

import io
import json

import numpy as np
import pytest
from rich.console import Console

from emogene.evaluation.figures import (
    Evaluation,
    Figure,
    Input,
    missed,
    percent,
    percent_of,
    print_evaluation,
    this_machine,
    write_evaluation,
)

GOOD = Figure("good", 96.0, "%", 95.0, "higher")
BAD = Figure("bad", 1.6, "GB", 1.5, "lower")
TOLD = Figure("told", 3.0, "s", None, "lower")
UNKNOWN = Figure("unknown", None, "GB", 1.5, "lower")


@pytest.mark.parametrize(("figure", "reached"), [(GOOD, True), (BAD, False), (TOLD, None), (UNKNOWN, None)])
def test_reached_is_by_the_better_side(figure, reached):
    assert figure.reached is reached


def test_missed_are_those_measured_and_not_reached():
    assert missed([GOOD, BAD, TOLD, UNKNOWN]) == ["bad"]


def test_the_file_has_the_form_that_every_evaluation_writes(tmp_path):
    evaluation = Evaluation((GOOD, UNKNOWN), this_machine(), (Input(("good",), "a voice"),))
    write_evaluation(tmp_path / "new" / "figures.json", evaluation)
    written = json.loads((tmp_path / "new" / "figures.json").read_bytes())
    assert set(written) == {"figures", "machine", "inputs"}
    assert written["figures"][0] == {"name": "good", "value": 96.0, "unit": "%", "reach": 95.0, "better": "higher"}
    assert written["figures"][1]["value"] is None
    assert written["inputs"] == [{"figures": ["good"], "speech": "a voice"}]
    assert written["machine"]["cores"] >= 1


def test_the_table_fits_a_narrow_terminal_and_says_what_is_not_reached():
    long_name = Figure("synthetic_pause_motion_whole_truth", 21.3, "%", 3.0, "lower")
    console = Console(record=True, width=80, file=io.StringIO())
    inputs = (Input(("good",), "one voice"), Input(("bad", long_name.name), "[other] voices"))
    print_evaluation(Evaluation((GOOD, BAD, UNKNOWN, long_name), {}, inputs), console)
    lines = console.export_text().splitlines()
    assert lines[1].split() == ["good", "96.0", "%", "at", "least", "95", "%", "yes", "A"]
    assert lines[2].split() == ["bad", "1.600", "GB", "at", "most", "1.5", "GB", "NO", "B"]
    assert "not measured" in lines[3]
    assert lines[4].startswith(long_name.name)
    assert lines[5:] == ["A: one voice", "B: [other] voices"]


def test_shares_of_nothing_are_not_numbers():
    assert percent(np.array([True, False])) == 50.0
    assert percent(np.zeros(0, bool)) is None
    assert percent_of(np.array([1.0]), np.array([2.0, 6.0])) == 25.0
    assert percent_of(np.zeros(0), np.ones(3)) is None
    assert percent_of(np.ones(3), np.zeros(3)) is None
