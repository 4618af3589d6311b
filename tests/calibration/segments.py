"""Classes of customers: is one found where there is one, are three found where there are three, and
do the intervals of their shares hold?

Eight questions of three answers, 600 respondents, unweighted or weighted (lognormal, Kish's design
effect 1.28). One class: every study has shares of its own. Three classes: each gives its own answer
to a question in 70 %, the others evenly.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from harness import COVERAGE, Kind, Mean, at_least

import cxlab as cx

N, LEVELS, CLEAR, MOST = 600, 3, 0.7, 6
SHARES = np.array([0.45, 0.33, 0.22])
OWN = np.array([[0, 0, 0, 1, 1, 1, 2, 2], [1, 1, 2, 0, 0, 2, 1, 0], [2, 1, 0, 2, 1, 0, 0, 1]])
NAMES = [f"q{i}" for i in range(OWN.shape[1])]


def study_of(rng: np.random.Generator, codes: np.ndarray, sample: str) -> cx.Study:
    frame, keys = pd.DataFrame(codes, columns=NAMES), {}
    if sample == "weighted":
        frame, keys = frame.assign(w=rng.lognormal(0, 0.5, N)), {"weight": "w"}
    return cx.Study.from_frame(frame, {}, **keys)


def of_one_class(rng: np.random.Generator) -> np.ndarray:
    shares = rng.dirichlet(np.full(LEVELS, 3.0), len(NAMES))
    return np.column_stack([rng.choice(LEVELS, N, p=one) for one in shares])


def of_three_classes(rng: np.random.Generator) -> np.ndarray:
    own = OWN[rng.choice(len(SHARES), N, p=SHARES)]
    other = (own + rng.integers(1, LEVELS, own.shape)) % LEVELS
    return np.where(rng.random(own.shape) < CLEAR, own, other)


def chosen(table: pd.DataFrame) -> int:
    """The number of classes that is chosen, 0 where none is."""
    return int(table.loc[table["verdict"] == "chosen", "classes"].sum())


def one_class(seed: int, *, sample: str) -> list[float]:
    rng = np.random.default_rng(seed)
    study = study_of(rng, of_one_class(rng), sample)
    return [float(chosen(cx.segments.find_segments(study, NAMES, most=MOST, seed=seed)) == 1)]


def three_classes(seed: int, *, sample: str) -> list[float]:
    """Are they found, and how certain is it who belongs where?"""
    rng = np.random.default_rng(seed)
    study = study_of(rng, of_three_classes(rng), sample)
    table = cx.segments.find_segments(study, NAMES, most=MOST, seed=seed)
    entropy = table.set_index("classes").loc[len(SHARES), "entropy"]
    return [float(chosen(table) == len(SHARES)), float(entropy)]


def profile(seed: int, *, sample: str) -> list[float]:
    """Of three classes, taken as known: do the intervals of the share of the first class and of its
    own answer to a question hold the planted ones?
    """
    rng = np.random.default_rng(seed)
    study = study_of(rng, of_three_classes(rng), sample)
    found = cx.segments.find_segments(study, NAMES, most=len(SHARES), seed=seed)
    keys = {"classes": len(SHARES), "n_boot": 400, "seed": seed}
    table = cx.segments.segment_profile(study, found, **keys)
    # Classes are numbered by their size, which chance may turn: the planted one is told by answers.
    mine = table[table["question"].isin(NAMES[:3]) & (table["choice"] == "0")]
    level = mine.groupby("level")["estimate"].mean().idxmax()
    row = mine[(mine["level"] == level) & (mine["question"] == NAMES[0])].iloc[0]
    return [
        float(row["class_share_low"] <= SHARES[0] <= row["class_share_high"]),
        float(row["conf_low"] <= CLEAR <= row["conf_high"]),
    ]


KINDS = {
    "one_class": Kind(
        one_class, {"one class": at_least(95)}, "Classes where there is one", 200, refusable=False
    ),
    "three_classes": Kind(
        three_classes,
        {"three classes": at_least(90), "entropy": Mean()},
        "Classes where there are three",
        200,
        refusable=False,
    ),
    "class_profile": Kind(
        profile,
        {"covered share of a class": COVERAGE, "covered share of an answer": COVERAGE},
        "Shares of three classes and of their answers",
        1000,
    ),
}


def cells() -> list[dict]:
    return [{"kind": kind, "sample": one} for kind in KINDS for one in ("plain", "weighted")]
