"""Importance: exact shares beside pingouin's relimp in the same run, bootstraps, and the dominance
of a likelihood. Nothing here asserts a time.

R's peers took, in CPU seconds at n = 5,000: relaimpo's LMG 0.14 / 0.49 / 4.0 / 35 / 162 at 10 / 12
/ 15 / 18 / 20 drivers, its 1,000 bootstraps 44 / 131 at 8 / 10; rwa's 1,000 bootstraps at 12
drivers 110; domir of an ordinal model's McFadden R², 6 drivers, n = 2,000: 5.5.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from test_speed import drivers, fitted

import cxlab as cx

PEAK = """
import resource, sys
sys.path.insert(0, {here!r})
import cxlab as cx
from test_speed import drivers
covariance = cx.drivers.Moments.from_frame(drivers(25)).covariance
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
cx.drivers.lmg(covariance)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, before / 2**20)
"""


@pytest.mark.parametrize("p", [12, 15])
def test_lmg_against_pingouin(figure, p):
    """pingouin solves each of the 2^p subsets (`linear_regression(relimp=True)` calls this); both
    start from the correlation matrix.
    """
    from pingouin.regression import _relimp

    frame = drivers(p)
    names = ["y", *(name for name in frame if name != "y")]
    correlation = frame[names].corr()
    ours = correlation.to_numpy()[np.r_[1 : p + 1, 0]][:, np.r_[1 : p + 1, 0]]
    cx.drivers.lmg(ours)
    ratios = []
    for _ in range(5 if p == 12 else 3):
        start = time.process_time()
        peer = _relimp(correlation)
        middle = time.process_time()
        shares = cx.drivers.lmg(ours)
        ratios.append((middle - start) / (time.process_time() - middle))
    assert shares == pytest.approx(peer["relimp"], abs=1e-10)
    figure(
        f"pingouin relimp / cxlab LMG, {p} drivers (CPU, median of pairs)",
        statistics.median(ratios),
    )


def test_lmg_25_peak(figure):
    """Memory of the largest exact LMG, in a process of its own."""
    from pathlib import Path

    run = subprocess.run(
        [sys.executable, "-c", PEAK.format(here=str(Path(__file__).parent))],
        check=True,
        capture_output=True,
        text=True,
    )
    peak, before = map(float, run.stdout.split())
    figure("exact LMG, 25 drivers: peak memory of the process, GiB", peak)
    figure("the same process before", before)


@pytest.mark.parametrize("method", ["johnson", "pratt", "beta", "zero_order"])
def test_bootstrap_by_other_methods(benchmark, method):
    """1,000 resamples at 12 drivers, n = 5,000. rwa's 1,000 bootstraps: 110 s."""
    benchmark.pedantic(
        cx.importance,
        args=(fitted(12),),
        kwargs={"method": method, "n_boot": 1000, "seed": 1},
        rounds=3,
        warmup_rounds=1,
    )


@pytest.mark.parametrize("p", [15, 16, 20])
def test_lmg_bootstrap_of_many_drivers(benchmark, p):
    """2,000 resamples, n = 5,000: up to 15 drivers every subset of each, above by orders of the
    drivers.
    """
    benchmark.pedantic(
        cx.importance, args=(fitted(p),), kwargs={"n_boot": 2000, "seed": 1}, rounds=1
    )


def test_dominance_of_pairs(benchmark):
    """Complete, conditional and general dominance of all pairs of 12 drivers, 1,000 resamples. R's
    domir without any resample: 34 s.
    """
    benchmark.pedantic(
        cx.drivers.dominance, args=(fitted(12),), kwargs={"n_boot": 1000, "seed": 1}, rounds=3
    )


def ordinal(p: int, n: int = 5000, categories: int = 11) -> cx.Fit:
    """Whole 1–7 ratings and an answer on 0–10."""
    rng = np.random.default_rng(p)
    x = np.clip(
        np.round(
            4.5
            + 1.4
            * (np.sqrt(0.6) * rng.normal(size=(n, p)) + np.sqrt(0.4) * rng.normal(size=(n, 1)))
        ),
        1,
        7,
    )
    latent = x @ np.linspace(0.6, 0.05, p) + rng.logistic(size=n)
    frame = pd.DataFrame(x, columns=[f"t{i}" for i in range(p)]).assign(
        y=np.digitize(latent, np.quantile(latent, np.linspace(0, 1, categories + 1)[1:-1]))
    )
    points = {f"t{i}": {"experience": f"t{i}", "scale": "s"} for i in range(p)}
    study = cx.Study.from_frame(
        frame, points, {"y": {"kind": "nps", "column": "y"}}, scales={"s": {"min": 1, "max": 7}}
    )
    return cx.fit_loyalty(study, family="ordinal")


@pytest.mark.parametrize(("p", "n_boot"), [(8, 0), (8, 1000), (10, 0), (12, 0), (12, 1000)])
def test_dominance_of_ordinal_likelihood(benchmark, p, n_boot):
    """Shares of McFadden's R², n = 5,000, 11 answers: exact at 8 and 10 drivers (256 and 1,024
    fits), sampled orders at 12.
    """
    fit = ordinal(p)
    shares = benchmark.pedantic(
        cx.importance, args=(fit,), kwargs={"n_boot": n_boot, "seed": 1}, rounds=1
    )
    benchmark.extra_info["sums to R²"] = bool(np.isclose(shares["share"].sum(), fit.r_squared))
    if "mc_error" in shares:
        benchmark.extra_info["largest sampling error / mean share"] = float(
            shares["mc_error"].max() / shares["share"].mean()
        )
