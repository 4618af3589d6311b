"""Is a touchpoint called a moment of truth only where it weighs more than the others, and a
candidate to drop only where it weighs less?

All weights (effect × reach) are equal, or one is twice the others, or nothing. Some touchpoints
were met by few in "uneven": their effects are then as much larger. All ask an effort, the first a
high one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent))

from gap import ratings, sampling_weights  # noqa: E402
from harness import Kind, at_least, at_most  # noqa: E402  (first of ours)

import cxlab as cx  # noqa: E402
from cxlab.models.journey.moments_of_truth import moments_of_truth

NOT_USED = 9
# Sum of the slopes. With noise of 1 they explain two thirds of the outcome, of .7 four fifths.
TOTAL = 1.5


def study_of(
    rng: np.random.Generator,
    n: int,
    touchpoints: int,
    weights: str,
    reach: str,
    noise: float,
    first: float = 1.0,
) -> cx.Study:
    """The first touchpoint weighs `first` times as much as each of the others."""
    rated = ratings(rng, n, touchpoints, (4.5,))
    met = np.linspace(1, 0.4, touchpoints) if reach == "uneven" else np.ones(touchpoints)
    used = rng.random((n, touchpoints)) < met
    size = np.where(np.arange(touchpoints) < 1, first, 1.0)
    slopes = TOTAL * size / size.sum() / met
    y = 5 + (used * (rated - 4.5)) @ slopes + noise * rng.normal(size=n)
    names = [f"t{i}" for i in range(touchpoints)]
    frame = pd.DataFrame(np.where(used, rated, NOT_USED), columns=names).assign(y=y)
    for i, name in enumerate(names):
        frame[f"{name}_effort"] = np.clip(np.round((6 if i == 0 else 4) + rng.normal(size=n)), 1, 7)
    keys = {}
    if weights != "none":
        frame["w"], keys["weight"] = sampling_weights(rng, weights, rated[:, 0]), "w"
    scales = {
        "s": {"min": 1, "max": 7, "not_used": [NOT_USED]},
        "y": {"min": -1e6, "max": 1e6, "whole": False},
    }
    points = {
        name: {"experience": name, "effort": f"{name}_effort", "scale": "s"} for name in names
    }
    outcomes = {"y": {"kind": "score", "column": "y", "scale": "y"}}
    return cx.Study.from_frame(frame, points, outcomes, scales=scales, **keys)


def marked(study: cx.Study) -> pd.Series:
    fit = cx.fit_loyalty(study)
    return moments_of_truth(study, fit, n_boot=0)["moment"] != ""


def one_false_moment(
    seed: int, *, n: int, touchpoints: int, weights: str, reach: str, noise: float
) -> list[float]:
    rng = np.random.default_rng(seed)
    return [marked(study_of(rng, n, touchpoints, weights, reach, noise)).any()]


def one_true_moment(
    seed: int, *, n: int, touchpoints: int, weights: str, reach: str, noise: float
) -> list[float]:
    """Is the planted one named, and any other?"""
    rng = np.random.default_rng(seed)
    found = marked(study_of(rng, n, touchpoints, weights, reach, noise, first=2.0))
    return [found.iloc[0], found.iloc[1:].any()]


def dropped(study: cx.Study) -> pd.Series:
    return cx.journey.journey_map(study, cx.fit_loyalty(study))["droppable"]


def one_false_drop(
    seed: int, *, n: int, touchpoints: int, weights: str, reach: str, noise: float
) -> list[float]:
    rng = np.random.default_rng(seed)
    return [dropped(study_of(rng, n, touchpoints, weights, reach, noise)).any()]


def one_true_drop(
    seed: int, *, n: int, touchpoints: int, weights: str, reach: str, noise: float
) -> list[float]:
    """Is the one that weighs nothing named, and any other?"""
    rng = np.random.default_rng(seed)
    found = dropped(study_of(rng, n, touchpoints, weights, reach, noise, first=0.0))
    return [found.iloc[0], found.iloc[1:].any()]


KINDS = {
    "false_drop": Kind(
        one_false_drop,
        {"named": at_most(5)},
        "Studies that name a candidate to drop where all touchpoints weigh the same",
    ),
    "true_drop": Kind(
        one_true_drop,
        {"named": None, "another": at_most(5)},
        "A touchpoint that weighs nothing and asks much effort is named",
    ),
    "false_moment": Kind(
        one_false_moment,
        {"named": at_most(5)},
        "Studies that name a moment of truth where all touchpoints weigh the same",
    ),
    "true_moment": Kind(
        one_true_moment,
        # Nobody finds it in much noise: there the share is only told.
        lambda cell: {"named": at_least(90) if cell["noise"] < 1 else None, "another": at_most(5)},
        "A touchpoint of twice the others' weight is named",
    ),
}


def cells() -> list[dict]:
    samples = [
        {"weights": weights, "reach": reach}
        for weights, reach in (("none", "all"), ("independent", "all"), ("none", "uneven"))
    ]
    false = [
        {"kind": "false_moment", "n": n, "touchpoints": k, "noise": 1.0, **sample}
        for k in (4, 10, 20)
        for n in (150, 600)
        for sample in samples
    ]
    true = [
        {"kind": "true_moment", "n": 600, "touchpoints": 10, "noise": noise, **sample}
        for noise in (1.0, 0.7)
        for sample in samples
    ]
    drop = [
        {"kind": kind, "n": 600, "touchpoints": k, "noise": 1.0, **sample}
        for kind in ("false_drop", "true_drop")
        for k in (4, 10)
        for sample in samples
    ]
    return [*false, *true, *drop]
