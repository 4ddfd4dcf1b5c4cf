"""The tongue's shapes move the tongue and nothing else."""

import numpy as np

from emogene.corpus.tongue import TONGUE_SHAPES, with_tongue

TONGUE = slice(14062, 17039)
UPPER_TEETH = slice(17039, 19247)


def test_three_shapes_are_appended(plain_model, model):
    assert model.expression_names == plain_model.expression_names + TONGUE_SHAPES
    assert np.array_equal(model.expressions[:-3], plain_model.expressions)


def test_only_the_tongue_moves(model):
    moved = np.abs(model.expressions[-3:]).max(axis=(0, 2)) > 0
    assert moved[TONGUE].sum() > 400
    moved[TONGUE] = False
    assert not moved.any()


def test_appending_twice_changes_nothing(model):
    assert with_tongue(model) is model


def test_the_tip_comes_near_the_upper_gums_without_passing_the_teeth(model):
    index = model.expression_index
    expression = np.zeros(len(index))
    expression[index["jawOpen"]] = 0.1
    low = model.shape(np.zeros(100), expression)[TONGUE]
    expression[index["tongueTipUp"]] = 1.0
    shape = model.shape(np.zeros(100), expression)
    tip = shape[TONGUE][np.abs(shape[TONGUE] - low).max(axis=1) > 0.010]
    incisors = shape[UPPER_TEETH][np.abs(shape[UPPER_TEETH][:, 0]) < 0.005]
    assert tip[:, 1].max() > incisors[:, 1].min()
    assert tip[:, 2].max() < incisors[:, 2].max()


def test_the_tip_comes_between_the_teeth(model):
    index = model.expression_index
    expression = np.zeros(len(index))
    expression[index["jawOpen"]] = 0.13
    expression[index["tongueOut"]] = 1.0
    shape = model.shape(np.zeros(100), expression)
    moved = np.abs(model.expressions[index["tongueOut"]]).max(axis=1) > 0.009
    tip = shape[moved]
    edge = shape[UPPER_TEETH][np.abs(shape[UPPER_TEETH][:, 0]) < 0.005, 1].min()
    front = tip[tip[:, 2] > 0.101]
    assert len(front) > 3
    assert front[:, 1].max() < edge + 0.0015
