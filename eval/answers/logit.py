"""Two small fits in plain numpy: a logistic model, and a conditional logit over choices (McFadden 1974)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_STEPS = 60
_SMALL = 1e-7  # a step this small ends the fit


def logistic(
    features: NDArray[np.float64], answerable: NDArray[np.bool_], weight: NDArray[np.float64], *, ridge: float
) -> NDArray[np.float64]:
    """Fit P(answerable) by Newton's method; the last coefficient is the intercept, which is not shrunk.

    Args:
        features: shape (questions, features), on scales near 1.
        answerable: shape (questions,).
        weight: of each question.
        ridge: penalty on the squared coefficients.
    """
    matrix = np.hstack([features, np.ones((len(features), 1))])
    coefficients = np.zeros(matrix.shape[1])
    shrink = np.full(matrix.shape[1], ridge)
    shrink[-1] = 1e-6
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(matrix @ coefficients, -40, 40)))
        gradient = matrix.T @ (weight * (chance - answerable)) + shrink * coefficients
        curvature = (matrix * (weight * chance * (1 - chance))[:, None]).T @ matrix + np.diag(shrink)
        step = np.linalg.solve(curvature, gradient)
        coefficients -= step
        if float(np.abs(step).max()) < _SMALL:
            break
    return coefficients


def choice(
    questions: Sequence[tuple[NDArray[np.float64], NDArray[np.bool_]]], *, ridge: float, rounds: int = 800
) -> NDArray[np.float64]:
    """Fit a conditional logit where any of several alternatives may be the right one, by gradient ascent with momentum.

    Args:
        questions: for each question the features of its alternatives, shape (alternatives, features), and which of them
            are right; the probability of the right ones together is made large.
        ridge: penalty on the squared coefficients.
        rounds: steps.
    """
    size, most = questions[0][0].shape[1], max(len(features) for features, _ in questions)
    cube = np.zeros((len(questions), most, size))
    there = np.zeros((len(questions), most), dtype=bool)
    right = np.zeros((len(questions), most), dtype=bool)
    for number, (features, rights) in enumerate(questions):
        cube[number, : len(features)] = features
        there[number, : len(features)] = True
        right[number, : len(features)] = rights
    coefficients, speed, scale = np.zeros(size), np.zeros(size), np.zeros(size)
    for number in range(1, rounds + 1):
        values = np.where(there, cube @ coefficients, -np.inf)
        chance = np.exp(values - values.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        among = np.where(right, chance, 0.0)
        among /= np.maximum(among.sum(axis=1, keepdims=True), 1e-12)
        gradient = np.einsum("qa,qaf->f", among - chance, cube) / len(questions) - ridge * coefficients
        speed = 0.9 * speed + 0.1 * gradient
        scale = 0.99 * scale + 0.01 * gradient**2
        coefficients += 0.05 * (speed / (1 - 0.9**number)) / (np.sqrt(scale / (1 - 0.99**number)) + 1e-6)
    return coefficients


def area(right: NDArray[np.float64], wrong: NDArray[np.float64]) -> float:
    """Return the area under the curve: how often a value of the first kind is above one of the second."""
    above = (right[:, None] > wrong[None, :]).mean() + 0.5 * (right[:, None] == wrong[None, :]).mean()
    return float(above)
