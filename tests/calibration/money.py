"""Do the intervals of money hold, product by product, and is a change after an action found only
where there is one?

Answers are 0–10 with the shares below. Customers spend, are kept and leave by the model that is
fitted, linear in the answer; accounts of ten share a fifth of the variance of answer and spend;
weights are lognormal and independent of all. The truth is the mean over the shares.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import COVERAGE, ONE_SIDED, SIZE, Kind  # noqa: E402  (first of ours)

import cxlab as cx  # noqa: E402
from cxlab.models.money.efficiency import efficiency
from cxlab.models.money.money_value import money_value
from cxlab.models.waves.before_after import before_after

ANSWERS = np.arange(11)
SHARES = np.array([3, 2, 2, 3, 4, 7, 9, 20, 22, 15, 13]) / 100
HORIZON, MARGIN = 12.0, 0.4
PER_ACCOUNT, SHARED = 10, 0.2
SAMPLED = [(model, "plain") for model in ("amount", "gamma", "binary", "duration")]
FAST = ("amount", "binary")
SAMPLED += [("amount", "weights"), ("amount", "accounts"), ("binary", "weights")]
MONEY = {
    "spend": {"kind": "amount", "column": "spend", "measured": "after"},
    "kept": {"kind": "binary", "column": "kept", "measured": "after"},
    "stay": {"kind": "duration", "column": "time", "event": "left", "unit": "month"}
    | {"measured": "after"},
}
NPS = {"nps": {"kind": "nps", "column": "nps"}}


def spent(x: np.ndarray, model: str) -> np.ndarray:
    """Mean spend at an answer."""
    return np.exp(3.5 + 0.06 * x) if model == "gamma" else 40 + 2.0 * x


def kept(x: np.ndarray) -> np.ndarray:
    return expit(-1.2 + 0.3 * x)


def rate(x: np.ndarray) -> np.ndarray:
    return 0.05 * np.exp(-0.15 * (x - 7))


def there(x: np.ndarray) -> np.ndarray:
    """Share who are still there at the horizon, and the time up to it."""
    gone = rate(x) * HORIZON
    return np.array([np.exp(-gone), (1 - np.exp(-gone)) / rate(x)])


def truths(model: str) -> list[float]:
    """Of a point in each measure, and of the path from passive to promoter where the model of the
    answer is that of its classes too.
    """

    def point(of) -> np.ndarray:
        return (of(ANSWERS + 0.5) - of(ANSWERS - 0.5)) @ SHARES

    def path(of) -> float:
        sides = (ANSWERS >= 9), (ANSWERS >= 7) & (ANSWERS < 9)
        means = [np.average(of(ANSWERS)[side], weights=SHARES[side]) for side in sides]
        return means[0] - means[1]

    if model == "duration":
        share, time = point(there)
        return [share, time, MARGIN * time * (spent(ANSWERS, model) @ SHARES)]
    of = kept if model == "binary" else lambda x: spent(x, model)
    return [point(of), path(of)]


def customers(
    rng: np.random.Generator, n: int, model: str, sample: str
) -> tuple[pd.DataFrame, dict]:
    account = np.arange(n) // PER_ACCOUNT
    level = rng.normal(size=n)
    noise = rng.normal(size=n)
    if sample == "accounts":
        common = rng.normal(size=(2, account[-1] + 1))[:, account]
        level, noise = (
            np.sqrt(1 - SHARED) * own + np.sqrt(SHARED) * one
            for own, one in zip((level, noise), common, strict=True)
        )
    # The answers have their shares whatever the accounts are.
    nps = np.searchsorted(np.cumsum(SHARES)[:-1], ndtr(level))
    mean = spent(nps, model)
    spend = rng.gamma(4, mean / 4) if model == "gamma" else mean + 15 * noise
    left = rng.exponential(1 / rate(nps))
    watched = np.where(rng.random(n) < 0.2, HORIZON * rng.random(n), HORIZON)
    frame = pd.DataFrame({"nps": nps, "spend": spend.round(6)})
    frame["kept"] = (rng.random(n) < kept(nps)) * 1
    frame["time"], frame["left"] = np.minimum(left, watched).clip(1e-6), (left <= watched) * 1
    # The longest is watched up to the horizon, which must not lie beyond.
    frame.loc[frame["time"].idxmax(), "time"] = HORIZON
    keys: dict = {}
    if sample == "accounts":
        frame["a"], keys["account"] = [f"a{one}" for one in account], "a"
    if sample == "weights":
        frame["w"] = rng.lognormal(0, 0.5, n)
        keys["weight"] = {"column": "w", "kind": "sampling"}
    return frame, keys


def values(seed: int, *, n: int, model: str, sample: str) -> list[float]:
    """Whether each interval holds its truth."""
    rng = np.random.default_rng(seed)
    frame, keys = customers(rng, n, model, sample)
    study = cx.Study.from_frame(frame, {}, NPS | MONEY, **keys)
    given = {"money": {"amount": "spend", "gamma": "spend", "binary": "kept"}.get(model, "stay")}
    if model == "duration":
        given |= {"spend": "spend", "margin": MARGIN, "horizon": HORIZON}
    try:
        table = money_value(study, "nps", model=model, **given)
    except cx.ModelError:
        return [np.nan] * (3 if model == "duration" else 2)
    rows = table[table["step"] == "point"]
    if model != "duration":
        rows = table[table["step"].isin(["point", "to_promoter"])]
    return [*(rows["conf_low"] <= truths(model)) & (truths(model) <= rows["conf_high"])]


def no_value(seed: int, *, n: int, model: str, sample: str) -> list[float]:
    """Whether a point is associated with anything where it is with nothing."""
    rng = np.random.default_rng(seed)
    frame, keys = customers(rng, n, model, sample)
    frame["nps"] = rng.permutation(frame["nps"])
    study = cx.Study.from_frame(frame, {}, NPS | MONEY, **keys)
    given = {"money": {"amount": "spend", "binary": "kept"}.get(model, "stay")}
    given |= {"horizon": HORIZON} if model == "duration" else {}
    try:
        table = money_value(study, "nps", **given)
    except cx.ModelError:
        return [np.nan] * 2
    one = table.iloc[0]["p_value"]
    return [one < 0.05, (table["p_holm"] < 0.05).any()]


def product(seed: int, *, n: int, slope: float, rise: float) -> list[float]:
    """A touchpoint of this slope on an answer of this rise: whether the money of a point there is
    held, and whether its cost, which is just that money, is said to be more or less.
    """
    rng = np.random.default_rng(seed)
    rated = np.clip(np.round(4.5 + 1.3 * rng.normal(size=(n, 2))), 1, 7)
    y = 50 + (rated - 4.5) @ [slope, 2.0] + 5 * rng.normal(size=n)
    frame = pd.DataFrame(rated, columns=["t0", "t1"]).assign(y=y.round(6))
    frame["spend"] = (100 + rise * (y - 50) + 20 * rng.normal(size=n)).round(6)
    scales = {"s": {"min": 1, "max": 7}, "y": {"min": -1e6, "max": 1e6, "whole": False}}
    points = {name: {"experience": name, "scale": "s"} for name in ("t0", "t1")}
    outcomes = {"y": {"kind": "score", "column": "y", "scale": "y"}, "spend": MONEY["spend"]}
    costs = {"t0": slope * rise, "t1": 2.0 * rise}
    money = {"outcome": "spend", "cost_of": costs}
    study = cx.Study.from_frame(frame, points, outcomes, scales=scales, money=money)
    table = efficiency(cx.fit_loyalty(study)).set_index("touchpoint")
    row = table.loc["t0"]
    held = row["amount_low"] <= slope * rise <= row["amount_high"]
    return [held if slope or rise else not held, (table["verdict"] != "open").any()]


def changes(seed: int, *, n: int, outcome: str, sample: str, gain: float) -> list[float]:
    """Whether the interval holds the gain, whether one is claimed, whether waves before are called
    apart; a season and a level of the region, which are no gain.
    """
    rng = np.random.default_rng(seed)
    people = 2 * n
    reached, wave = np.repeat([False, True], n), np.arange(4)
    level = rng.normal(size=people) * (sample == "panel")
    latent = level[:, None] + rng.normal(size=(people, 4)) + 0.3 * np.sin(wave)
    latent += 0.4 * reached[:, None] + gain * np.outer(reached, wave == 3)
    frame = pd.DataFrame({"y": latent.ravel(), "wave": np.tile([f"w{i}" for i in wave], people)})
    frame["region"] = np.repeat(np.where(reached, "S", "N"), 4)
    frame["id"] = np.repeat(np.arange(people), 4)
    keys = {"respondent": "id", "panel": True} if sample == "panel" else {}
    scales = {"y": {"min": -1e6, "max": 1e6, "whole": False}}
    outcomes = {"y": {"kind": "score", "column": "y", "scale": "y"}}
    if outcome == "nps":
        cuts = np.array([-1.2, -0.8, -0.5, -0.2, 0.1, 0.4, 0.7, 1.0, 1.5, 2.0])
        frame["nps"], outcomes = np.searchsorted(cuts, frame["y"]), NPS
    study = cx.Study.from_frame(
        frame, {}, outcomes, scales=scales, segments=["region"], wave="wave", **keys
    )
    table = before_after(study, outcome, by="region", treated="S", since="w3")
    after = table[table["when"] == "after"].iloc[0]
    held = after["conf_low"] <= gain <= after["conf_high"]
    if outcome == "nps":  # whose gain is not that of the latent answer
        held = after["conf_low"] <= 0 <= after["conf_high"] if gain == 0 else np.nan
    return [held, after["p_value"] < 0.05, after["verdict"] == "apart"]


KINDS = {
    "money_value": Kind(
        values,
        lambda cell: (
            dict.fromkeys(("kept", "tenure", "profit"), COVERAGE)
            if cell["model"] == "duration"
            else dict.fromkeys(("point", "to_promoter"), COVERAGE)
        ),
        "What a point, or a step up, is associated with in customers and money",
    ),
    "no_money_value": Kind(
        no_value,
        {"false": SIZE, "any_step": ONE_SIDED},
        "Money associated with a point where none is",
    ),
    "money_of_a_point": Kind(
        product,
        lambda cell: (
            {"held": COVERAGE, "false_verdict": ONE_SIDED}
            if cell["slope"] or cell["rise"]
            else {"excludes_0": ONE_SIDED, "false_verdict": ONE_SIDED}
        ),
        "A touchpoint's effect times the money of a point",
    ),
    "before_after": Kind(
        changes,
        {"held": COVERAGE, "claimed": None, "apart": ONE_SIDED},
        "The change after an action, less that of those whom it did not reach",
    ),
}


def cells() -> list[dict]:
    return [
        *(
            {"kind": "money_value", "n": n, "model": model, "sample": sample}
            for n in (300, 1000)
            for model in ("amount", "gamma", "binary", "duration")
            for sample in ("plain", "weights", "accounts")
            if (model, sample) in SAMPLED and (n == 300 or sample == "plain" and model in FAST)
        ),
        *(
            {"kind": "no_money_value", "n": 300, "model": model, "sample": "plain"}
            for model in ("amount", "binary", "duration")
        ),
        *(
            {"kind": "money_of_a_point", "n": 300, "slope": slope, "rise": rise}
            for slope, rise in ((2.0, 1.0), (0.5, 0.3), (0.0, 1.0), (0.0, 0.0))
        ),
        *(
            {"kind": "before_after", "n": n, "outcome": outcome, "sample": sample, "gain": gain}
            for n in (20, 150)
            for outcome, sample, gain in (
                ("y", "plain", 0.3),
                ("y", "panel", 0.3),
                ("nps", "plain", 0.0),
            )
        ),
    ]
