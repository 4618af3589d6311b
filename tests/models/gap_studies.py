"""Small gap studies for the tests of this folder: ratings, an outcome planted on them, and
independent least squares.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

import cxlab as cx
from cxlab.models.gap.fit_gap import gap_terms


def study_of(e, p, y, scale=(1, 7), touchpoint="delivery", **keys) -> cx.Study:
    """One touchpoint with expectation `e` and experience `p`, and a score `y`; `more` are further
    columns.
    """
    frame = pd.DataFrame({"e": e, "p": p, "y": y, **keys.pop("more", {})})
    scales = {
        "s": {"min": scale[0], "max": scale[1], "whole": False},
        "y": {"min": -1e6, "max": 1e6, "whole": False},
    }
    points = {touchpoint: {"expectation": "e", "experience": "p", "scale": "s"}}
    return cx.Study.from_frame(
        frame, points, {"y": {"kind": "score", "column": "y", "scale": "y"}}, scales=scales, **keys
    )


def planted(
    coefficients: dict[str, float], n: int = 500, noise: float = 0.5, seed: int = 8, **keys
) -> cx.Study:
    """Ratings spread evenly over 1–7 and an outcome made of the given terms (centred at 4).
    `weights=True`, `clusters=k`.
    """
    rng = np.random.default_rng(seed)
    e, p = rng.integers(1, 8, n), rng.integers(1, 8, n)
    terms = gap_terms(e - 4.0, p - 4.0)
    y = sum(
        (value * terms[term] for term, value in coefficients.items()), np.zeros(n)
    ) + rng.normal(0, noise, n)
    more = {}
    if keys.pop("weights", False):
        more["w"], keys["weight"] = rng.uniform(0.5, 2, n), "w"
    if clusters := keys.pop("clusters", 0):
        more["c"], keys["account"] = rng.integers(0, clusters, n), "c"
        y = y + rng.normal(0, noise / 2, clusters)[more["c"]]
    return study_of(e, p, y, more=more, **keys)


def by_hand(x: np.ndarray, y: np.ndarray, w: np.ndarray | None = None) -> np.ndarray:
    """Least-squares coefficients by the normal equations' own definition, no library of the house
    involved.
    """
    root = np.ones(len(y)) if w is None else np.sqrt(w)
    return np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0]


def polynomial(e: np.ndarray, p: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(e)), e, p, e * e, e * p, p * p])


def arrays(study: cx.Study) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centred expectation and experience, and the outcome, of a study made here."""
    return (
        study.rating("delivery", "expectation").to_numpy() - 4,
        study.rating("delivery").to_numpy() - 4,
        study.outcome("y").to_numpy(),
    )
