"""NIST's linear sets: how many of the certified digits the house's least squares gives, and what it
refuses.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.models import estimable
from cxlab.models.design import INTERCEPT, Design
from cxlab.models.fit import least_squares
from cxlab.stats.linear import solve
from cxlab.study.sample import Sample
from tests.stats.nist import NIST, digits

ENOUGH = 9


def columns(name: str) -> np.ndarray:
    x = NIST[name].columns
    return np.column_stack([np.ones(len(x)), x]) if NIST[name].intercept else x


@pytest.mark.parametrize("name", NIST)
def test_the_data_are_typed_right(name):
    # In exact arithmetic the data give every certified digit, or a number here is not NIST's.
    given = NIST[name]
    estimates, errors, sigma, r_squared = given.exact()
    assert digits([float(b) for b in estimates], given.estimates) > 14
    assert digits(errors, given.std_errors) > 14
    assert digits([sigma, r_squared], [given.sigma, given.r_squared]) > 14


@pytest.mark.parametrize("name", NIST)
def test_digits_of_the_solver(name):
    given, x = NIST[name], columns(name)
    y = given.outcome
    found = solve(x, y)
    sigma = np.sqrt(found.residuals @ found.residuals / (len(y) - x.shape[1]))
    total = y - y.mean() if given.intercept else y
    # Filip's tenth powers, rounded to doubles, no longer hold what the certified values rest on.
    enough = 7 if name == "Filip" else ENOUGH
    assert digits(found.params, given.estimates) >= enough
    assert digits(sigma * np.sqrt(np.diag(found.inverse)), given.std_errors) >= enough
    assert digits(sigma, given.sigma) >= enough
    assert (
        digits(1 - found.residuals @ found.residuals / (total @ total), given.r_squared) >= enough
    )


@pytest.mark.parametrize(
    "name", ["Norris", "Longley", "Wampler1", "Wampler2", "Wampler3", "Wampler4", "Wampler5"]
)
def test_digits_of_a_fit(name, monkeypatch):
    # With its checks in front, which must not take Longley or a polynomial for a combination. A
    # laboratory's outcome follows from its terms and is measured all the same; a survey's is not.
    monkeypatch.setattr(estimable, "EXPLAINED", 1.0)
    given = NIST[name]
    if name in ("Wampler1", "Wampler2"):
        # Polynomials without noise: what leaves no residual has no error that could be known.
        with pytest.raises(cx.ModelError, match="the terms tell all 21 answers exactly"):
            fitted(name)
        return
    fit = fitted(name)
    table = fit.tidy()
    assert digits(table["estimate"], given.estimates) >= ENOUGH
    assert digits(table["std_error"], given.std_errors) >= ENOUGH
    assert digits(fit.r_squared, given.r_squared) >= ENOUGH


def fitted(name: str) -> cx.Fit:
    given = NIST[name]
    x = pd.DataFrame(
        columns(name), columns=[INTERCEPT, *(f"x{j}" for j in range(1, len(given.estimates)))]
    )
    y = pd.Series(given.outcome)
    return least_squares(
        Design(None, "y", x, y, Sample(len(y), None, None), pd.Series("", index=y.index)),
        "loyalty: ols",
        "classical",
    )


def test_filip_is_refused_with_its_condition_number():
    given = NIST["Filip"]
    x = pd.DataFrame(columns("Filip"), columns=[INTERCEPT, *(f"x{j}" for j in range(1, 11))])
    y = pd.Series(given.outcome)
    with pytest.raises(
        cx.ModelError,
        match=(
            r"x\d+ follows all but exactly from x1.*; leave one of them out .*condition number"
            r" 3\.8e\+09\)"
        ),
    ):
        least_squares(
            Design(None, "y", x, y, Sample(len(y), None, None), pd.Series("", index=y.index)),
            "loyalty: ols",
        )


def test_weights_and_repeated_rows_agree():
    # A row of weight 2 is the row twice; the weighted path has no digits of its own to lose.
    given = NIST["Longley"]
    x, y = columns("Longley"), given.outcome
    twice = np.arange(16) % 3 == 0
    repeated = solve(np.vstack([x, x[twice]]), np.concatenate([y, y[twice]]))
    weighted = solve(x, y, 1.0 + twice)
    assert weighted.params == pytest.approx(repeated.params, rel=1e-10)
    assert weighted.inverse == pytest.approx(repeated.inverse, rel=1e-9)
    assert weighted.residuals == pytest.approx(repeated.residuals[:16], rel=1e-9)
