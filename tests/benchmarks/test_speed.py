"""How long the house takes, beside its peers in the same run. `make bench` prints it; nothing here
asserts a time.

CPU time (`time.process_time`), because the machines are shared; whole processes are compared as
ratios of paired runs.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.show.disclosure.register import Register

PEER_IMPORT = "import statsmodels.api, seaborn"


def drivers(p: int, n: int = 5000) -> pd.DataFrame:
    rng = np.random.default_rng(p)
    x = rng.normal(size=(n, p)) + 0.7 * rng.normal(size=(n, 1))
    y = x @ np.linspace(0.6, 0.05, p) + rng.normal(size=n)
    return pd.DataFrame(x, columns=[f"t{i}" for i in range(p)]).assign(y=y)


def fitted(p: int) -> cx.Fit:
    frame = drivers(p)
    scales = {"any": {"min": -100, "max": 100, "whole": False}}
    points = {name: {"experience": name} for name in frame if name != "y"}
    return cx.fit_loyalty(
        cx.Study.from_frame(frame, points, {"y": {"kind": "score", "column": "y"}}, scales=scales)
    )


def cpu_of(code: str) -> float:
    """User and system seconds of a fresh interpreter that runs `code`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_import(figure):
    """`import cxlab` against `import statsmodels.api, seaborn`, run in turn; both with the
    interpreter's own start.
    """
    pairs = [(cpu_of("import cxlab"), cpu_of(PEER_IMPORT)) for _ in range(9)]
    figure(
        "import cxlab / import statsmodels.api, seaborn (CPU, median of 9 pairs)",
        statistics.median(a / b for a, b in pairs),
    )


@pytest.mark.parametrize("p", [10, 12, 15, 18, 20])
def test_lmg_exact(benchmark, p):
    """Exact LMG from the covariance matrix. R's relaimpo: 0.14 / 0.49 / 4.0 / 35 / 162 s."""
    covariance = cx.drivers.Moments.from_frame(drivers(p)).covariance
    shares = benchmark(cx.drivers.lmg, covariance)
    benchmark.extra_info["sums to R²"] = bool(np.isclose(shares.sum(), fitted(p).r_squared))


def test_lmg_exact_25(benchmark):
    """The largest that is allowed."""
    benchmark.pedantic(
        cx.drivers.lmg, args=(cx.drivers.Moments.from_frame(drivers(25)).covariance,), rounds=1
    )


@pytest.mark.parametrize(("p", "n_boot"), [(8, 1000), (10, 1000), (12, 2000)])
def test_lmg_bootstrap(benchmark, p, n_boot):
    """Intervals and rank certainty at n = 5,000. relaimpo's 1,000 replicates: 44 s at 8, 131 s at
    10 drivers.
    """
    fit = fitted(p)
    benchmark(cx.importance, fit, n_boot=n_boot, seed=1)


def gap_study(n: int = 2000) -> cx.Study:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"e": rng.integers(1, 8, n), "p": rng.integers(1, 8, n)})
    frame["y"] = frame["p"] - 0.2 * (frame["p"] - frame["e"]) ** 2 + rng.normal(size=n)
    scales = {"s": {"min": 1, "max": 7}, "y": {"min": -100, "max": 100, "whole": False}}
    points = {"t": {"expectation": "e", "experience": "p", "scale": "s"}}
    return cx.Study.from_frame(
        frame, points, {"y": {"kind": "score", "column": "y", "scale": "y"}}, scales=scales
    )


def test_surface_bootstrap(benchmark):
    """5,000 bootstrap surfaces at n = 2,000, percentile and BCa. R's RSA: 71 s for 1,000."""
    benchmark(cx.surface, cx.fit_gap(gap_study()), n_boot=5000, seed=1)


def test_surface_bootstrap_against_refits(figure):
    """The same 5,000 against loops of statsmodels OLS refits of resampled rows, 100 of them scaled
    to 5,000: on ready arrays, the least that such a loop can cost, and by formula on a resampled
    frame, as it is usually written.
    """
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    fit = cx.fit_gap(gap_study())
    x, y = fit.design.x.to_numpy(), fit.design.y.to_numpy()
    frame = pd.DataFrame({"e": x[:, 1], "p": x[:, 2], "y": y})
    rng, refits = np.random.default_rng(1), 100

    def arrays() -> None:
        for _ in range(refits):
            rows = rng.integers(0, len(y), len(y))
            b = sm.OLS(y[rows], x[rows]).fit().params
            b[1] + b[2], b[3] + b[4] + b[5], b[1] - b[2], b[3] - b[4] + b[5], b[3] - b[5]

    def formulas() -> None:
        for _ in range(refits):
            rows = rng.integers(0, len(y), len(y))
            b = (
                smf.ols("y ~ e + p + I(e**2) + I(e*p) + I(p**2)", frame.iloc[rows])
                .fit()
                .params.to_numpy()
            )
            b[1] + b[2], b[3] + b[4] + b[5], b[1] - b[2], b[3] - b[4] + b[5], b[3] - b[5]

    for name, loop in (("arrays", arrays), ("formula", formulas)):
        ratios = []
        for _ in range(5):
            start = time.process_time()
            loop()
            middle = time.process_time()
            cx.surface(fit, n_boot=5000, seed=1)
            ratios.append((middle - start) * 5000 / refits / (time.process_time() - middle))
        figure(
            f"5,000 statsmodels OLS refits ({name}) / 5,000 bootstrap surfaces, n = 2,000 (CPU,"
            " median of 5 pairs)",
            statistics.median(ratios),
        )


@pytest.mark.parametrize("repeats", [0, 10])
def test_contest_of_forms(benchmark, repeats):
    """14 forms at n = 2,000, without cross-validation and with 10 × 10 folds. R's RSA(): 7.4 s for
    its 14.
    """
    benchmark(cx.compare_gap_forms, gap_study(), repeats=repeats)


def test_kiosk_all_touchpoints(benchmark, shared, root):
    """Every touchpoint of the kiosk survey with a gap: the whole contest and 5,000 bootstrap
    surfaces each.
    """
    study = cx.read_study(root / "tests" / "studies" / "kiosk", allow_outside=shared)
    points = study.touchpoints
    names = list(points.loc[points["expectation"] & points["experience"], "touchpoint"])

    def everything() -> int:
        return sum(
            len(cx.compare_gap_forms(study, name))
            + len(cx.surface(cx.fit_gap(study, name), n_boot=5000))
            for name in names
        )

    benchmark.pedantic(everything, rounds=3, warmup_rounds=1)
    benchmark.extra_info["touchpoints"] = len(names)


@pytest.mark.parametrize("protect", ["groups", "answers"])
def test_disclosure_of_five_splits(benchmark, protect):
    """What of an outcome by five splits of 20,000 respondents may be shown."""
    rng = np.random.default_rng(1)
    splits = {
        f"s{levels}": rng.choice(levels, 20_000, p=rng.dirichlet(np.ones(levels))).astype(str)
        for levels in (2, 6, 14, 30, 8)
    }
    nps = rng.choice(11, 20_000, p=[0.01] * 7 + [0.13, 0.2, 0.3, 0.3])
    study = cx.Study.from_frame(
        pd.DataFrame(splits | {"nps": nps}),
        {},
        {"recommend": {"kind": "nps", "column": "nps"}},
        segments=[*splits],
        report={"protect": protect},
    )
    states = benchmark.pedantic(
        lambda: Register(study).states("recommend", ("outcome",)), rounds=3, iterations=1
    )
    assert len(states) > 50
