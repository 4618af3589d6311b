"""Classes that are claimed: Kano's leader where two classes are equal, and what low and high
ratings do where they do nothing, or the wrong thing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from harness import ONE_SIDED, Kind

import cxlab as cx


def kano_leader(seed: int, *, n: int, accounts: int = 0, sigma: float = 0.0) -> list[float]:
    """Whether a leader is named where two classes are equally frequent (40 %, 40 %, 20 %), in
    independent answers, in accounts that share half of theirs, or with lognormal weights.
    """
    rng = np.random.default_rng(seed)
    kinds = rng.choice(3, n, p=[0.4, 0.4, 0.2])
    frame, keys = pd.DataFrame(index=range(n)), {}
    if accounts:
        firm = np.arange(n) % accounts
        common = rng.choice(3, accounts, p=[0.4, 0.4, 0.2])[firm]
        kinds = np.where(rng.random(n) < 0.5, common, kinds)
        frame["firm"], keys = [f"a{one}" for one in firm], {"account": "firm"}
    if sigma:
        frame["w"], keys = rng.lognormal(0, sigma, n), keys | {"weight": "w"}
    frame["f"], frame["d"] = np.array([[1, 2, 3], [3, 5, 3]])[:, kinds]
    points = {"t": {"functional": "f", "dysfunctional": "d"}}
    try:
        return [float(cx.kano(cx.Study.from_frame(frame, points, {}, **keys))["clear"].iloc[0])]
    except cx.CxlabError:
        return [np.nan]


def reward_classes(seed: int, *, n: int, low: float, high: float) -> list[float]:
    """Whether a penalty (basic, performance) is claimed where there is none, and whether its size
    is found unlike the reward's where both are equal.
    """
    rng = np.random.default_rng(seed)
    rating = rng.integers(1, 8, n)
    y = low * (rating <= 3) + high * (rating >= 6) + rng.normal(size=n)
    scales = {"s": {"min": 1, "max": 7}, "y": {"min": -99, "max": 99, "whole": False}}
    study = cx.Study.from_frame(
        pd.DataFrame({"p": rating, "y": y}),
        {"t": {"experience": "p", "scale": "s"}},
        {"y": {"kind": "score", "column": "y", "scale": "y"}},
        scales=scales,
    )
    try:
        row = cx.penalty_reward(study, n_boot=0).iloc[0]
    except cx.CxlabError:
        return [np.nan, np.nan]
    claimed = row["class"] in ("basic", "performance") if low >= 0 else np.nan
    return [float(claimed), float(row["p_value"] < 0.05)]


KINDS = {
    "kano_leader": Kind(kano_leader, {"claimed": ONE_SIDED}, "Kano: a leader of two equal classes"),
    "reward_classes": Kind(
        reward_classes,
        {"penalty_claimed": ONE_SIDED, "unequal": ONE_SIDED},
        "Penalty and reward: a class without its effect",
    ),
}


def cells() -> list[dict]:
    kano = [{"n": n} for n in (30, 100, 400)]
    kano += [{"n": 120, "accounts": 15}, {"n": 200, "sigma": 1.0}]
    effects = [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (-1.0, 1.0), (0.5, 0.5)]
    rewards = [{"n": n, "low": low, "high": high} for n in (60, 300) for low, high in effects]
    # Of effects that are not equal in size no test can be wrong.
    rewards = [one for one in rewards if abs(one["low"]) == abs(one["high"])]
    return [{"kind": "kano_leader"} | one for one in kano] + [
        {"kind": "reward_classes"} | one for one in rewards
    ]
