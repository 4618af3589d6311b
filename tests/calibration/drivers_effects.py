"""Effects and moderation: what their intervals cover, and how often a split that does not matter is
found to matter.

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

from drivers_importance import SLOPES, drawn, fitted  # noqa: E402
from gap import ratings, sampling_weights  # noqa: E402
from harness import COVERAGE, ONE_SIDED, QUICK, SIZE, Kind, Mean  # noqa: E402

import cxlab as cx  # noqa: E402

# A score by least squares, weights (independent of the ratings, and related to one), accounts, a
# touchpoint that a third never met; answers on 0–10 by least squares and by the ordinal model (NPS
# points by both); yes or no.
STUDIES = ("ols", "weighted", "related", "clustered", "usage", "ordinal", "binary")
# Touchpoints whose effect is looked at: the strongest (of "usage", the one that not all met) and
# the one that does nothing.
SHOWN = ("t0", "t5")
# What is asked of what_if: a step that the top of the scale stops for some, and one down.
STEP = {"t0": 1.0, "t1": -0.5}
MODERATORS = ("two_groups", "five_groups", "number", "channel", "contact")
DESIGNS = ("none", "weights", "accounts")
GROUPS = {"two_groups": ["a", "b"], "five_groups": ["a", "b", "c", "d", "e"]}


def told(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Estimates and intervals of one study: `what touchpoint measure model estimate conf_low
    conf_high`.
    """
    fit = fitted(frame, kind)
    effects, moved = cx.effects(fit), cx.what_if(fit, STEP)
    effects = effects[effects["touchpoint"].isin(SHOWN)].assign(what="effect")
    moved = moved[moved["touchpoint"] == "all_touchpoints"].assign(what="what_if")
    return pd.concat([effects, moved], ignore_index=True)[
        ["what", "touchpoint", "measure", "model", "estimate", "conf_low", "conf_high"]
    ]


@cache
def truth(kind: str) -> pd.DataFrame:
    """The same of a population of 200,000, which is what the intervals are to hold."""
    size = 20_000 if QUICK in os.environ else 200_000
    return told(drawn(np.random.default_rng(1), size, kind, SLOPES), kind)


@cache
def effect_names(kind: str) -> list[str]:
    table = told(drawn(np.random.default_rng(1), 1_000, kind, SLOPES), kind)
    return [" ".join(row) for row in table[["what", "touchpoint", "measure", "model"]].to_numpy()]


def one_effect(seed: int, n: int, study: str) -> list[float]:
    """Is each true effect held by its 95 % interval? In the rows' order of `truth`; NaN where a
    model has no maximum in so small a study.
    """
    table, true = (
        told(drawn(np.random.default_rng(seed), n, study, SLOPES), study),
        truth(study)["estimate"].to_numpy(),
    )
    held = ((table["conf_low"] <= true) & (true <= table["conf_high"])).to_numpy(dtype=float)
    return list(np.where(table["estimate"].notna(), held, np.nan))


def split_study(
    rng: np.random.Generator, n: int, moderator: str, design: str, spread: float = 0.0
) -> tuple[cx.Study, str, np.ndarray | None]:
    """Four touchpoints and a moderator that changes no slope (`spread`: the standard deviation of
    the first slope between groups), noise that grows with a rating; the study, the name of the
    moderator, and the first slope in each group.
    """
    x = ratings(rng, n, 4, (4.5,))
    frame = pd.DataFrame(x, columns=[f"t{i}" for i in range(4)])
    levels = GROUPS.get(moderator, ["web", "shop"])
    group = rng.integers(0, len(levels), n)
    slopes = 0.4 + spread * rng.normal(size=len(levels))
    account = np.arange(n) // 10
    shared = rng.normal(size=account.max() + 1)[account] if design == "accounts" else 0.0
    # The groups differ in level; the number goes with the first touchpoint, as involvement would.
    frame["split"], frame["z"] = (
        np.array(levels)[group],
        np.clip(np.round(4 + 0.4 * (x[:, 0] - 4.5) + rng.normal(size=n)), 1, 7),
    )
    level = 0.3 * (frame["z"] if moderator == "number" else group)
    frame["y"] = (
        slopes[group] * x[:, 0]
        + x[:, 1:] @ [0.4, 0.4, 0.4]
        + level
        + (0.7 + 0.15 * x[:, 1]) * rng.normal(size=n)
        + shared
    )
    weights = sampling_weights(rng, "related" if design == "weights" else "none", x[:, 0])
    frame = frame.assign(w=1.0 if weights is None else weights, account=account)
    scales = {"s": {"min": 1, "max": 7}, "y": {"min": -1e6, "max": 1e6, "whole": False}}
    points = {
        f"t{i}": {"experience": f"t{i}", "scale": "s", "contact": "direct" if i < 2 else "indirect"}
        for i in range(4)
    }
    if moderator == "channel":
        points["t0"]["channel"] = "split"
    keys = {"weights": {"weight": "w"}, "accounts": {"account": "account"}}.get(design, {})
    keys |= (
        {"segments": ["split"]}
        if moderator in GROUPS
        else (
            {"constructs": {"z": {"columns": ["z"], "scale": "s"}}} if moderator == "number" else {}
        )
    )
    study = cx.Study.from_frame(
        frame, points, {"y": {"kind": "score", "column": "y", "scale": "y"}}, scales=scales, **keys
    )
    return (
        study,
        "split" if moderator in GROUPS else "z" if moderator == "number" else moderator,
        slopes,
    )


