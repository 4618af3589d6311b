"""Do the intervals of path models hold, direct, indirect and total, of indices and importances?

Image and appeal lead to satisfaction, satisfaction and image to loyalty; each is asked by three
questions of equal reliability, so that the weights of a large sample are equal and the truth is
what regressions of means of three give. Accounts of ten share a fifth of the variance of every
cause; weights are lognormal and independent of all, or rise with image.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import COVERAGE, ONE_SIDED, Kind  # noqa: E402  (first of ours)

import cxlab as cx  # noqa: E402
from cxlab.models.constructs.construct_effects import construct_effects
from cxlab.models.constructs.construct_quality import construct_quality, htmt
from cxlab.models.constructs.fit_constructs import fit_constructs
from cxlab.models.constructs.importance_performance import importance_performance

NAMES = ("image", "appeal", "satisfaction", "loyalty")
MODEL = {"satisfaction": ["image", "appeal"], "loyalty": ["image", "satisfaction"]}
EACH, BETWEEN, PER_ACCOUNT, SHARED, N_BOOT = 3, 0.3, 10, 0.2, 500
# Means and standard deviations of the answers, on 0–100.
MEAN, SD = np.array([60.0, 55.0, 50.0, 65.0]), np.array([12.0, 14.0, 10.0, 12.0])
# The ways whose effects are judged; the model has no other than these and their totals.
DIRECT = [("image", "satisfaction"), ("appeal", "satisfaction"), ("satisfaction", "loyalty")]
INDIRECT = [("image", "loyalty"), ("appeal", "loyalty")]


def causes(paths: tuple, between: float = BETWEEN) -> tuple[np.ndarray, np.ndarray]:
    """Of causes of variance 1: slopes on the causes before them, and their covariance."""
    by_image, by_appeal, onward, past = paths
    slopes = np.zeros((4, 4))
    slopes[2, :2], slopes[3, [2, 0]] = (by_image, by_appeal), (onward, past)
    cov = np.eye(4)
    cov[0, 1] = cov[1, 0] = between
    for one in (2, 3):
        cov[one, :one] = cov[:one, one] = slopes[one, :one] @ cov[:one, :one]
    return slopes, cov


def truths(paths: tuple, common: float) -> dict[tuple[str, str, str], float]:
    """Effects between standardised means of three questions."""
    seen = EACH * common / (1 + (EACH - 1) * common)
    cov = causes(paths)[1] * seen
    np.fill_diagonal(cov, 1.0)
    among, last = cov[:2, :2], cov[[0, 2]][:, [0, 2]]
    first = np.linalg.solve(among, cov[:2, 2])
    image, onward = np.linalg.solve(last, cov[[0, 2], 3])
    direct = {DIRECT[0]: first[0], DIRECT[1]: first[1], DIRECT[2]: onward}
    direct[INDIRECT[0]] = image
    indirect = {INDIRECT[0]: first[0] * onward, INDIRECT[1]: first[1] * onward}
    total = {way: direct.get(way, 0) + indirect.get(way, 0) for way in (*direct, INDIRECT[1])}
    routes = {"direct": direct, "indirect": indirect, "total": total}
    return {(*way, route): b for route, ways in routes.items() for way, b in ways.items()}


def answered(
    rng: np.random.Generator,
    n: int,
    paths: tuple,
    common: float,
    sample: str,
    between: float = BETWEEN,
) -> tuple[pd.DataFrame, dict]:
    slopes, cov = causes(paths, between)
    account = np.arange(n) // PER_ACCOUNT

    def noise() -> np.ndarray:
        own, together = rng.normal(size=n), rng.normal(size=account[-1] + 1)[account]
        shared = SHARED if sample == "accounts" else 0.0
        return np.sqrt(1 - shared) * own + np.sqrt(shared) * together

    cause = np.empty((n, 4))
    cause[:, 0] = noise()
    cause[:, 1] = between * cause[:, 0] + np.sqrt(1 - between**2) * noise()
    for one in (2, 3):
        b = slopes[one, :one]
        cause[:, one] = cause[:, :one] @ b + np.sqrt(1 - b @ cov[:one, :one] @ b) * noise()
    columns = {}
    for j, name in enumerate(NAMES):
        for i in range(EACH):
            own = np.sqrt(1 - common) * rng.normal(size=n)
            columns[f"{name}{i}"] = MEAN[j] + SD[j] * (np.sqrt(common) * cause[:, j] + own)
    frame, keys = pd.DataFrame(columns).round(6), {}
    if sample == "accounts":
        frame["a"], keys["account"] = [f"a{one}" for one in account], "a"
    if sample in ("weights", "selected"):
        pull = 0.4 * cause[:, 0] if sample == "selected" else 0.0
        # Who is of a low image is asked as often as he weighs little.
        frame["w"] = np.exp(pull) * rng.lognormal(0, 0.3, n)
        keys["weight"] = {"column": "w", "kind": "sampling"}
        if sample == "selected":
            keep = rng.random(n) < np.exp(-pull) / np.exp(-pull).max()
            frame = frame[keep]
    return frame, keys


def study_of(frame: pd.DataFrame, keys: dict) -> cx.Study:
    scale = {"s": {"min": -1000, "max": 1000, "whole": False}}
    items = {name: [f"{name}{i}" for i in range(EACH)] for name in NAMES}
    return cx.Study.from_frame(frame, {}, {}, scales=scale, constructs=items, model=MODEL, **keys)


def effects(
    seed: int, *, n: int, paths: list, common: float, sample: str, scheme: str
) -> list[float]:
    """Whether the intervals hold the direct effects, the indirect and the total ones."""
    rng = np.random.default_rng(seed)
    drawn = 3 * n if sample == "selected" else n
    frame, keys = answered(rng, drawn, tuple(paths), common, sample)
    fit = fit_constructs(study_of(frame[:n], keys), scheme=scheme, n_boot=N_BOOT, seed=seed)
    table = construct_effects(fit).set_index(["construct", "leads_to", "route"])
    held = {
        key: table.loc[key, "conf_low"] <= truth <= table.loc[key, "conf_high"]
        for key, truth in truths(tuple(paths), common).items()
    }
    ways = [(*way, "direct") for way in (*DIRECT, INDIRECT[0])]
    ways += [(*way, "indirect") for way in INDIRECT] + [(*INDIRECT[0], "total")]
    return [held[way] for way in ways]


def no_effect(seed: int, *, n: int, paths: list, common: float) -> list[float]:
    """Whether the interval of an indirect effect of nothing leaves that out, and whether it is
    claimed. Image and appeal are independent: what is left of the error of one would else be told
    of the other.
    """
    rng = np.random.default_rng(seed)
    frame, keys = answered(rng, n, tuple(paths), common, "plain", 0.0)
    fit = fit_constructs(study_of(frame, keys), n_boot=N_BOOT, seed=seed)
    row = (
        construct_effects(fit)
        .set_index(["construct", "leads_to", "route"])
        .loc[(*INDIRECT[1], "indirect")]
    )
    return [not row["conf_low"] <= 0 <= row["conf_high"], row["p_value"] < 0.05]


def measured(seed: int, *, n: int, common: float, sample: str) -> list[float]:
    """Whether the intervals hold an index and an importance (of satisfaction), its reliability and
    the ratio of two constructs.
    """
    rng = np.random.default_rng(seed)
    paths = (0.4, 0.3, 0.5, 0.2)
    frame, keys = answered(rng, n, paths, common, sample)
    fit = fit_constructs(study_of(frame, keys), n_boot=N_BOOT, seed=seed)
    row = importance_performance(fit).set_index("construct").loc["satisfaction"]
    quality = construct_quality(fit).set_index("construct").loc["satisfaction"]
    pair = htmt(fit).set_index(["construct", "other"])
    pair = pair.loc[("satisfaction", "loyalty")]
    seen = EACH * common / (1 + (EACH - 1) * common)
    score = common + (1 - common) / EACH
    index = (MEAN[2] + 1000) / 20
    onward = truths(paths, common)["satisfaction", "loyalty", "total"]
    wanted = {
        "index": index,
        "importance": onward * (SD[3] / SD[2]),
        "rho_c": EACH * score / (EACH * score + 1 - score),
        "htmt": causes(paths)[1][2, 3],
        "alpha": seen,
    }
    ends = {
        "index": (row["index_low"], row["index_high"]),
        "importance": (row["conf_low"], row["conf_high"]),
        "rho_c": (quality["rho_c_low"], quality["rho_c_high"]),
        "htmt": (pair["conf_low"], pair["conf_high"]),
        "alpha": (quality["alpha_low"], quality["alpha_high"]),
    }
    return [low <= wanted[name] <= high for name, (low, high) in ends.items()]


WAYS = ("image_satisfaction", "appeal_satisfaction", "satisfaction_loyalty", "image_loyalty")
KINDS = {
    "path_coverage": Kind(
        effects,
        dict.fromkeys((*WAYS, "image_indirect", "appeal_indirect", "image_total"), COVERAGE),
        "Effects between constructs",
    ),
    "no_indirect_effect": Kind(
        no_effect,
        {"excludes_0": ONE_SIDED, "claimed": ONE_SIDED},
        "Indirect effects of nothing",
    ),
    "construct_measures": Kind(
        measured,
        dict.fromkeys(("index", "importance", "rho_c", "htmt", "alpha"), COVERAGE),
        "Indices, importances and reliabilities of constructs",
    ),
}


def cells() -> list[dict]:
    usual = (0.4, 0.3, 0.5, 0.2)
    return [
        *(
            {"kind": "path_coverage", "n": n, "paths": usual, "common": common}
            | {"sample": sample, "scheme": scheme}
            for n, common, sample, scheme in (
                (250, 0.6, "plain", "path"),
                (250, 0.4, "plain", "path"),
                (250, 0.6, "plain", "factorial"),
                (250, 0.6, "plain", "centroid"),
                (100, 0.6, "plain", "path"),
                (250, 0.6, "weights", "path"),
                (250, 0.6, "selected", "path"),
                (600, 0.6, "accounts", "path"),
            )
        ),
        *(
            {"kind": "no_indirect_effect", "n": n, "paths": paths, "common": 0.6}
            for n in (100, 250)
            for paths in ((0.4, 0.0, 0.5, 0.2), (0.0, 0.3, 0.0, 0.4), (0.0, 0.0, 0.0, 0.4))
        ),
        *(
            {"kind": "construct_measures", "n": n, "common": 0.6, "sample": sample}
            for n, sample in ((250, "plain"), (100, "plain"), (250, "weights"))
        ),
    ]
