"""Is expectation claimed to matter only where it does?

Expectation has no effect; the outcome is linear or curved in the experience, which is measured with
and without error. That planted effects are still named: the contest of gap.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import Kind, at_most  # noqa: E402  (first of ours)

import cxlab as cx  # noqa: E402
from cxlab.models.gap.gate import EXPERIENCE_ONLY

# The outcome by the experience p, centred at 4.
CURVES = {
    "linear": (6, 0.9, 0),
    "diminishing": (7.5, 0.9, -0.12),
    "turning": (7, 0.5, -0.15),
    "increasing": (5, 0.5, 0.12),
}


def ratings(rng: np.random.Generator, n: int, touchpoints: int, halo: float = 0.0) -> np.ndarray:
    """Whole 1–7 ratings (n × touchpoints × expectation and experience): correlated .4 at a
    touchpoint, `halo` between touchpoints; means 5 and 4.5, standard deviation 1.4.
    """
    common, own = rng.normal(size=(n, 1, 1)), rng.normal(size=(n, touchpoints, 1))
    each = rng.normal(size=(n, touchpoints, 2))
    latent = np.sqrt(halo) * common + np.sqrt(0.4 - halo) * own + np.sqrt(0.6) * each
    return np.clip(np.round([5, 4.5] + 1.4 * latent), 1, 7)


def study_of(rated: np.ndarray, y: np.ndarray) -> cx.Study:
    roles = {"expectation": rated[:, :, 0], "experience": rated[:, :, 1]}
    frame = pd.DataFrame(
        {f"{role}{t}": x for role, each in roles.items() for t, x in enumerate(each.T)}
    )
    points = {
        f"t{t}": {role: f"{role}{t}" for role in roles} | {"scale": "s"}
        for t in range(rated.shape[1])
    }
    scales = {"s": {"min": 1, "max": 7}, "y": {"min": -1e6, "max": 1e6, "whole": False}}
    outcome = {"y": {"kind": "score", "column": "y", "scale": "y"}}
    return cx.Study.from_frame(frame.assign(y=y), points, outcome, scales=scales)


def claims(study: cx.Study) -> list[float]:
    """Is expectation claimed by the form, by the sentences on losses and gains; are unequal slopes
    found, without and with the curve of the experience?
    """
    forms = cx.compare_gap_forms(study, repeats=0)
    losses = cx.disconfirmation(study, with_expectation=True, n_boot=0)
    said = "counts in itself" not in cx.say(losses)[0]
    found = losses.set_index("term")["p_value"] < 0.05
    form = forms.loc[forms["chosen"], "form"].item() not in EXPERIENCE_ONLY
    return [form, said, form or said, found["asymmetry"], found["slope_difference"]]


def one_claim(seed: int, *, n: int, curve: str, touchpoints: int, halo: float) -> list[float]:
    rng = np.random.default_rng(seed)
    rated = ratings(rng, n, touchpoints, halo)
    p, (level, slope, bend) = rated[:, :, 1].mean(axis=1) - 4, CURVES[curve]
    y = level + slope * p + bend * p * p + rng.normal(size=n)
    return claims(study_of(rated, np.clip(np.round(y), 0, 10)))


def one_unreliable(seed: int, *, n: int, reliability: float) -> list[float]:
    """The experience that counts is known with an error; E and P correlate .5."""
    rng = np.random.default_rng(seed)
    p = rng.normal(size=n)
    e = 0.5 * p + np.sqrt(0.75) * rng.normal(size=n)
    measured = np.sqrt(reliability) * p + np.sqrt(1 - reliability) * rng.normal(size=n)
    y = 6 + 0.9 * 1.4 * p + rng.normal(size=n)
    rated = np.clip(np.round([5, 4.5] + 1.4 * np.column_stack([e, measured])), 1, 7)
    return claims(study_of(rated[:, None, :], np.clip(np.round(y), 0, 10)))[:3]


_FIGURES = {"form": at_most(5), "losses": at_most(5), "either": at_most(5)}
KINDS = {
    "claim": Kind(
        one_claim,
        {**_FIGURES, "asymmetry": at_most(6), "slope_difference": None},
        "Claims about expectation where it has no effect, percent of studies",
    ),
    "unreliable": Kind(
        one_unreliable,
        dict.fromkeys(_FIGURES),
        "The same where the experience is measured with error",
    ),
}


def cells() -> list[dict]:
    sizes = [(1, 0.0), (8, 0.0), (8, 0.3)]
    return [
        *(
            {"kind": "claim", "n": n, "curve": curve, "touchpoints": k, "halo": halo}
            for k, halo in sizes
            for n in (200, 500)
            for curve in CURVES
        ),
        *({"kind": "unreliable", "n": 500, "reliability": r} for r in (1.0, 0.9, 0.8)),
    ]
