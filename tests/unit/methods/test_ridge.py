"""Ridge regression against plain least squares, and leaving out against doing so."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vitwidgets.methods.word_maps.ridge import explained, explained_in_all, fit_ridge

RNG = np.random.default_rng(5)
X = RNG.normal(size=(30, 6)) * [3, 1, 0.3, 2, 1, 1] + 4
Y = X @ RNG.normal(size=(6, 4)) + RNG.normal(size=(30, 4)) - 2
INPUTS, OUTPUTS = torch.from_numpy(X), torch.from_numpy(Y)


def by_least_squares(x, y, penalty):
    """Ridge as least squares with rows that pull the weights, not the bias, to 0."""
    width = x.shape[1]
    pull = np.hstack([np.sqrt(penalty) * np.eye(width), np.zeros((width, 1))])
    rows = np.vstack([np.hstack([x, np.ones((len(x), 1))]), pull])
    right = np.vstack([y, np.zeros((width, y.shape[1]))])
    found = np.linalg.lstsq(rows, right, rcond=None)[0]
    return found[:-1].T, found[-1]


@pytest.mark.parametrize("penalty", [0.0, 0.5, 40.0])
def test_it_is_least_squares_with_a_pull(penalty):
    found = fit_ridge(INPUTS, OUTPUTS, penalty)
    weight, bias = by_least_squares(X, Y, penalty)
    np.testing.assert_allclose(found.weight.numpy(), weight, atol=1e-9)
    np.testing.assert_allclose(found.bias.numpy(), bias, atol=1e-9)
    assert found.penalty == penalty


def test_the_chosen_penalty_leaves_out_best():
    """The error of each penalty by fitting again without each case."""
    unit = ((X - X.mean(0)) ** 2).sum() / X.shape[1]
    noisy = Y + 20 * RNG.normal(size=Y.shape)
    errors = {}
    for half in range(-8, 5):
        penalty = 10 ** (half / 2) * unit
        wrong = 0.0
        for left_out in range(len(X)):
            rest = np.arange(len(X)) != left_out
            weight, bias = by_least_squares(X[rest], noisy[rest], penalty)
            wrong += ((noisy[left_out] - weight @ X[left_out] - bias) ** 2).sum()
        errors[penalty] = wrong
    found = fit_ridge(INPUTS, torch.from_numpy(noisy), None)
    best = min(errors, key=errors.get)
    assert found.penalty == pytest.approx(best)
    assert best not in (min(errors), max(errors))


def test_fewer_cases_than_inputs_have_the_smallest_map_that_fits():
    few, outputs = X[:4], Y[:4]
    found = fit_ridge(torch.from_numpy(few), torch.from_numpy(outputs), 0.0)
    centred = few - few.mean(0)
    expected = (np.linalg.pinv(centred) @ (outputs - outputs.mean(0))).T
    np.testing.assert_allclose(found.weight.numpy(), expected, atol=1e-9)
    mapped = few @ found.weight.numpy().T + found.bias.numpy()
    np.testing.assert_allclose(mapped, outputs, atol=1e-9)


def test_an_input_that_never_changes_counts_for_nothing():
    constant = torch.cat((INPUTS, torch.full((30, 1), 7.0)), 1).double()
    found = fit_ridge(constant, OUTPUTS, 0.0)
    assert found.weight[:, -1].abs().max() < 1e-9
    plain = fit_ridge(INPUTS, OUTPUTS, 0.0)
    torch.testing.assert_close(found.weight[:, :-1], plain.weight)


def test_what_is_explained_is_one_less_the_share_of_the_errors():
    outputs = torch.tensor([[0.0, 5.0], [2.0, 5.0], [4.0, 5.0]])
    predicted = torch.tensor([[1.0, 5.0], [2.0, 5.0], [4.0, 4.0]])
    each = explained(outputs, predicted)
    assert each[0] == pytest.approx(1 - 1 / 8)
    assert each[1].isnan()
    assert explained_in_all(outputs, predicted) == pytest.approx(1 - 2 / 8)
