"""Families: do the 95 % intervals of slopes cover what was planted, plain, weighted, selected by
their answers, and within accounts?

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
from harness import SIZE, Kind, of_slopes  # noqa: E402

import cxlab as cx  # noqa: E402

# On the latent scale, per scale point: one that matters, one that matters little, one that does
# not.
SLOPES = np.array([0.5, 0.2, 0.0])
NOISE, SHARED = 1.6, 0.8
ACCOUNT_SIZE = 10
# Of those who answer well, this share is asked: their weight is its inverse.
KEPT = 0.4
SIZES = (150, 500)
FAMILIES = {
    "ols": {"family": "ols"},
    "ordinal": {"family": "ordinal"},
    "ordinal_nps": {"family": "ordinal", "categories": "nps"},
    "binary": {"family": "binary"},
    "mixed": {"family": "mixed"},
}
SAMPLES = ("plain", "weighted", "selected", "clustered")


def drawn(rng: np.random.Generator, n: int, family: str, sample: str) -> pd.DataFrame:
    """Ratings t0…t2, the outcome y (a score for ols and mixed, else 0–10), weights w and accounts.

    "weighted": lognormal weights; "selected": people of low answers are asked 2.5 times as often
    and weighted back; "clustered": ten an account, whose members share a part of their ratings and
    of their loyalty.
    """
    drawn = 3 * n if sample == "selected" else n
    account = np.arange(drawn) // ACCOUNT_SIZE
    x = ratings(rng, drawn, len(SLOPES), (4.5,))
    if sample == "clustered":
        x = np.clip(x + np.round(rng.normal(size=(account.max() + 1, len(SLOPES)))[account]), 1, 7)
    latent = (x - 4.5) @ SLOPES
    if family in ("ols", "mixed"):
        spread = NOISE * (0.7 + 0.15 * np.abs(x[:, 0] - 4)) if family == "ols" else NOISE
        y = latent + spread * rng.normal(size=drawn)
    elif sample == "clustered":
        y = latent + NOISE * rng.normal(size=drawn)
    else:
        y = latent + rng.logistic(scale=NOISE * np.sqrt(3) / np.pi, size=drawn)
    if sample == "clustered":
        y = y + SHARED * rng.normal(size=account.max() + 1)[account]
    answer = y if family in ("ols", "mixed") else np.clip(np.round(7.5 + y), 0, 10)
    frame = pd.DataFrame(x, columns=[f"t{i}" for i in range(len(SLOPES))]).assign(
        y=answer, account=account, w=1.0
    )
    if sample == "weighted":
        frame["w"] = sampling_weights(rng, "independent", x[:, 0])
    if sample == "selected":
        well = y > 0
        frame["w"] = np.where(well, 1 / KEPT, 1.0)
        frame = frame[~well | (rng.random(drawn) < KEPT)].head(n)
    return frame


def planted(family: str, sample: str) -> np.ndarray:
    """The slopes that the model estimates: outcome points, log-odds, or (within accounts) standard
    deviations of the marginal probit.

    A logit is not a logit any more once accounts differ; a probit with normal accounts is one, with
    slopes b/√(σ² + τ²).
    """
    if family in ("ols", "mixed"):
        return SLOPES
    return SLOPES / (
        np.hypot(NOISE, SHARED) if sample == "clustered" else NOISE * np.sqrt(3) / np.pi
    )


def fitted(frame: pd.DataFrame, family: str, sample: str) -> cx.Fit:
    names = [name for name in frame if name.startswith("t")]
    keys = {"plain": {}, "clustered": {"account": "account"}}.get(sample, {"weight": "w"})
    scales = {"s": {"min": 1, "max": 7}, "y": {"min": -1e6, "max": 1e6, "whole": False}}
    outcome = (
        {"kind": "score", "column": "y", "scale": "y"}
        if family in ("ols", "mixed")
        else {"kind": "nps", "column": "y"}
    )
    study = cx.Study.from_frame(
        frame[[*names, "y", *keys.values()]].reset_index(drop=True),
        {t: {"experience": t, "scale": "s"} for t in names},
        {"y": outcome},
        scales=scales,
        **keys,
    )
    link = {"link": "probit"} if sample == "clustered" and family not in ("ols", "mixed") else {}
    return cx.fit_loyalty(study, **FAMILIES[family], **link)


def one_coverage(seed: int, n: int, family: str, sample: str) -> list[float]:
    """Is each planted slope held by its 95 % interval, the error of each estimate, and of each
    standard error the size; NaN where the fit is refused.
    """
    try:
        fit = fitted(drawn(np.random.default_rng(seed), n, family, sample), family, sample)
    except cx.ModelError:
        return [np.nan] * 3 * len(SLOPES)
    table, truth = (
        fit.tidy().set_index("term").loc[[f"t{i}" for i in range(len(SLOPES))]],
        planted(family, sample),
    )
    held = (table["conf_low"] <= truth) & (truth <= table["conf_high"])
    return [*held.astype(float), *(table["estimate"] - truth), *table["std_error"]]


def one_parallel(seed: int, n: int, sample: str) -> list[float]:
    """Parallel lines hold: is the first touchpoint's test rejected at 5 %? (so that every repeat is
    one independent test)
    """
    fit = fitted(
        drawn(np.random.default_rng(seed), n, "ordinal_nps", sample), "ordinal_nps", sample
    )
    return [float(cx.drivers.parallel_lines(fit)["p_value"].iloc[0] < 0.05)]


TERMS = [f"t{i}" for i in range(len(SLOPES))]
KINDS = {
    "slope_coverage": Kind(
        one_coverage,
        of_slopes(TERMS),
        "Coverage of the slopes' 95 % intervals",
        refusable=False,
    ),
    "parallel_lines": Kind(one_parallel, {"rejected": SIZE}, "True parallel lines rejected"),
}


def cells() -> list[dict]:
    slopes = [
        {"kind": "slope_coverage", "n": n, "family": family, "sample": sample}
        for family in FAMILIES
        for sample in SAMPLES
        for n in SIZES
        if (family == "mixed") <= (sample == "clustered")
    ]
    return slopes + [{"kind": "parallel_lines", "n": 500, "sample": sample} for sample in SAMPLES]
