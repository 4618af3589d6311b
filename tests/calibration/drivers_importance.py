"""Importance: what its bootstrap intervals cover, as it is, and how often twelve touchpoints that
matter nothing give a driver.

Every function answers for one study of a seed of its own, through the front door; `run.py` runs
them in several processes.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]

from gap import ratings, sampling_weights  # noqa: E402
from harness import ONE_SIDED, QUICK, Kind  # noqa: E402

import cxlab as cx  # noqa: E402

DRAWS = 999
# Outcome units per scale point: two that matter, two that matter little, one hardly, one not at
# all.
SLOPES = np.array([0.5, 0.35, 0.2, 0.15, 0.05, 0.0])
NOISE = 1.6
NULLS = 12
ACCOUNTS = 10
SIZES = (150, 500)
STUDIES = ("ols", "weighted", "related", "clustered", "usage", "ordinal", "binary")


def drawn(rng: np.random.Generator, n: int, kind: str, slopes: np.ndarray) -> pd.DataFrame:
    """Ratings t0…, outcome y, weights w and accounts as the kind of study has them. y is a score,
    an answer on 0–10, or 0/1.
    """
    x = ratings(rng, n, len(slopes), (4.5,))
    frame = pd.DataFrame(x, columns=[f"t{i}" for i in range(len(slopes))])
    account = np.arange(n) // ACCOUNTS
    shared = rng.normal(size=account.max() + 1)[account] if kind == "clustered" else 0.0
    noise = (
        rng.logistic(scale=NOISE * np.sqrt(3) / np.pi, size=n)
        if kind in ("ordinal", "binary")
        else NOISE * rng.normal(size=n)
    )
    latent = (x - 4.5) @ slopes + noise + shared
    frame["y"] = (
        np.clip(np.round(6.5 + latent), 0, 10)
        if kind == "ordinal"
        else (latent > 0).astype(float)
        if kind == "binary"
        else latent
    )
    if kind == "usage":
        # A third has not met the first touchpoint, whose rating then moves nothing.
        gone = rng.random(n) < 1 / 3
        frame.loc[gone, "y"] -= slopes[0] * (frame.loc[gone, "t0"] - 4.5)
        frame.loc[gone, "t0"] = np.nan
    weights = sampling_weights(
        rng, {"weighted": "independent", "related": "related"}.get(kind, "none"), x[:, 0]
    )
    return frame.assign(w=1.0 if weights is None else weights, account=account)


def study_of(frame: pd.DataFrame, kind: str) -> cx.Study:
    names = [name for name in frame if name.startswith("t")]
    keys = (
        {"weight": "w"}
        if kind in ("weighted", "related")
        else {"account": "account"}
        if kind == "clustered"
        else {}
    )
    scales = {
        "s": {"min": 1, "max": 7, "blank": "not_used"},
        "y": {"min": -1e6, "max": 1e6, "whole": False},
    }
    outcome = {
        "ordinal": {"kind": "nps", "column": "y"},
        "binary": {"kind": "binary", "column": "y"},
    }.get(kind, {"kind": "score", "column": "y", "scale": "y"})
    used = frame[[*names, "y", *keys.values()]]
    return cx.Study.from_frame(
        used,
        {name: {"experience": name, "scale": "s"} for name in names},
        {"y": outcome},
        scales=scales,
        **keys,
    )


def fitted(frame: pd.DataFrame, kind: str) -> cx.Fit:
    return cx.fit_loyalty(
        study_of(frame, kind), family=kind if kind in ("ordinal", "binary") else "ols"
    )


@cache
def truth(kind: str, method: str) -> tuple[float, ...]:
    """The shares in a population of 200,000 (400,000 for least squares), which is what the
    intervals are to hold.
    """
    size = 200_000 if kind in ("ordinal", "binary") else 400_000
    size //= 10 if QUICK in os.environ else 1
    big = drawn(np.random.default_rng(1), size, kind, SLOPES)
    shares = cx.importance(fitted(big, kind), method, n_boot=0).set_index("touchpoint")["share"]
    return tuple(shares[f"t{i}"] for i in range(len(SLOPES)))


def one_coverage(seed: int, n: int, study: str, method: str) -> list[float]:
    """Is each true share held by its 95 % interval, and each true relative share by its own? NaN
    where the ranking is refused as noise.
    """
    frame = drawn(np.random.default_rng(seed), n, study, SLOPES)
    true = np.array(truth(study, method))
    try:
        table = cx.importance(fitted(frame, study), method, n_boot=DRAWS, seed=seed)
    except cx.ModelError:
        return [np.nan] * (2 * len(SLOPES))
    table = table.set_index("touchpoint").loc[[f"t{i}" for i in range(len(SLOPES))]]
    relative = true / true.sum()
    held = (table["conf_low"] <= true) & (true <= table["conf_high"])
    held_relative = (table["relative_low"] <= relative) & (relative <= table["relative_high"])
    return [*held.astype(float), *held_relative.astype(float)]


def one_false_driver(seed: int, n: int, study: str) -> list[float]:
    """Twelve touchpoints that matter nothing: is there a table at all (a first place that could be
    read as a driver), and a sign in it?
    """
    frame = drawn(np.random.default_rng(seed), n, study, np.zeros(NULLS))
    try:
        table = cx.importance(fitted(frame, study), n_boot=0)
    except cx.ModelError as refusal:
        if "there is nothing to rank" not in str(refusal):
            raise
        return [0.0, 0.0]
    return [1.0, float((table["sign"] != "?").any())]


NAMES = [f"t{i}" for i in range(len(SLOPES))]
KINDS = {
    "importance_coverage": Kind(
        one_coverage,
        {f"covered {t}": None for t in NAMES} | {f"relative {t}": None for t in NAMES},
        "Coverage of importance's 95 % bootstrap intervals, as it is",
    ),
    "false_driver": Kind(
        one_false_driver,
        {"a ranking": ONE_SIDED, "a sign": ONE_SIDED},
        "Twelve touchpoints that matter nothing: studies with a ranking at all, and with a sign",
    ),
}


def cells() -> list[dict]:
    coverage = [
        {"kind": "importance_coverage", "study": kind, "n": n, "method": "lmg"}
        for kind in ("ols", "weighted", "clustered", "usage")
        for n in SIZES
    ]
    coverage += [
        {"kind": "importance_coverage", "study": study, "n": 500, "method": method}
        for study, method in (("ols", "johnson"), ("binary", "lmg"))
    ]
    return coverage + [
        {"kind": "false_driver", "study": kind, "n": n} for kind in STUDIES for n in SIZES
    ]
