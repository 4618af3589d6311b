"""Slopes whose errors rest on few: rare ratings, few and uneven accounts, uneven weights, ordinal
models with few rows a parameter.

Every function answers for one study of a seed of its own, through the front door.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]

from harness import COVERAGE, SIZE, Kind  # noqa: E402

import cxlab as cx  # noqa: E402

SCALES = {
    "s": {"min": 1, "max": 7},
    "any": {"min": -1e6, "max": 1e6, "whole": False},
    "x": {"min": -1e6, "max": 1e6, "whole": False},
}
ACCOUNTS = {
    "6x20": [20] * 6,
    "5x24": [24] * 5,
    "15x8": [8] * 15,
    "40+8x10": [40, *[10] * 8],
    "uneven": [60, 20, 10, *[5] * 5, 3, 2],
}
NOISES = ("even", "uneven")
# Effects of touchpoints on answers of 0–10; of the last one nothing.
SLOPES = [0.5, 0.35, 0.2, 0.15, 0.05]
STEP = {"t0": 1.0, "t1": -0.5}


def study_of(frame: pd.DataFrame, scale: str = "s", kind: str = "score", **keys) -> cx.Study:
    points = {t: {"experience": t, "scale": scale} for t in frame if t[0] == "t"}
    outcome = {"kind": kind, "column": "y"} | ({"scale": "any"} if kind == "score" else {})
    return cx.Study.from_frame(frame, points, {"y": outcome}, scales=SCALES, **keys)


def few(seed: int, *, n: int, carriers: int, noise: str) -> list[float]:
    """Is the true null of a touchpoint rejected which all but so many rate 6? NaN: refused."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"t0": rng.integers(1, 8, n), "t1": np.full(n, 6)})
    frame.loc[: carriers - 1, "t1"] = 5
    spread = 5.0 if noise == "even" else 1.25 * frame["t0"]
    frame["y"] = 4 * frame["t0"] + spread * rng.normal(size=n)
    try:
        return [float(_p(cx.fit_loyalty(study_of(frame)), "t1") < 0.05)]
    except cx.ModelError:
        return [np.nan]


def _p(fit: cx.Fit, term: str) -> float:
    return fit.tidy().set_index("term").loc[term, "p_value"]


def _held(fit: cx.Fit, truth: float) -> list[float]:
    rows = fit.tidy().set_index("term").loc[fit.touchpoints]
    return list(((rows["conf_low"] <= truth) & (truth <= rows["conf_high"])).astype(float))


def accounts(seed: int, *, sizes: str, icc: float) -> list[float]:
    """Are three slopes held by their intervals: of a touchpoint that accounts do not share, one
    that they share by a fifth, and one by three fifths?
    """
    rng, account = (
        np.random.default_rng(seed),
        np.repeat(range(len(ACCOUNTS[sizes])), ACCOUNTS[sizes]),
    )
    n, count = len(account), len(ACCOUNTS[sizes])
    frame = pd.DataFrame({"account": account})
    for name, part in (("t0", 0.0), ("t1", 0.2), ("t2", 0.6), ("y", icc)):
        common, own = rng.normal(size=count)[account], rng.normal(size=n)
        frame[name] = np.sqrt(part) * common + np.sqrt(1 - part) * own
    try:
        return _held(cx.fit_loyalty(study_of(frame, "x", account="account")), 0.0)
    except cx.ModelError:
        return [np.nan] * 3


def weights(seed: int, *, n: int, sigma: float, noise: str) -> list[float]:
    """Are three slopes held by their intervals, with lognormal weights? NaN: refused, as where they
    leave fewer than 8 effective rows. Such studies are drawn anew.
    """
    rng = np.random.default_rng(seed)
    w = np.exp(sigma * rng.normal(size=n))
    while w.sum() ** 2 / (w @ w) < 8:
        w = np.exp(sigma * rng.normal(size=n))
    frame = pd.DataFrame(rng.integers(1, 8, (n, 3)), columns=["t0", "t1", "t2"]).assign(w=w)
    spread = 1.0 if noise == "even" else 0.3 * frame["t0"]
    frame["y"] = spread * rng.normal(size=n)
    try:
        return _held(cx.fit_loyalty(study_of(frame, weight="w")), 0.0)
    except cx.ModelError:
        return [np.nan] * 3


