"""Do the estimators find what was planted, and are their intervals as wide as they claim?

Many small studies with a known truth: 95 % intervals must hold it in 93–97 % of them, and a
touchpoint that matters nothing must be called a driver in 4–6 %, each within what chance allows
over this number of studies. `make calibrate` asks the same of thousands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

STUDIES = 100
CHANCE = 3.0  # standard errors of the Monte-Carlo mean
TOGETHER = 25


def planted(n: int, count: int = STUDIES, **keys) -> Iterator[cx.Study]:
    """Studies of n answers each. Answers are drawn independently of one another (a panel member's
    together), so that a large study falls into several; one is checked and read in the time of
    two small ones.
    """
    for seed in range(count // TOGETHER):
        whole = cx.simulate_study(n * TOGETHER, seed=seed, **keys)
        part = whole.respondents.astype("category").cat.codes % TOGETHER
        yield from (whole.where(part == number) for number in range(TOGETHER))


def judged(tidy: pd.DataFrame, truth: pd.Series) -> pd.DataFrame:
    """Error, coverage and rejection of each planted coefficient; rows labelled as `truth`."""
    tidy = tidy.loc[truth.index]
    held = (tidy["conf_low"] <= truth) & (truth <= tidy["conf_high"])
    return pd.DataFrame(
        {"error": tidy["estimate"] - truth, "held": held, "called": tidy["p_value"] < 0.05}
    )


def assert_honest(results: list[pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat(results, keys=range(len(results)))
    by_term = table.groupby(level=1)
    bias, spread = by_term["error"].mean(), by_term["error"].std() / np.sqrt(len(results))
    assert (bias.abs() < (CHANCE + 1) * spread).all()
    held = table["held"].mean()
    # 99 % Monte-Carlo interval; the coefficients of one study are not independent
    chance = 2.58 * np.sqrt(held * (1 - held) / len(results))
    assert held + chance > 0.93 and held - chance < 0.97
    return table


@pytest.mark.slow
def test_loyalty_slopes():
    results, slopes = (
        [],
        {"delivery": 4, "support": 3, "website": 2, "ordering": 0, "advertising": 0},
    )
    for study in planted(150, slopes=slopes):
        tidy = cx.fit_loyalty(study, outcome="loyalty").tidy().set_index("touchpoint")
        results.append(judged(tidy, pd.Series(slopes, dtype=float)))
    table = assert_honest(results)
    nothing = table[table.index.get_level_values(1).isin(["ordering", "advertising"])][
        "called"
    ].mean()
    assert abs(nothing - 0.05) < CHANCE * np.sqrt(0.05 * 0.95 / (2 * STUDIES))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "truth"),
    [
        ("performance", {"expectation": 0, "experience": 4}),
        ("difference", {"expectation": -4, "experience": 4}),
        (
            "congruence",
            {
                "expectation": 0,
                "experience": 0,
                "expectation^2": -0.8,
                "expectation:experience": 1.6,
                "experience^2": -0.8,
            },
        ),
        ("rising_ridge", {"sum": 4 / 3, "gap^2": -0.8}),
    ],
)
def test_gap_model_coefficients(form, truth):
    results, model = (
        [],
        {"congruence": "quadratic", "rising_ridge": "rising_ridge"}.get(form, "E+P"),
    )
    for study in planted(150, form=form, slopes={"delivery": 4}):
        # Where two or three respondents alone carry a term of a surface, it is refused.
        with suppress(cx.ModelError):
            fit = cx.fit_gap(study, "delivery", outcome="loyalty", form=model)
            results.append(judged(fit.tidy().set_index("term"), pd.Series(truth, dtype=float)))
    assert len(results) >= 0.98 * STUDIES
    assert_honest(results)


@pytest.mark.slow
def test_slopes_among_users_where_many_never_used_the_touchpoint():
    results = []
    for study in planted(600, STUDIES // 2, design="retail"):
        truth = study.truth[study.truth["quantity"] == "experience"].set_index("touchpoint")[
            "coefficient"
        ]
        tidy = cx.fit_loyalty(study, outcome="loyalty", missing="usage").tidy()
        tidy = tidy[tidy["term"] == tidy["touchpoint"]].set_index("touchpoint")
        results.append(judged(tidy, truth))
    assert_honest(results)


@pytest.mark.slow
def test_where_expectations_come_from():
    """The weights are exact in the whole ratings as answered, so neither inertia nor carry-over may
    come out attenuated.
    """
    results, sources = [], ["word_of_mouth", "market"]
    for study in planted(450, design="panel"):
        coefficients = study.truth.set_index("quantity")["coefficient"]
        truth = coefficients[["previous_expectation", "previous_experience", *sources]]
        tidy = cx.gap.expectation_sources(study, "app", sources=sources).tidy().set_index("term")
        results.append(judged(tidy, truth))
    assert_honest(results)


@pytest.mark.slow
def test_gains_losses_and_their_ratio():
    results, truth = (
        [],
        pd.Series({"loss": 16 / 3, "gain": 8 / 3, "asymmetry": 8 / 3, "loss_ratio": 2.0}),
    )
    for study in planted(400, form="asymmetric", slopes={"website": 4}, noise=4):
        table = cx.disconfirmation(study, "website", outcome="loyalty", n_boot=0).set_index("term")
        # An interval of a ratio without ends holds everything or all but a gap; at this size it
        # should hardly happen.
        assert (table["note"] == "").all()
        results.append(judged(table, truth))
    table = pd.concat(results, keys=range(STUDIES))
    held = table["held"].groupby(level=1).mean()
    assert (np.abs(held - 0.95) < CHANCE * np.sqrt(0.95 * 0.05 / STUDIES)).all()
    slopes = table["error"].unstack()[["loss", "gain", "asymmetry"]]
    assert (slopes.mean().abs() < (CHANCE + 1) * slopes.std() / np.sqrt(STUDIES)).all()
    assert table["error"].unstack()["loss_ratio"].median() == pytest.approx(0, abs=0.1)
