"""Many rows a piece at a time against the same by a library, by definition, and by the lines that
serve fewer rows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.stats import linear, sandwich, tall

N, K = tall.MANY_ROWS + 5_001, 5


def data(seed: int = 0) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(N), 100 + rng.normal(size=(N, K - 1)) @ rng.normal(size=(4, 4))])
    y = x @ np.arange(1.0, K + 1) + rng.normal(size=N) * np.abs(x[:, 1] - 100)
    return x, y, rng.uniform(0.3, 3, N), rng.integers(0, N // 2, N)


@pytest.mark.parametrize("weighted", [False, True])
def test_least_squares_agrees_with_a_library(weighted):
    x, y, w, _ = data()
    pull = np.sqrt(w) if weighted else np.ones(N)
    found = linear.solve(x, y, w if weighted else None)
    params = np.linalg.lstsq(x * pull[:, None], y * pull, rcond=None)[0]
    assert found.params == pytest.approx(params, rel=1e-10)
    inverse = np.linalg.inv((x * pull[:, None] ** 2).T @ x)
    assert found.inverse == pytest.approx(inverse, rel=1e-7)
    q, r = tall.orthogonal(x, pull)
    assert q.T @ q == pytest.approx(np.eye(K), abs=1e-12)
    assert q @ r == pytest.approx(linear.standardised(x, pull)[0], abs=1e-12)


def test_an_exact_line_is_found_to_the_last_digits():
    """Powers of one column, whose condition number squares in cross-products."""
    z = np.linspace(0, 1, N)
    x = np.column_stack([z**power for power in range(5)])
    assert linear.solve(x, x.sum(axis=1)).params == pytest.approx(np.ones(5), rel=1e-11)


def test_what_is_left_of_columns_that_follow_from_each_other_is_the_same():
    x, y, w, _ = data()
    twice = np.column_stack([x, x[:, 1] + x[:, 2]])
    once = linear.residuals_on(x, y[:, None], w)
    assert linear.residuals_on(twice, y[:, None], w) == pytest.approx(once, abs=1e-7)
    assert (x * w[:, None]).T @ once == pytest.approx(np.zeros((K, 1)), abs=1e-4)


@pytest.mark.parametrize("kind", ["HC2", "HC3", "linearised"])
def test_errors_of_many_rows_are_those_by_definition(kind):
    x, y, w, _ = data()
    solution = linear.solve(x, y, w)
    scores = sandwich.scores(kind, x, solution.residuals, w, solution.root)
    whole = sandwich.sandwich(kind, solution.inverse, scores.T @ scores, N, True, N)
    assert sandwich.covariance(kind, x, solution, w) == pytest.approx(whole, rel=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_degrees_of_freedom_of_many_rows_are_those_that_carry(weighted):
    x, y, w, clusters = data()
    w = w if weighted else None
    root, lines = linear.solve(x, y, w).root, np.eye(K)
    z = x @ root
    each = np.ones(N) if w is None else w
    total = (z * each[:, None] ** 2).T @ z
    exact = sandwich.satterthwaite(sandwich.row_sums(z, root.T @ lines.T, w, total), total)
    assert sandwich.freedom(x, root, lines, w) == pytest.approx(exact, rel=1e-3)
    gram = sandwich.outer(z, each, clusters)
    square = gram if w is None else sandwich.outer(z, w**2, clusters)
    exact = sandwich.cluster_freedom(gram, square, root.T @ lines.T, weighted, total)
    assert sandwich.freedom(x, root, lines, w, clusters) == pytest.approx(exact, rel=1e-3)


def test_few_who_carry_a_term_are_counted_to_the_last():
    x, y, _, _ = data()
    x = np.column_stack([x, np.arange(N) < 200])
    root = linear.solve(x, y).root
    assert 150 < sandwich.freedom(x, root, np.eye(K + 1))[-1] < 201


def test_the_series_of_small_units_is_their_root():
    rng = np.random.default_rng(1)
    half = rng.normal(size=(tall.MANY_ROWS + 10, 3, 2)) * 0.008
    half[:10] *= 40
    gram, scores = half @ half.swapaxes(1, 2), rng.normal(size=(len(half), 3))
    assert (np.trace(gram, axis1=1, axis2=2) > tall.SMALL).any()
    root = np.triu(rng.normal(size=(3, 3))) + 3 * np.eye(3)
    by_root = sandwich.adjustment(gram) @ (scores @ root)[:, :, None]
    found = sandwich.adjusted(scores, root, gram)
    assert found == pytest.approx(by_root[:, :, 0] @ np.linalg.inv(root), abs=1e-13)


def test_sums_and_products_by_group_are_those_of_pandas():
    x, _, _, clusters = data()
    codes = pd.factorize(clusters)[0]
    sums = pd.DataFrame(x).groupby(codes).sum().to_numpy()
    assert tall.group_sums(x, codes) == pytest.approx(sums, rel=1e-12)
    products = tall.group_products(x, codes)
    assert products[:, 0] == pytest.approx(sums, rel=1e-12)
    assert products[3] == pytest.approx(x[codes == 3].T @ x[codes == 3], rel=1e-12)