def _answers(rng: np.random.Generator, n: int, touchpoints: int) -> pd.DataFrame:
    latent = np.sqrt(0.6) * rng.normal(size=(n, touchpoints))
    x = np.clip(np.round(4.5 + 1.4 * (latent + np.sqrt(0.4) * rng.normal(size=(n, 1)))), 1, 7)
    slopes = np.zeros(touchpoints)
    slopes[: min(len(SLOPES), touchpoints - 1)] = SLOPES[: touchpoints - 1]
    noise = rng.logistic(scale=1.6 * np.sqrt(3) / np.pi, size=n)
    frame = pd.DataFrame(x, columns=[f"t{j}" for j in range(touchpoints)])
    return frame.assign(y=np.clip(np.round(6.5 + (x - 4.5) @ slopes + noise), 0, 10))


def _told(frame: pd.DataFrame) -> pd.DataFrame:
    """NPS points of the ordinal model: the effect of the last touchpoint, and of a change."""
    fit = cx.fit_loyalty(study_of(frame, kind="nps"), family="ordinal")
    tables = [cx.effects(fit), cx.what_if(fit, STEP)]
    tables = [one[(one["measure"] == "nps_points") & (one["model"] == "ordinal")] for one in tables]
    return pd.concat([tables[0].tail(1), tables[1].tail(1)], ignore_index=True)


@cache
def _truth(touchpoints: int) -> np.ndarray:
    return _told(_answers(np.random.default_rng(1), 100_000, touchpoints))["estimate"].to_numpy()


def ordinal(seed: int, *, n: int, touchpoints: int) -> list[float]:
    """Is the true null of a touchpoint's NPS points rejected, and is the true change of a step held
    by its interval? NaN: the model has no maximum.
    """
    try:
        table = _told(_answers(np.random.default_rng(seed), n, touchpoints))
    except cx.ModelError:
        return [np.nan, np.nan]
    truth = _truth(touchpoints)[1]
    low, high = table.loc[1, ["conf_low", "conf_high"]]
    return [float(table.loc[0, "p_value"] < 0.05), float(low <= truth <= high)]


THREE = {"own": COVERAGE, "shared_a_little": COVERAGE, "shared": COVERAGE}
KINDS = {
    "slope_of_few": Kind(few, {"rejected": SIZE}, "Slopes that few respondents carry"),
    "slopes_of_accounts": Kind(accounts, THREE, "Slopes with few and uneven accounts"),
    "slopes_weighted": Kind(
        weights, {f"slope_{j}": COVERAGE for j in (1, 2, 3)}, "Slopes with uneven weights"
    ),
    "ordinal_of_few": Kind(
        ordinal, {"rejected": SIZE, "what_if": COVERAGE}, "Ordinal models of few respondents"
    ),
}


def cells() -> list[dict]:
    found = [
        {"kind": "slope_of_few", "n": n, "carriers": k, "noise": noise}
        for n in (100, 300)
        for k in (4, 5, 6, 8)
        for noise in NOISES
    ]
    found += [
        {"kind": "slopes_of_accounts", "sizes": sizes, "icc": icc}
        for sizes in ACCOUNTS
        for icc in (0.05, 0.2)
    ]
    found += [
        {"kind": "slopes_weighted", "n": n, "sigma": sigma, "noise": noise}
        for n in (60, 200)
        for sigma in (0.5, 1.0, 2.0)
        for noise in NOISES
    ]
    shapes = [(100, 4), (150, 6), (100, 10), (100, 12), (150, 12)]
    return found + [{"kind": "ordinal_of_few", "n": n, "touchpoints": p} for n, p in shapes]
