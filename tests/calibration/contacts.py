"""Groups at touchpoints, problems, channels, parties and advice: is each interval and each claim as
sure as it says?

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
    rng: np.random.Generator,
    frame: pd.DataFrame,
    sample: str,
    points: list[str] | dict[str, dict],
    **keys: object,
) -> cx.Study:
    """A study of these answers; experiences are the columns `points`."""
    if sample == "weighted":
        frame, keys = frame.assign(w=rng.lognormal(0, 0.5, len(frame))), keys | {"weight": "w"}
    if sample == "accounts":
        firm = [f"a{i // 10}" for i in range(len(frame))]
        frame, keys = frame.assign(firm=firm), keys | {"account": "firm"}
    outcomes = keys.pop("outcomes", {})
    if isinstance(points, list):
        points = {one: {"experience": one, "scale": "free"} for one in points}
    return cx.Study.from_frame(frame, points, outcomes, scales={"free": FREE}, **keys)


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


def in_channels(
    rng: np.random.Generator, n: int, sample: str, means: tuple[float, ...], touchpoints: int = 1
) -> cx.Study:
    """Touchpoints that were met in channels of these means, the later the rarer."""
    names, share = [f"t{i}" for i in range(touchpoints)], 1 / (1 + np.arange(len(means)) / 2)
    frame = pd.DataFrame(normal(rng, n, sample, touchpoints), columns=names)
    points = {}
    for name in names:
        channel = rng.choice(len(means), n, p=share / share.sum())
        frame[name] += np.array(means)[channel]
        frame[f"{name}_where"] = [f"c{one}" for one in channel]
        points[name] = {"experience": name, "scale": "free", "channel": f"{name}_where"}
    return asked(rng, frame, sample, points)


def channels(seed: int, *, n: int, sample: str) -> list[float]:
    """Where no channel differs: is any touchpoint of three called different, is the first pair
    held? Where one differs by just the margin: is the touchpoint called consistent?
    """
    rng = np.random.default_rng(seed)
    alike = in_channels(rng, n, sample, (0.0, 0.0, 0.0), touchpoints=3)
    verdicts = cx.journey.channel_consistency(alike, margin=0.001)["verdict"]
    pair = cx.journey.channel_pairs(alike).set_index(["touchpoint", "lower", "higher"])
    first = next(one for one in pair.index if {*one[1:]} == {"c0", "c1"})
    unlike = in_channels(rng, n, sample, (0.0, 0.0, 0.5))
    verdict = cx.journey.channel_consistency(unlike, margin=0.5)["verdict"].iloc[0]
    different = float((verdicts == "different").any())
    return [different, held(pair.loc[first], 0.0), float(verdict == "consistent")]


def shares_between(seed: int, *, n: int, sample: str, channels: int) -> list[float]:
    """Channels drawn by lot, a tenth of the variance between them: is the share held?"""
    rng = np.random.default_rng(seed)
    means = tuple(np.sqrt(1 / 9) * rng.normal(size=channels))
    row = cx.journey.channel_consistency(in_channels(rng, n, sample, means), margin=1).iloc[0]
    return [float(row["icc_low"] <= 0.1 <= row["icc_high"])]


def parties(seed: int, *, n: int, sample: str, people: str) -> list[float]:
    """Two competitors that do not differ from us, six touchpoints: is any difference claimed, is
    the first one held?
    """
    rng, names, parts = np.random.default_rng(seed), [f"t{i}" for i in range(6)], []
    person = rng.normal(size=n)
    for brand in ("us", "b", "c"):
        if people == "others":
            person = rng.normal(size=n)
        rated = np.sqrt(0.5) * (normal(rng, n, sample, 6) + person[:, None])
        part = pd.DataFrame(rated, columns=names).assign(brand=brand)
        part["id"] = [f"{brand if people == 'others' else ''}{i}" for i in range(n)]
        parts.append(part)
    keys = {"respondent": "id", "parties": {"column": "brand", "own": "us"}}
    everybody = pd.concat(parts, ignore_index=True)
    table = cx.journey.compare_parties(asked(rng, everybody, sample, names, **keys))
    return [float((table["p_holm"] < 0.05).any()), held(table.iloc[0], 0.0)]


def advice(seed: int, *, n: int, sample: str) -> list[float]:
    """Five sources with which nothing goes: is any claimed, are the first share and the first
    difference held?
    """
    rng = np.random.default_rng(seed)
    latent = normal(rng, n, sample, 6)
    used = latent[:, :5] < -0.5244005  # 30 %
    frame = pd.DataFrame(np.where(used, 1, 2), columns=[f"a{i}" for i in range(5)])
    frame["y"] = normal(rng, n, sample)[:, 0]
    score = {"y": {"kind": "score", "column": "y", "scale": "free"}}
    sources = {f"s{i}": f"a{i}" for i in range(5)}
    study = asked(rng, frame, sample, [], outcomes=score, advice=sources)
    table = cx.journey.advice(study)
    share = table.iloc[0]
    told = float(share["used_low"] <= 0.3 <= share["used_high"])
    return [float((table["p_holm"] < 0.05).any()), told, held(share, 0.0)]


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
    "channels": Kind(
        channels,
        {"false different": ONE_SIDED, "covered": COVERAGE, "false consistent": ONE_SIDED},
        "Channels that are alike, and one that differs by the margin",
    ),
    "share_between_channels": Kind(
        shares_between, {"covered": COVERAGE}, "Share of variance between channels drawn by lot"
    ),
    "parties": Kind(
        parties,
        {"any": ONE_SIDED, "covered": COVERAGE},
        "Competitors (the same people, or others) that do not differ",
    ),
    "advice": Kind(
        advice,
        {"any": ONE_SIDED, "covered share": COVERAGE, "covered difference": COVERAGE},
        "Sources of advice with which nothing goes",
    ),
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
    found += [{"kind": "channels", **one} for one in sizes]
    found += [
        {"kind": "share_between_channels", **one, "channels": channels}
        for one in sizes
        for channels in (2, 5)
    ]
    found += [
        {"kind": "parties", **one, "people": people}
        for one in sizes
        for people in ("same", "others")
    ]
    found += [{"kind": "advice", **one} for one in sizes]
    return found + [
        {"kind": "group_cells", **one, "levels": levels, "touchpoints": touchpoints}
        for one in sizes
        for levels, touchpoints in ((2, 6), (5, 12))
        if levels == 2 or one["n"] > 150
    ]
