"""Gap models: what the intervals of a1–a5 hold, whether tests of true nulls keep their size, and
whether the contest of forms names what was planted.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import COVERAGE, SIZE, Bias, Kind, at_least  # noqa: E402  (first of ours)

import cxlab as cx  # noqa: E402
from cxlab.models.gap.fit_gap import FORMS, gap_terms
from cxlab.models.gap.gate import EXPERIENCE_ONLY

DRAWS = 999
REPEATS_PLAIN = 20_000
SIZES = (150, 500, 2000)
WEIGHTS = ("none", "independent", "related")
LINES = ["a1", "a2", "a3", "a4", "a5"]
ENDS = {
    "delta": ("conf_low", "conf_high"),
    "percentile": ("boot_low", "boot_high"),
    "bca": ("bca_low", "bca_high"),
}

# The surface whose a1…a5 are covered: outcome units per scale point, ratings centred at 4.
SURFACE = {
    "expectation": 0.1,
    "experience": 0.5,
    "expectation^2": -0.08,
    "expectation:experience": 0.12,
    "experience^2": -0.06,
}
# What the contest must name, at n = 500 with noise of standard deviation 1 (centred ratings; terms
# as in `cxlab.models.gap.fit_gap`).
PLANTED = {
    "intercept": {},
    "P": {"experience": 0.4},
    "E": {"expectation": 0.4},
    "difference": {"gap": 0.4},
    "absolute_difference": {"|gap|": -0.6},
    "squared_difference": {"gap^2": -0.2},
    "P+P^2": {"experience": 0.9, "experience^2": -0.12},
    "E+E^2": {"expectation": 0.5, "expectation^2": -0.15},
    "E+P": {"expectation": 0.3, "experience": 0.5},
    "asymmetric": {"loss": 0.9, "gain": 0.1},
    "shifted_squared_difference": {"gap": 0.5, "gap^2": -0.15},
    "rising_ridge": {"sum": 0.3, "gap^2": -0.2},
    "cubic_asymmetry": {"gap^2": -0.2, "gap^3": 0.06},
    "level_congruence": {"gap^2": -0.2, "sum:gap^2": 0.05},
    "E+P+P^2": {"expectation": 0.4, "experience": 0.7, "experience^2": -0.15},
    "P+P^2+P^3": {"experience": -0.2, "experience^2": -0.1, "experience^3": 0.1},
    "shifted_rising_ridge": {"expectation": -0.2, "experience": 0.6, "gap^2": -0.2},
    "interaction": {"expectation": 0.1, "experience": 0.6, "expectation:experience": 0.2},
    "broad_congruence": {"sum": 0.3, "squares": -0.25, "expectation:experience": 0.2},
    "rising_ridge_asymmetry": {"sum": 0.3, "gap^2": -0.2, "gap^3": 0.06},
    "rising_ridge_level": {"sum": 0.3, "gap^2": -0.2, "sum:gap^2": 0.05},
    "quadratic": {
        "expectation": 0.1,
        "experience": 0.6,
        "expectation^2": -0.3,
        "expectation:experience": 0.2,
        "experience^2": -0.1,
    },
    "cubic": {
        "expectation": -0.5,
        "experience": 0.6,
        "expectation^2": -0.1,
        "expectation:experience": 0.1,
        "experience^3": -0.1,
        "expectation^3": 0.1,
    },
}


def ratings(
    rng: np.random.Generator, n: int, columns: int = 2, means: tuple = (5.0, 4.5)
) -> np.ndarray:
    """Whole 1–7 ratings (n × columns) as surveys have them: correlated 0.4, sd 1.4, expectation
    above experience, piled up at 7.
    """
    latent = np.sqrt(0.6) * rng.normal(size=(n, columns)) + np.sqrt(0.4) * rng.normal(size=(n, 1))
    return np.clip(np.round(np.resize(means, columns) + 1.4 * latent), 1, 7)


def sampling_weights(rng: np.random.Generator, kind: str, rating: np.ndarray) -> np.ndarray | None:
    """None; lognormal (Kish's design effect 1.28); or lognormal around a share that rises as the
    first rating falls (1.39).
    """
    if kind == "none":
        return None
    if kind == "independent":
        return rng.lognormal(0, 0.5, len(rating))
    return np.exp(-0.35 * (rating - 5)) * rng.lognormal(0, 0.3, len(rating))


def study_of(
    experiences: dict[str, np.ndarray],
    expectation: np.ndarray | None,
    y: np.ndarray,
    weights: np.ndarray | None,
) -> cx.Study:
    frame = pd.DataFrame({**experiences, "y": y})
    points = {name: {"experience": name, "scale": "s"} for name in experiences}
    if expectation is not None:
        frame["e"] = expectation
        points["t"]["expectation"] = "e"
    keys = {}
    if weights is not None:
        frame["w"], keys["weight"] = weights, "w"
    scales = {"s": {"min": 1, "max": 7}, "y": {"min": -1e6, "max": 1e6, "whole": False}}
    return cx.Study.from_frame(
        frame, points, {"y": {"kind": "score", "column": "y", "scale": "y"}}, scales=scales, **keys
    )


def gap_data(
    rng: np.random.Generator,
    n: int,
    coefficients: dict[str, float],
    weighting: str,
    uneven_noise: bool,
) -> tuple:
    """Expectation, experience, outcome (n each) and weights."""
    e, p = ratings(rng, n).T
    terms = gap_terms(e - 4, p - 4)
    y = sum((value * terms[term].to_numpy() for term, value in coefficients.items()), np.zeros(n))
    noise = 0.6 + 0.2 * np.abs(p - e) if uneven_noise else 1.0
    return e, p, y + noise * rng.normal(size=n), sampling_weights(rng, weighting, e)


def gap_study(*arguments, **keys) -> cx.Study:
    e, p, y, weights = gap_data(*arguments, **keys)
    return study_of({"t": p}, e, y, weights)


# ---- one study each; every function returns a few numbers


def truth() -> np.ndarray:
    b1, b2, b3, b4, b5 = SURFACE.values()
    return np.array([b1 + b2, b3 + b4 + b5, b1 - b2, b3 - b4 + b5, b3 - b5])


def one_surface(seed: int, n: int, weights: str) -> list[float]:
    """Is each of a1…a5 held? (kind × line), then the error of each estimate."""
    fit = cx.fit_gap(gap_study(np.random.default_rng(seed), n, SURFACE, weights, uneven_noise=True))
    table = cx.surface(fit, n_boot=DRAWS, seed=seed).head(5)
    held = [(table[low] <= truth()) & (truth() <= table[high]) for low, high in ENDS.values()]
    return [*np.concatenate(held).astype(float), *(table["estimate"] - truth())]


def one_disconfirmation(seed: int, n: int, weights: str) -> list[float]:
    study = gap_study(np.random.default_rng(seed), n, {"gap": 0.6}, weights, uneven_noise=True)
    table = cx.disconfirmation(study, n_boot=0).set_index("term")
    # Ratings too few for a curve have no asymmetry.
    p_value = table["p_value"].reindex(["slope_difference", "asymmetry"])
    return list((p_value < 0.05).astype(float).where(p_value.notna()))


def plain_p_value(e: np.ndarray, p: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> float:
    """The same test in a few lines of numpy, which `test_quick.py` holds to the library's: ten
    times as many studies in less time.
    """
    gap, w = p - e, np.ones(len(y)) if weights is None else weights
    x = np.column_stack([np.ones_like(gap), np.minimum(gap, 0), np.maximum(gap, 0)])
    inverse, line = np.linalg.inv(x.T @ (x * w[:, None])), np.array([0.0, 1.0, -1.0])
    b, leverage = inverse @ (x.T @ (w * y)), w * np.einsum("ij,jk,ik->i", x, inverse, x)
    d = (w * (x @ inverse @ line)) ** 2 / (1 - leverage)
    # MM' of the residual maker M = I − H, less the identity, as two thin matrices: rows of `left`
    # times rows of `right`.
    wx, core = w[:, None] * x, inverse @ (x.T @ (w[:, None] ** 2 * x)) @ inverse
    left, right = np.hstack([x @ core, -x @ inverse, -wx @ inverse]), np.hstack([x, wx, x])
    own = (left * right).sum(axis=1)
    squares = (
        d**2 @ (1 + 2 * own)
        + ((left.T @ (d[:, None] * left)) * (right.T @ (d[:, None] * right))).sum()
    )
    return float(
        2
        * stats.t.sf(abs(line @ b) / np.sqrt(d @ (y - x @ b) ** 2), (d @ (1 + own)) ** 2 / squares)
    )


def one_plain_disconfirmation(seed: int, n: int, weights: str) -> list[float]:
    return [
        float(
            plain_p_value(
                *gap_data(np.random.default_rng(seed), n, {"gap": 0.6}, weights, uneven_noise=True)
            )
            < 0.05
        )
    ]


def one_penalty_reward(seed: int, n: int, weights: str) -> list[float]:
    rng = np.random.default_rng(seed)
    rated = ratings(rng, n, 3, (4.5,))
    effects = np.array([0.5, 0.3, 0.0])
    y = ((rated >= 6).astype(float) - (rated <= 3)) @ effects + (
        0.6 + 0.1 * np.abs(rated[:, 0] - 4)
    ) * rng.normal(size=n)
    study = study_of(
        dict(zip("tuv", rated.T, strict=True)), None, y, sampling_weights(rng, weights, rated[:, 0])
    )
    # The first touchpoint's test only, so that every repeat is one independent test.
    return [float(cx.penalty_reward(study, n_boot=0)["p_value"].iloc[0] < 0.05)]


def one_contest(seed: int, n: int, weights: str, form: str) -> list[float]:
    study = gap_study(np.random.default_rng(seed), n, PLANTED[form], weights, uneven_noise=False)
    # Without weights AICc chooses and cross-validation is only shown, so it is left out.
    table = cx.compare_gap_forms(study, repeats=0 if weights == "none" else 10)
    named = table.loc[table["chosen"], "form"].item()
    simpler = len(FORMS[named]) < len(FORMS[form])
    return [family(named) == family(form), named == form, simpler, named != form and not simpler]


def family(form: str) -> str:
    """Which of expectation and experience matter."""
    return "P" if form in EXPERIENCE_ONLY else "E" if form in ("E", "E+E^2") else "both"


KINDS = {
    "surface": Kind(
        one_surface,
        {f"{kind} {line}": COVERAGE for kind in ("delta", "percentile") for line in LINES}
        | {f"bca {line}": None for line in LINES}
        | {f"bias {line}": Bias() for line in LINES},
        "Coverage of the 95 % intervals of a1–a5",
    ),
    "disconfirmation": Kind(
        one_disconfirmation,
        {"rejected": SIZE, "given the experience": SIZE},
        "Equal slopes of losses and gains rejected",
    ),
    "disconfirmation_plain": Kind(
        one_plain_disconfirmation, {"rejected": SIZE}, "The same test in numpy", REPEATS_PLAIN
    ),
    "penalty_reward": Kind(
        one_penalty_reward, {"rejected": SIZE}, "Equal penalty and reward rejected"
    ),
    "contest": Kind(
        one_contest,
        {"family": at_least(80), "form": at_least(80), "a simpler form": None, "another": None},
        "The contest names the planted form, and which of expectation and experience matter",
    ),
}


def cells() -> list[dict]:
    plain = [
        {"kind": kind, "n": n, "weights": w}
        for kind in list(KINDS)[:-1]
        for w in WEIGHTS
        for n in SIZES
    ]
    return plain + [
        {"kind": "contest", "n": 500, "weights": w, "form": form}
        for w in WEIGHTS[:2]
        for form in PLANTED
    ]
