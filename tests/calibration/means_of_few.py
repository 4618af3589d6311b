"""Means, shares and Net Promoter Scores of few or uneven accounts, of uneven weights, and their
differences.

Answers of one account go together by a random effect of this intraclass correlation: normal for
means, beta and Dirichlet for shares and scores, whose expectation is then the truth. Weights are
lognormal and independent of the answers. `width` is in widths of the interval that knows the error.
"""

import numpy as np
import pandas as pd
from harness import COVERAGE, ONE_SIDED, Kind, Mean

import cxlab as cx

ACCOUNTS = {
    "6x20": [20] * 6,
    "5x24": [24] * 5,
    "15x8": [8] * 15,
    "40+8x10": [40] + [10] * 8,
    "60/20/10/5x5/3/2": [60, 20, 10, *[5] * 5, 3, 2],
}
# Promoters, passives, detractors; of a share metric those who did are the promoters.
ANSWERS = {"usual": (0.6, 0.25, 0.15), "80": (0.8, 0.15, 0.05), "none": (0.8, 0.2, 0.0)}
CODES = {"nps": (10, 8, 3), "csat": (7, 4, 4)}
METRIC = {"nps": "nps", "csat": "csat_top2", "score": "score_mean"}


def study_of(frame: pd.DataFrame, kind: str, **keys: object) -> cx.Study:
    """A study of one outcome `y` of this kind."""
    scales = {"s": {"min": 1, "max": 7}, "free": {"min": -99, "max": 99, "whole": False}}
    scale = {"csat": {"scale": "s"}, "score": {"scale": "free"}}.get(kind, {})
    outcome = {"y": {"kind": kind, "column": "y"} | scale}
    point = {"t": {"experience": "p", "scale": "s"}}
    return cx.Study.from_frame(frame.assign(p=4), point, outcome, scales=scales, **keys)


def drawn(rng: np.random.Generator, sizes: list[int], icc: float, kind: str, answers: str):
    """Answers account by account."""
    if kind == "score":
        effects = rng.normal(0, np.sqrt(icc), len(sizes))
        return np.repeat(effects, sizes) + rng.normal(0, np.sqrt(1 - icc), sum(sizes))
    p = np.array(ANSWERS[answers])
    p_of = (
        rng.dirichlet(np.maximum(p, 1e-9) * (1 - icc) / icc, len(sizes))
        if icc
        else [p] * len(sizes)
    )
    return np.concatenate(
        [rng.choice(CODES[kind], size=n, p=one) for one, n in zip(p_of, sizes, strict=True)]
    )


def _truth(kind: str, answers: str) -> tuple[float, float]:
    """Expectation of the metric, and the variance of one answer's part in it."""
    if kind == "score":
        return 0.0, 1.0
    up, _, down = ANSWERS[answers]
    if kind == "csat":
        return up, up * (1 - up)
    return 100 * (up - down), 1e4 * (up + down - (up - down) ** 2)


def _held(study: cx.Study, kind: str, truth: float, variance: float) -> list[float]:
    try:
        table = cx.metrics(study, "y").set_index("metric")
    except cx.ModelError:
        return [np.nan, np.nan]
    row = table.loc[METRIC[kind]]
    low, high = row["conf_low"], row["conf_high"]
    return [float(low <= truth <= high), (high - low) / (2 * 1.959964 * np.sqrt(variance))]


def clustered(seed: int, *, outcome: str, accounts: str, icc: float, answers: str) -> list[float]:
    """Whether the interval holds the truth, and its width."""
    sizes, rng = ACCOUNTS[accounts], np.random.default_rng(seed)
    y = drawn(rng, sizes, icc, outcome, answers)
    frame = pd.DataFrame({"y": y, "a": np.repeat([f"a{i}" for i in range(len(sizes))], sizes)})
    truth, one = _truth(outcome, answers)
    h = np.array(sizes) / sum(sizes)
    variance = one * (h**2 @ (icc + (1 - icc) / np.array(sizes)))
    return _held(study_of(frame, outcome, account="a"), outcome, truth, variance)


def weighted(seed: int, *, outcome: str, n: int, sigma: float, answers: str) -> list[float]:
    """The same with lognormal weights, drawn again until they count as eight or more."""
    rng, kish = np.random.default_rng(seed), 0.0
    while kish < 8:
        w = np.exp(sigma * rng.normal(size=n))
        kish = w.sum() ** 2 / (w @ w)
    frame = pd.DataFrame({"y": drawn(rng, [1] * n, 0.0, outcome, answers), "w": w})
    truth, one = _truth(outcome, answers)
    study = study_of(frame, outcome, weight={"column": "w", "kind": "sampling"})
    return _held(study, outcome, truth, one / kish)


def compared(seed: int, *, outcome: str, sizes: str, answers: str) -> list[float]:
    """Of groups that do not differ: whether any pair is said to after Holm, and the first pair's
    own test.
    """
    rng, counts = np.random.default_rng(seed), [int(n) for n in sizes.split("/")]
    y = drawn(rng, [sum(counts)], 0.0, outcome, answers)
    frame = pd.DataFrame({"y": y, "g": np.repeat([f"g{i}" for i in range(len(counts))], counts)})
    table = cx.differences(study_of(frame, outcome, segments=["g"]), "y", by="g")
    table = table[table["metric"] == METRIC[outcome]]
    first = table[(table["lower"].isin(["g0", "g1"])) & (table["higher"].isin(["g0", "g1"]))]
    return [float((table["p_holm"] < 0.05).any()), float(first["p_value"].iloc[0] < 0.05)]


KINDS = {
    "mean_of_few_accounts": Kind(
        clustered, {"covered": COVERAGE, "width": Mean()}, "Intervals of few or uneven accounts"
    ),
    "mean_of_uneven_weights": Kind(
        weighted, {"covered": COVERAGE, "width": Mean()}, "Intervals with uneven weights"
    ),
    "differences": Kind(
        compared, {"any_holm": ONE_SIDED, "rejected": ONE_SIDED}, "True nulls between groups"
    ),
}


def cells() -> list[dict]:
    kinds = [("score", "usual"), ("csat", "usual"), ("csat", "80"), ("nps", "usual"), ("nps", "80")]
    of_accounts = [
        {"kind": "mean_of_few_accounts", "outcome": outcome, "accounts": accounts, "icc": icc}
        | {"answers": answers}
        for accounts in ACCOUNTS
        for icc in (0.05, 0.2)
        for outcome, answers in kinds
    ]
    of_weights = [
        {"kind": "mean_of_uneven_weights", "outcome": outcome, "n": n, "sigma": sigma}
        | {"answers": answers}
        for n in (60, 200)
        for sigma in (0.5, 1.0, 2.0)
        for outcome, answers in kinds
    ]
    of_groups = [
        {"kind": "differences", "outcome": outcome, "sizes": sizes, "answers": answers}
        for sizes in ("60/45/30/15", "15/60", "10/100")
        for outcome, answers in (*kinds, ("nps", "none"))
    ]
    return of_accounts + of_weights + of_groups
