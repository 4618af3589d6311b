"""The test before every ranking: its definition, what must not change it, and that chance is not
called an effect.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlab as cx
from cxlab.models.importance.joint_test import joint_p_value
from cxlab.stats.inference import hotelling
from tests.many import parts, stacked


def drawn(seed=0, n=150, p=4, slope=0.0, kind="score") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 8, (n, p)).astype(float)
    latent = slope * x.sum(axis=1) + rng.normal(size=n)
    y = {
        "score": latent,
        "binary": (latent > np.median(latent)) * 1.0,
        "nps": np.clip(np.round(5 + 2 * latent), 0, 10),
    }[kind]
    return pd.DataFrame(x, columns=[f"t{i}" for i in range(p)]).assign(
        y=y, w=rng.lognormal(0, 0.5, n), account=np.arange(n) // 5
    )


def study_of(frame, kind="score", **keys) -> cx.Study:
    scales = {"s": {"min": 1, "max": 7}, "y": {"min": -1e3, "max": 1e3, "whole": False}}
    outcome = {"kind": kind, "column": "y"} | ({"scale": "y"} if kind == "score" else {})
    points = {name: {"experience": name, "scale": "s"} for name in frame if name[0] == "t"}
    return cx.Study.from_frame(frame, points, {"y": outcome}, scales=scales, **keys)


def fitted(seed=0, n=150, p=4, slope=0.0, family="ols", kind="score", **keys) -> cx.Fit:
    return cx.fit_loyalty(study_of(drawn(seed, n, p, slope, kind), kind, **keys), family=family)


def test_one_term_is_the_one_sample_t_test_of_its_scores():
    fit = fitted(p=1, slope=0.02)
    x, y = fit.design.x["t0"], fit.design.y
    score = (x - x.mean()) * (y - y.mean())
    assert joint_p_value(fit, ["t0"]) == pytest.approx(stats.ttest_1samp(score, 0).pvalue, rel=1e-9)


def test_weights_and_accounts_enter_the_scores():
    """Weighted: means and residuals are weighted, and each score; accounts: their sums are what is
    tested.
    """
    fit = fitted(p=1, slope=0.02, weight="w")
    x, y, w = fit.design.x["t0"], fit.design.y, fit.design.weights
    score = w * (x - np.average(x, weights=w)) * (y - np.average(y, weights=w))
    assert joint_p_value(fit, ["t0"]) == pytest.approx(stats.ttest_1samp(score, 0).pvalue, rel=1e-9)
    fit = fitted(p=1, slope=0.02, account="account")
    x, y = fit.design.x["t0"], fit.design.y
    sums = ((x - x.mean()) * (y - y.mean())).groupby(fit.design.clusters).sum()
    assert len(sums) == 30 and joint_p_value(fit, ["t0"]) == pytest.approx(
        stats.ttest_1samp(sums, 0).pvalue, rel=1e-9
    )


def test_hotelling_equals_its_regression_form():
    """F of the regression of ones on the rows, whose sum of squares is not centred (statsmodels as
    witness).
    """
    import statsmodels.api as sm

    rows = np.random.default_rng(0).normal(0.2, 1, (40, 3))
    result = sm.OLS(np.ones(40), rows).fit()
    assert hotelling(rows) == pytest.approx(result.f_pvalue, rel=1e-9)


@pytest.mark.parametrize(
    ("family", "kind"), [("ols", "score"), ("binary", "binary"), ("ordinal", "nps")]
)
def test_units_of_ratings_and_held_terms(family, kind):
    """Rescaled and shifted ratings give the same p; what is held is taken from both sides (Frisch &
    Waugh).
    """
    fit = fitted(slope=0.1, family=family, kind=kind)
    whole = joint_p_value(fit, ["t0", "t1", "t2", "t3"])
    x = fit.design.x.assign(t1=lambda f: 1000 * f["t1"] - 5)
    from dataclasses import replace

    moved = replace(fit, design=replace(fit.design, x=x))
    assert joint_p_value(moved, ["t0", "t1", "t2", "t3"]) == pytest.approx(whole, rel=1e-6)
    turned = replace(
        fit, design=replace(fit.design, x=fit.design.x.assign(t0=lambda f: f["t0"] + 3 * f["t3"]))
    )
    assert joint_p_value(turned, ["t0", "t1"]) == pytest.approx(
        joint_p_value(fit, ["t0", "t1"]), rel=1e-6
    )


@pytest.mark.parametrize(
    ("family", "kind", "keys"),
    [
        ("ols", "score", {}),
        ("ols", "score", {"weight": "w"}),
        ("ols", "binary", {}),
        ("binary", "binary", {"weight": "w"}),
        ("ordinal", "nps", {"account": "account"}),
    ],
)
def test_chance_is_called_an_effect_in_about_one_of_twenty(family, kind, keys):
    """Sixty studies: more than 8 (13 %) would happen to a 5 % test once in 250 times. Wald's test
    on linearised errors: 25 % with weights and 12 terms.
    """
    whole = study_of(stacked([drawn(seed, 100, 4, kind=kind) for seed in range(60)]), kind, **keys)
    small = sum(
        joint_p_value(cx.fit_loyalty(study, family=family), [f"t{i}" for i in range(4)]) < 0.05
        for study in parts(whole, 60)
    )
    assert small <= 8


def test_an_effect_is_found():
    assert joint_p_value(fitted(slope=0.2), [f"t{i}" for i in range(4)]) < 1e-4


def test_few_accounts_are_tested_term_by_term():
    rows = np.random.default_rng(1).normal(size=(6, 8))
    smallest = min(stats.ttest_1samp(rows[:, j], 0).pvalue for j in range(8))
    assert hotelling(rows) == pytest.approx(min(1, 8 * smallest))


def test_a_fit_without_rows_gives_its_own_test():
    fit = fitted(slope=0.05)
    frame = fit.design.x.drop(columns="intercept").assign(y=fit.design.y)
    summed = cx.fit_moments(cx.drivers.Moments.from_frame(frame), "y")
    _, p_value, _ = summed.wald(np.eye(5)[1:])
    assert joint_p_value(summed, ["t0", "t1", "t2", "t3"]) == p_value
    assert joint_p_value(summed, ["t1"]) == pytest.approx(
        summed.tidy().set_index("term").loc["t1", "p_value"]
    )
