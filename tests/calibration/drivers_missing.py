"""Missing answers: do the 95 % intervals of usage coding and of multiple imputation hold the
planted slopes, whatever it is that refusal depends on?

Every function answers for one study of a seed of its own, through the front door; `run.py` runs
them in several processes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]

from gap import ratings, sampling_weights  # noqa: E402
from harness import Kind, of_slopes  # noqa: E402

import cxlab as cx  # noqa: E402

# On the latent scale, per scale point.
SLOPES = np.array([0.5, 0.3, 0.15, 0.0])
NAMES = [f"t{i}" for i in range(len(SLOPES))]
NOISE, SHARED = 1.6, 0.8
ACCOUNT_SIZE = 10
# Of those who answer well, this share is asked: their weight is its inverse.
KEPT = 0.4
UNUSED, REFUSED = 8, 9
# Which answers are missing: "unused" a third never met t0, the more the worse they rate t1; "mcar"
# 15 % of each rating refused; "mar" up to a third of t0…t2, by the outcome and t3; "both" unused
# and mar.
PATTERNS = {"unused": "usage", "mcar": "mice", "mar": "mice", "both": "mice"}
SAMPLES = ("plain", "weighted", "related", "selected", "clustered")


def drawn(rng: np.random.Generator, n: int, pattern: str, family: str, sample: str) -> pd.DataFrame:
    """Ratings with the codes of what is missing, outcome y, weights w and accounts."""
    count = 3 * n if sample == "selected" else n
    account = np.arange(count) // ACCOUNT_SIZE
    x = ratings(rng, count, len(SLOPES), (4.5,))
    if sample == "clustered":
        x = np.clip(x + np.round(rng.normal(size=(account.max() + 1, len(SLOPES)))[account]), 1, 7)
    centred = x - 4.5
    unused = np.zeros(x.shape, dtype=bool)
    if pattern in ("unused", "both"):
        unused[:, 0] = rng.random(count) < 1 / (1 + np.exp(0.7 + 0.4 * centred[:, 1]))
        centred = np.where(unused, 0.0, centred)
    noise = (
        rng.logistic(scale=NOISE * np.sqrt(3) / np.pi, size=count)
        if family != "ols"
        else NOISE * (0.7 + 0.15 * np.abs(x[:, 1] - 4)) * rng.normal(size=count)
    )
    y = centred @ SLOPES + noise
    if sample == "clustered":
        y = y + SHARED * rng.normal(size=account.max() + 1)[account]
    refused = np.zeros(x.shape, dtype=bool)
    if pattern == "mcar":
        refused = rng.random(x.shape) < 0.15
    if pattern in ("mar", "both"):
        tendency = 1 / (1 + np.exp(1.6 + 0.35 * y + 0.3 * centred[:, 3]))
        refused[:, :3] = rng.random((count, 3)) < tendency[:, None]
    answer = {
        "ols": y,
        "ordinal": np.clip(np.round(7.5 + y), 0, 10),
        "binary": (y > 0).astype(float),
    }[family]
    coded = np.where(unused, UNUSED, np.where(refused, REFUSED, x))
    frame = pd.DataFrame(coded, columns=NAMES).assign(y=answer, account=account, w=1.0)
    if sample in ("weighted", "related"):
        frame["w"] = sampling_weights(
            rng, "independent" if sample == "weighted" else "related", x[:, 0]
        )
    if sample == "selected":
        well = y > 0
        frame["w"] = np.where(well, 1 / KEPT, 1.0)
        frame = frame[~well | (rng.random(count) < KEPT)].head(n)
    return frame.reset_index(drop=True)


def fitted(frame: pd.DataFrame, pattern: str, family: str, sample: str, seed: int) -> cx.Fit:
    keys = {"plain": {}, "clustered": {"account": "account"}}.get(sample, {"weight": "w"})
    scales = {
        "s": {"min": 1, "max": 7, "not_used": [UNUSED], "no_answer": [REFUSED]},
        "y": {"min": -1e6, "max": 1e6, "whole": False},
    }
    outcome = {
        "ols": {"kind": "score", "column": "y", "scale": "y"},
        "ordinal": {"kind": "nps", "column": "y"},
        "binary": {"kind": "binary", "column": "y"},
    }[family]
    study = cx.Study.from_frame(
        frame[[*NAMES, "y", *keys.values()]],
        {t: {"experience": t, "scale": "s"} for t in NAMES},
        {"y": outcome},
        scales=scales,
        **keys,
    )
    return cx.fit_loyalty(study, family=family, missing=PATTERNS[pattern], seed=seed)


def one_coverage(seed: int, n: int, pattern: str, family: str, sample: str) -> list[float]:
    """Is each planted slope held by its 95 % interval, the error of each estimate, and the size of
    each standard error; NaN where the fit is refused.
    """
    try:
        fit = fitted(
            drawn(np.random.default_rng(seed), n, pattern, family, sample),
            pattern,
            family,
            sample,
            seed,
        )
    except cx.ModelError:
        return [np.nan] * 3 * len(SLOPES)
    truth = SLOPES if family == "ols" else SLOPES / (NOISE * np.sqrt(3) / np.pi)
    table = fit.tidy().set_index("term").loc[NAMES]
    held = (table["conf_low"] <= truth) & (truth <= table["conf_high"])
    return [*held.astype(float), *(table["estimate"] - truth), *table["std_error"]]


KINDS = {
    "missing_coverage": Kind(
        one_coverage,
        of_slopes(NAMES),
        "Coverage of the slopes' 95 % intervals with missing answers",
        refusable=False,
    )
}


def cells() -> list[dict]:
    """Usage coding in every sample; imputation, which fits twenty models a study, where it is most
    used and where it is hardest.
    """
    wanted = [("unused", "ols", sample) for sample in SAMPLES] + [
        ("unused", family, "plain") for family in ("ordinal", "binary")
    ]
    wanted += [
        ("mcar", "ols", "plain"),
        ("mar", "ols", "plain"),
        ("both", "ols", "plain"),
        ("both", "ols", "weighted"),
        ("both", "ols", "clustered"),
        ("both", "ordinal", "plain"),
    ]
    return [
        {
            "kind": "missing_coverage",
            "n": 500,
            "pattern": pattern,
            "family": family,
            "sample": sample,
        }
        for pattern, family, sample in wanted
    ]
