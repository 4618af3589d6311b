"""A study of a million answers: the loyalty model and its importance beside what libraries take for
the same, and effects at 100,000. Nothing here asserts a time.

Peers, in the same run: statsmodels' OLS with HC2 errors on arrays that are ready, and a bootstrap
of rows by the same cross-products, 50 resamples of it scaled to 1,000.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

ROWS, TOUCHPOINTS, N_BOOT, FEW = 1_000_000, 12, 1_000, 50


def study_of(n: int, unused: float = 0.0, an_account: int = 0) -> cx.Study:
    """Whole ratings 1–7 and 0–10 answers; some never used a touchpoint; so many an account."""
    rng = np.random.default_rng(0)
    latent = 4.5 + 0.9 * rng.normal(size=(n, 1)) + 1.1 * rng.normal(size=(n, TOUCHPOINTS))
    rated = np.clip(np.round(latent), 1, 7)
    y = 7 + (rated - 4.5) @ np.linspace(0.3, 0.02, TOUCHPOINTS) + 1.5 * rng.normal(size=n)
    rated[:, ::3][rng.random(rated[:, ::3].shape) < unused] = 8
    frame = pd.DataFrame(rated.astype(np.int8), columns=[f"t{j}" for j in range(TOUCHPOINTS)])
    frame["nps"] = np.clip(np.round(y), 0, 10).astype(np.int8)
    if an_account:
        frame["account"] = rng.integers(0, n // an_account, n)
    return cx.Study.from_frame(
        frame,
        {t: {"experience": t, "scale": "s"} for t in frame if t.startswith("t")},
        {"recommend": {"kind": "nps", "column": "nps"}},
        scales={"s": {"min": 1, "max": 7, "not_used": [8]}},
        **({"account": "account"} if an_account else {}),
    )


@pytest.fixture(scope="module")
def million():
    return study_of(ROWS)


def test_fit_of_a_million(benchmark, million):
    """Asked: 4 CPU seconds."""
    benchmark.pedantic(cx.fit_loyalty, (million,), rounds=3, warmup_rounds=1)


@pytest.mark.parametrize(("unused", "an_account"), [(0.2, 0), (0.0, 4)])
def test_fit_of_a_million_who_differ(benchmark, unused, an_account):
    """A third of the touchpoints with usage coding; CR2 errors of 250,000 accounts."""
    study = study_of(ROWS, unused, an_account)
    benchmark.pedantic(cx.fit_loyalty, (study,), rounds=3, warmup_rounds=1)


def test_fit_of_a_million_against_statsmodels(figure, million):
    import statsmodels.api as sm

    fit = cx.fit_loyalty(million)
    x, y = fit.design.x.to_numpy(), fit.design.y.to_numpy()
    ratios = []
    for _ in range(3):
        start = time.process_time()
        peer = sm.OLS(y, x).fit(cov_type="HC2").bse
        middle = time.process_time()
        cx.fit_loyalty(million)
        ratios.append((time.process_time() - middle) / (middle - start))
    assert peer == pytest.approx(np.sqrt(np.diag(fit.cov)), rel=1e-9)
    figure(
        "fit_loyalty of 12 touchpoints / statsmodels OLS with HC2 on ready arrays, n = 1,000,000"
        " (CPU, median of 3 pairs)",
        statistics.median(ratios),
    )


def test_importance_of_a_million(benchmark, million):
    """LMG with 1,000 bootstraps; asked: 10 CPU seconds."""
    fit = cx.fit_loyalty(million)
    benchmark.pedantic(
        cx.importance, (fit,), {"n_boot": N_BOOT, "seed": 1}, rounds=3, warmup_rounds=1
    )


def test_importance_of_a_million_against_resampling_rows(figure, million):
    """Counts of single rows times the products of each, as below 50,000 rows."""
    from cxlab.stats.resampling import product_resamples, unit_products

    fit = cx.fit_loyalty(million)
    start = time.process_time()
    products = unit_products(fit.columns(), None, None)
    middle = time.process_time()
    assert sum(map(len, product_resamples(products, TOUCHPOINTS + 1, FEW, 1))) == FEW
    rows = (time.process_time() - middle) * N_BOOT / FEW + middle - start
    start = time.process_time()
    cx.importance(fit, n_boot=N_BOOT, seed=1)
    figure(
        f"{N_BOOT:,} resamples of single rows / importance with {N_BOOT:,} resamples of bags,"
        " n = 1,000,000 (CPU)",
        rows / (time.process_time() - start),
    )


def test_effects_of_a_hundred_thousand(benchmark):
    """On the outcome, and in NPS points by a linear and an ordinal model; asked: 3 CPU seconds."""
    fit = cx.fit_loyalty(study_of(ROWS // 10))
    benchmark.pedantic(cx.effects, (fit,), rounds=3, warmup_rounds=1)


def test_change_of_a_million_by_touchpoints(benchmark):
    """Two waves of 500,000, 1,000 resamples."""
    study = study_of(ROWS)
    text = study.responses.assign(wave=np.tile(["2025", "2026"], ROWS // 2))
    study = cx.Study.from_frame(
        text,
        {t: {"experience": t, "scale": "s"} for t in study.touchpoints["touchpoint"]},
        {"recommend": {"kind": "nps", "column": "nps"}},
        scales={"s": {"min": 1, "max": 7, "not_used": [8]}},
        wave="wave",
    )
    benchmark.pedantic(
        cx.waves.decompose_change, (study, "recommend"), {"n_boot": N_BOOT}, rounds=1
    )
