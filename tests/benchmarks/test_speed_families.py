"""Ordinal and binary loyalty beside statsmodels in the same run. Nothing here asserts a time.

On 0–10 with 5,000 rows R's ordinal::clm takes 0.15 s of CPU, statsmodels' OrderedModel (bfgs) took
5.4.
"""

from __future__ import annotations

import statistics
import time
import warnings

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.models.loyalty.separation import separating_direction
from tests.stats.test_ordered import subset_log_likelihoods


def loyalty(p: int = 8, n: int = 5000) -> pd.DataFrame:
    """Ratings 1–7 at p touchpoints and 0–10 answers that spread over all eleven."""
    rng = np.random.default_rng(p)
    x = rng.integers(1, 8, (n, p))
    latent = x @ np.linspace(0.5, 0.05, p)
    answer = np.clip(
        np.round(7 + 1.3 * (latent - latent.mean()) / latent.std() + 1.5 * rng.normal(size=n)),
        0,
        10,
    )
    return pd.DataFrame(x, columns=[f"t{i}" for i in range(p)]).assign(
        y=answer.astype(int), weight=rng.uniform(0.5, 2, n), account=np.arange(n) // 10
    )


def study_of(frame: pd.DataFrame, **keys) -> cx.Study:
    points = {name: {"experience": name, "scale": "s"} for name in frame if name.startswith("t")}
    return cx.Study.from_frame(
        frame,
        points,
        {"y": {"kind": "nps", "column": "y"}},
        scales={"s": {"min": 1, "max": 7}},
        **keys,
    )


@pytest.mark.parametrize("categories", ["answers", "nps"])
def test_ordinal_against_ordered_model(figure, categories):
    """The same maximum by both; ours with every check, through the front door."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    study, ratios, ours = study_of(loyalty()), [], []
    fit = cx.fit_loyalty(study, family="ordinal", categories=categories)
    for _ in range(3):
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            peer = OrderedModel(fit.codes, fit.design.x.iloc[:, 1:], distr="logit").fit(
                method="bfgs", disp=0
            )
        middle = time.process_time()
        fit = cx.fit_loyalty(study, family="ordinal", categories=categories)
        ours.append(time.process_time() - middle)
        ratios.append((middle - start) / ours[-1])
    assert fit.log_likelihood >= peer.llf - 1e-6
    figure(
        f"fit_loyalty ordinal, {categories}, n = 5,000, 8 touchpoints: CPU seconds (clm on 0–10:"
        " 0.15)",
        statistics.median(ours),
    )
    figure(
        f"statsmodels OrderedModel (bfgs) / fit_loyalty ordinal, {categories} (CPU, median of"
        " pairs)",
        statistics.median(ratios),
    )


@pytest.mark.parametrize(
    ("name", "declared", "keys"),
    [
        ("ordinal", {}, {"family": "ordinal"}),
        ("probit", {}, {"family": "ordinal", "link": "probit"}),
        ("weighted", {"weight": "weight"}, {"family": "ordinal"}),
        ("clustered", {"account": "account"}, {"family": "ordinal"}),
        ("binary", {}, {"family": "binary"}),
        ("firth", {}, {"family": "binary", "penalty": "firth"}),
        ("mixed", {"account": "account"}, {"family": "mixed"}),
        ("ols", {}, {"family": "ols"}),
    ],
)
def test_families(benchmark, name, declared, keys):
    """5,000 rows, 12 touchpoints, 0–10, through the front door."""
    study = study_of(loyalty(12), **declared)
    fit = benchmark(cx.fit_loyalty, study, **keys)
    benchmark.extra_info["family"] = fit.model


def test_parallel_lines(benchmark):
    """Nine more slopes freed for each of 8 touchpoints in turn, and for all."""
    fit = cx.fit_loyalty(study_of(loyalty()), family="ordinal")
    benchmark(cx.drivers.parallel_lines, fit)


def test_firth_profile(benchmark):
    """The ends of 13 profiles."""
    fit = cx.fit_loyalty(study_of(loyalty(12)), family="binary", penalty="firth")
    benchmark(fit.tidy)


def test_separation(benchmark):
    """The linear programme on 11 answers of 5,000 rows: run only where a fit leaves a doubt."""
    frame = loyalty()
    x = frame[[name for name in frame if name.startswith("t")]].to_numpy(float)
    benchmark(separating_direction, x, frame["y"].to_numpy(), 11)


@pytest.mark.parametrize("p", [8, 10])
def test_likelihood_of_all_subsets(benchmark, p):
    """2^p maxima of the 0–10 likelihood, 5,000 rows: what dominance of McFadden's R² needs."""
    frame = loyalty(p)
    x = frame[[name for name in frame if name.startswith("t")]].to_numpy(float)
    found = benchmark.pedantic(
        subset_log_likelihoods,
        (x, frame["y"].to_numpy(), 11, [[j] for j in range(p)], []),
        rounds=1,
    )
    assert found[-1] == found.max()
