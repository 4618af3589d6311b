"""Groups at touchpoints, and problems: is each interval and each claim as sure as it says?

Respondents are independent, weighted (lognormal, Kish's design effect 1.28) or in accounts of ten
that share a fifth of the variance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from harness import COVERAGE, ONE_SIDED, Kind

import cxlab as cx

FREE = {"min": -1e6, "max": 1e6, "whole": False}
SHARED = 0.2
SAMPLES = ("plain", "weighted", "accounts")
# Promoters, passives and detractors without a problem and with a resolved one; with another.
NPS = {"none": (0.5, 0.3, 0.2), "resolved": (0.5, 0.3, 0.2), "unresolved": (0.2, 0.3, 0.5)}
POINTS = np.array([10, 8, 3])


def normal(rng: np.random.Generator, n: int, sample: str, columns: int = 1) -> np.ndarray:
    """Answers of mean 0 and variance 1 (n × columns), whose columns share a part too."""
    own = np.sqrt(0.6) * rng.normal(size=(n, columns)) + np.sqrt(0.4) * rng.normal(size=(n, 1))
    if sample != "accounts":
        return own
    common = rng.normal(size=(n // 10 + 1, columns))[np.arange(n) // 10]
    return np.sqrt(1 - SHARED) * own + np.sqrt(SHARED) * common


def asked(
    rng: np.random.Generator, frame: pd.DataFrame, sample: str, points: list[str], **keys: object
) -> cx.Study:
    """A study of these answers; experiences are the columns `points`, the outcome is `y`."""
    if sample == "weighted":
        frame, keys = frame.assign(w=rng.lognormal(0, 0.5, len(frame))), keys | {"weight": "w"}
    if sample == "accounts":
        firm = [f"a{i // 10}" for i in range(len(frame))]
        frame, keys = frame.assign(firm=firm), keys | {"account": "firm"}
    outcomes = keys.pop("outcomes", {})
    asked = {one: {"experience": one, "scale": "free"} for one in points}
    return cx.Study.from_frame(frame, asked, outcomes, scales={"free": FREE}, **keys)


def held(row: pd.Series, truth: float) -> float:
    return float(row["conf_low"] <= truth <= row["conf_high"])


def recovery(seed: int, *, n: int, sample: str, outcome: str) -> list[float]:
    """A third had a problem, which was resolved for half of them. Unresolved ones go with less,
    resolved ones with nothing: is the paradox claimed, are the contrasts held?
    """
    rng = np.random.default_rng(seed)
    state = rng.choice(["none", "resolved", "unresolved"], n, p=[0.6, 0.2, 0.2])
    frame = pd.DataFrame({"p": np.where(state == "none", 2, 1)})
    frame["s"] = np.select([state == "resolved", state == "unresolved"], [1, 2], 9)
    kind = {"kind": outcome, "column": "y"}
    if outcome == "nps":
        u = rng.random(n)
        edges = np.array([np.cumsum(NPS[one]) for one in state])
        frame["y"], truths = POINTS[(u[:, None] > edges[:, :2]).sum(axis=1)], [0, -60, 60]
    else:
        kind["scale"] = "free"
        frame["y"] = normal(rng, n, sample)[:, 0] - (state == "unresolved")
        truths = [0.0, -1.0, 1.0]
    asks = {"had": "p", "resolved": {"column": "s", "no_answer": [9]}}
    study = asked(rng, frame, sample, [], outcomes={"y": kind}, problems=asks)
    table = cx.journey.recovery(study)
    covered = [held(row, truth) for (_, row), truth in zip(table.iterrows(), truths, strict=True)]
    return [*covered, float(table["p_holm"].iloc[0] < 0.05)]


def equivalent(seed: int, *, n: int, sample: str) -> list[float]:
    """Resolved problems go with just the margin less, unresolved ones with more than it: is either
    said to be the same?
    """
    rng = np.random.default_rng(seed)
    state = rng.choice(["none", "resolved", "unresolved"], n, p=[0.6, 0.2, 0.2])
    shift = np.select([state == "resolved", state == "unresolved"], [-0.5, -1.2], 0.0)
    frame = pd.DataFrame({"p": np.where(state == "none", 2, 1), "y": normal(rng, n, sample)[:, 0]})
    frame["s"] = np.select([state == "resolved", state == "unresolved"], [1, 2], 9)
    frame["y"] += shift
    asks = {"had": "p", "resolved": {"column": "s", "no_answer": [9]}}
    score = {"y": {"kind": "score", "column": "y", "scale": "free"}}
    study = asked(rng, frame, sample, [], outcomes=score, problems=asks)
    table = cx.journey.recovery(study, margin=0.5)
    return [float((table["p_equivalent"] < 0.05).any())]


def incidence(seed: int, *, n: int, sample: str) -> list[float]:
    rng = np.random.default_rng(seed)
    latent = normal(rng, n, sample, 2)
    had = latent[:, 0] < -0.5244005  # 30 %
    solved = np.where(latent[:, 1] < 0.2533471, 1, 2)  # 60 %
    frame = pd.DataFrame({"p": np.where(had, 1, 2), "s": np.where(had, solved, 9)})
    latent = {"had": "p", "resolved": {"column": "s", "no_answer": [9]}}
    table = cx.journey.problem_incidence(asked(rng, frame, sample, [], problems=latent))
    # Of those with a problem the share is less than of all, since both answers go together.
    return [held(table.iloc[0], 0.3)]


def group_cells(seed: int, *, n: int, sample: str, levels: int, touchpoints: int) -> list[float]:
    """Of groups that do not differ: is any cell said to, and is the first difference held?"""
    rng = np.random.default_rng(seed)
    names = [f"t{i}" for i in range(touchpoints)]
    frame = pd.DataFrame(normal(rng, n, sample, touchpoints), columns=names)
    frame["g"] = rng.choice([f"g{i}" for i in range(levels)], n)
    study = asked(rng, frame, sample, names, segments=["g"])
    table = cx.journey.experience_differences(study, "g")
    return [float((table["p_holm"] < 0.05).any()), held(table.iloc[0], 0.0)]


PAIRS = ("resolved − none", "unresolved − none", "resolved − unresolved")
KINDS = {
    "recovery": Kind(
        recovery,
        dict.fromkeys(PAIRS, COVERAGE) | {"false paradox": ONE_SIDED},
        "Differences after a problem, and the paradox where there is none",
    ),
    "false_equivalence": Kind(
        equivalent,
        {"said the same": ONE_SIDED},
        "Groups that differ by the margin or more are said to be the same",
    ),
    "problem_incidence": Kind(incidence, {"covered": COVERAGE}, "Share of those with a problem"),
    "group_cells": Kind(
        group_cells,
        {"any cell": ONE_SIDED, "covered": COVERAGE},
        "Groups × touchpoints without a difference",
    ),
}


def cells() -> list[dict]:
    sizes = [{"n": n, "sample": sample} for n in (150, 500) for sample in SAMPLES]
    found = [
        {"kind": "recovery", **one, "outcome": outcome}
        for one in sizes
        for outcome in ("score", "nps")
        if (outcome, one["sample"]) != ("nps", "accounts")
    ]
    found += [{"kind": "false_equivalence", **one} for one in sizes]
    found += [{"kind": "problem_incidence", **one} for one in sizes]
    return found + [
        {"kind": "group_cells", **one, "levels": levels, "touchpoints": touchpoints}
        for one in sizes
        for levels, touchpoints in ((2, 6), (5, 12))
        if levels == 2 or one["n"] > 150
    ]
