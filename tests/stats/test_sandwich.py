"""HC2 and CR2 by their definition with n × n matrices: covariance, degrees of freedom, and what a
unit of leverage 1 leaves.
"""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import linalg

from cxlab.stats import sandwich
from cxlab.stats.linear import solve

N, GROUPS = 40, 8


def data(seed: int = 0) -> tuple[np.ndarray, ...]:
    """Four columns, the last the same within a cluster; answers, weights, clusters of all sizes."""
    rng = np.random.default_rng(seed)
    clusters = np.append(np.arange(GROUPS), rng.integers(0, GROUPS, N - GROUPS))
    x = np.column_stack([np.ones(N), rng.normal(size=(N, 2)), rng.normal(size=GROUPS)[clusters]])
    return x, x @ [1, 0.5, 0, 0.2] + rng.normal(size=N), rng.uniform(0.3, 3, N), clusters


def by_definition(x, y, w, units, line) -> tuple[float, float]:
    """Variance of line'b, and (Σλ)²/Σλ² over the eigenvalues λ of its Gram matrix, as Bell &
    McCaffrey (2002) and clubSandwich have it: residuals of a unit times (I − H)^(−1/2), its
    symmetric root in the coordinates that the weights give.
    """
    inverse, pull = np.linalg.inv(x.T @ (x * w[:, None])), np.sqrt(w)
    hat = pull[:, None] * (x @ inverse @ x.T) * pull
    left = np.eye(len(x)) - x @ inverse @ (x * w[:, None]).T
    lines = []
    for unit in np.unique(units):
        rows = np.flatnonzero(units == unit)
        own = np.eye(len(rows)) - hat[np.ix_(rows, rows)]
        root = np.linalg.inv(linalg.sqrtm(own).real)
        effect = pull[rows] * (root @ (pull[rows] * (x[rows] @ inverse @ line)))
        lines.append(effect @ left[rows])
    lines = np.array(lines)
    values = np.linalg.eigvalsh(lines @ lines.T)
    # What a unit leaves of y is what it leaves of the residuals.
    return ((lines @ y) ** 2).sum(), values.sum() ** 2 / (values**2).sum()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("clustered", [False, True])
def test_errors_and_degrees_of_freedom_by_definition(weighted, clustered):
    x, y, w, clusters = data()
    weights, units = w if weighted else None, clusters if clustered else None
    at, lines = solve(x, y, weights), np.vstack([np.eye(4), [0, 1, -1, 0.5]])
    cov = sandwich.covariance("CR2" if clustered else "HC2", x, at, weights, units)
    df = sandwich.freedom(x, at.root, lines, weights, units)
    for line, freedom in zip(lines, df, strict=True):
        wanted = by_definition(
            x, y, w if weighted else np.ones(N), clusters if clustered else np.arange(N), line
        )
        assert (line @ cov @ line, freedom) == pytest.approx(wanted, rel=1e-8)
    bigger = None if weights is None else 1000 * weights
    again = sandwich.freedom(x, solve(x, y, bigger).root, lines, bigger, units)
    assert again == pytest.approx(df, rel=1e-9)


def test_hc2_is_statsmodels_and_cr2_of_rows_is_hc2():
    x, y, _, _ = data()
    at, rows = solve(x, y), np.arange(N)
    hc2 = sandwich.covariance("HC2", x, at)
    assert hc2 == pytest.approx(np.asarray(sm.OLS(y, x).fit(cov_type="HC2").cov_params()), rel=1e-9)
    assert sandwich.covariance("CR2", x, at, clusters=rows) == pytest.approx(hc2, rel=1e-9)
    eye = np.eye(4)
    assert sandwich.freedom(x, at.root, eye, clusters=rows) == pytest.approx(
        sandwich.freedom(x, at.root, eye), rel=1e-9
    )


def test_chunks_of_rows_add():
    x, y, w, _ = data()
    at = solve(x, y, w)
    z, lines = x @ at.root, at.root.T
    total = (z * (w**2)[:, None]).T @ z
    sums = sum(sandwich.row_sums(z[i : i + 7], lines, w[i : i + 7], total) for i in range(0, N, 7))
    assert sandwich.satterthwaite(sums, total) == pytest.approx(
        sandwich.freedom(x, at.root, np.eye(4), w), rel=1e-10
    )


@pytest.mark.parametrize("carriers", [2, 3, 5])
def test_a_slope_of_k_rows_has_k_minus_one_degrees_of_freedom(carriers):
    x = np.column_stack([np.ones(4000), np.arange(4000) < carriers])
    df = sandwich.freedom(x, solve(x, x[:, 1]).root, np.array([[0.0, 1.0]]))
    assert df == pytest.approx([carriers - 1], rel=0.01)


def test_what_one_cluster_decides_alone_has_no_degrees_of_freedom_and_the_rest_does():
    x, y, _, clusters = data()
    x = np.column_stack([x, clusters == 0])
    at = solve(x, y)
    df = sandwich.freedom(x, at.root, np.eye(5), clusters=clusters)
    assert np.isnan(df[4]) and np.isfinite(df[1:3]).all()
    # The other slopes are those of a fit without that cluster's mean.
    assert np.isfinite(sandwich.covariance("CR2", x, at, clusters=clusters)).all()