def one_null_split(seed: int, n: int, moderator: str, design: str) -> list[float]:
    """Is the first touchpoint's slope found to differ (5 %), any touchpoint's after Holm, and all
    slopes together? NaN where there is no such test.
    """
    study, by, _ = split_study(np.random.default_rng(seed), n, moderator, design)
    table = cx.moderation(study, by).set_index("touchpoint")
    whole = (
        table.loc["all_touchpoints", "p_value"]
        if "all_touchpoints" in table.index and len(table) > 1
        else np.nan
    )
    return [
        float(table["p_value"].iloc[0] < 0.05),
        float(table["p_holm"].min() < 0.05),
        float(whole < 0.05) if np.isfinite(whole) else np.nan,
    ]


def one_pooling(seed: int, n: int, spread: float, design: str) -> list[float]:
    """Share of five groups' true slopes held by the own and by the pooled interval, and the mean
    squared errors of both.
    """
    study, by, slopes = split_study(np.random.default_rng(seed), n, "five_groups", design, spread)
    table = (
        cx.drivers.simple_slopes(study, by)
        .set_index("touchpoint")
        .loc["t0"]
        .dropna(subset=["slope"])
    )
    true = slopes[[GROUPS["five_groups"].index(level) for level in table["level"]]]
    held = [
        ((table[low] <= true) & (true <= table[high])).mean()
        for low, high in (("slope_low", "slope_high"), ("pooled_low", "pooled_high"))
    ]
    return [
        *held,
        float(((table["slope"] - true) ** 2).mean()),
        float(((table["pooled"] - true) ** 2).mean()),
    ]


def one_alpha(seed: int, n: int, design: str) -> list[float]:
    """Is alpha of five whole-number questions held by its interval? Its truth is that of a million
    respondents.
    """
    frame = _questions(np.random.default_rng(seed), n, design)
    row = cx.reliability(_scale(frame, design)).iloc[0]
    return [float(row["alpha_low"] <= _true_alpha() <= row["alpha_high"])]


def _questions(rng: np.random.Generator, n: int, design: str) -> pd.DataFrame:
    account = np.arange(n) // 10
    common = (
        np.sqrt(0.7) * rng.normal(size=n)
        + np.sqrt(0.3) * rng.normal(size=account.max() + 1)[account]
        if design == "accounts"
        else rng.normal(size=n)
    )
    items = np.clip(
        np.round(4.5 + 1.3 * (0.65 * common[:, None] + 0.76 * rng.normal(size=(n, 5)))), 1, 7
    )
    return pd.DataFrame(items, columns=[f"q{j}" for j in range(5)]).assign(
        w=rng.lognormal(0, 0.5, n), account=account, t=1
    )


def _scale(frame: pd.DataFrame, design: str) -> cx.Study:
    keys = {"weights": {"weight": "w"}, "accounts": {"account": "account"}}.get(design, {})
    constructs = {"image": {"columns": [f"q{j}" for j in range(5)], "scale": "s"}}
    return cx.Study.from_frame(
        frame,
        {"t": {"experience": "t", "scale": "s"}},
        scales={"s": {"min": 1, "max": 7}},
        constructs=constructs,
        **keys,
    )


@cache
def _true_alpha() -> float:
    items = _questions(np.random.default_rng(1), 1_000_000, "none").filter(like="q")
    cov = items.cov().to_numpy()
    return 5 / 4 * (1 - np.trace(cov) / cov.sum())


KINDS = {
    "effect_coverage": Kind(
        one_effect,
        lambda cell: dict.fromkeys(effect_names(cell["study"]), COVERAGE),
        "Coverage of effects' and what-if's 95 % intervals",
    ),
    "null_split": Kind(
        one_null_split,
        {"one": SIZE, "any after Holm": ONE_SIDED, "together": SIZE},
        "Moderators that do not matter, rejected at 5 %",
    ),
    "pooled_slopes": Kind(
        one_pooling,
        {"own": COVERAGE, "pooled": None, "squared error": Mean(), "squared error, pooled": Mean()},
        "Slopes of groups: coverage of own and pooled intervals, and their mean squared errors",
    ),
    "alpha_coverage": Kind(one_alpha, {"covered": COVERAGE}, "Coverage of alpha's 95 % interval"),
}


def cells() -> list[dict]:
    found = [{"kind": "effect_coverage", "study": study, "n": 500} for study in STUDIES]
    found += [
        {"kind": "null_split", "moderator": m, "design": d, "n": 500}
        for m in MODERATORS
        for d in DESIGNS
    ]
    found += [
        {"kind": "pooled_slopes", "spread": spread, "design": "none", "n": 500}
        for spread in (0.0, 0.1, 0.3)
    ]
    return found + [
        {"kind": "alpha_coverage", "design": d, "n": n} for d in DESIGNS for n in (150, 500)
    ]
