"""Do waves differ only where they do? Changes of touchpoints, parts of a change, control limits,
the power that `detectable` promises, and targets.

Ratings are rounded from a normal law, whose rounded mean is the truth; accounts share a part of
their ratings and of the outcome, and answer in both waves; weights are lognormal and independent of
the answers.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import COVERAGE, ONE_SIDED, Bar, Kind, Mean  # noqa: E402  (first of ours)

import cxlab as cx  # noqa: E402
from cxlab.models.waves.against_targets import against_targets
from cxlab.models.waves.control_chart import control_chart
from cxlab.models.waves.decompose_change import decompose_change
from cxlab.models.waves.decompose_mix import decompose_mix
from cxlab.models.waves.detectable import detectable
from cxlab.models.waves.touchpoint_changes import touchpoint_changes

MIDDLE, SPREAD, NOT_USED = 4.5, 1.3, 9
ACCOUNTS, ICC = 40, 0.05
SCALES = {
    "s": {"min": 1, "max": 7, "not_used": [NOT_USED]},
    "y": {"min": -1e6, "max": 1e6, "whole": False},
}
# Resamples of a study: its error rests on these, no percentile does.
N_BOOT = 400
SAMPLES = ("plain", "weights", "accounts")


def mean_of(middle: float) -> float:
    """The mean of ratings rounded from a normal law around `middle`."""
    values = np.arange(1, 8)
    ends = stats.norm.cdf(np.array([1.5, 2.5, 3.5, 4.5, 5.5, 6.5]), middle, SPREAD)
    return float(values @ np.diff([0, *ends, 1]))


def sampled(rng: np.random.Generator, frame: pd.DataFrame, sample: str) -> dict:
    """The keys of a sample; its columns are put into the frame."""
    if sample == "weights":
        frame["w"] = rng.lognormal(0, 0.5, len(frame))
        return {"weight": {"column": "w", "kind": "sampling"}}
    return {"account": "a"} if sample == "accounts" else {}


def drawn(
    rng: np.random.Generator, n: int, moved: list[float], sample: str
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """n ratings a wave of touchpoints that share something, in the last wave `moved`; which are of
    the last, and what accounts share beyond ratings (0 where there are none).
    """
    last, k = np.repeat([False, True], n), len(moved)
    account = np.tile(np.arange(n) * ACCOUNTS // n, 2)
    shared = rng.normal(size=(2 * n, 1))
    latent = np.sqrt(0.3) * shared + np.sqrt(0.7) * rng.normal(size=(2 * n, k))
    effect = np.zeros(2 * n)
    if sample == "accounts":
        latent = np.sqrt(1 - ICC) * latent + np.sqrt(ICC) * rng.normal(size=(ACCOUNTS, k))[account]
        effect = np.sqrt(ICC) * rng.normal(size=ACCOUNTS)[account]
    latent = MIDDLE + np.outer(last, moved) + SPREAD * latent
    frame = pd.DataFrame(
        np.clip(np.round(latent), 1, 7).astype(int), columns=[f"t{j}" for j in range(k)]
    )
    frame["wave"], frame["a"] = np.where(last, "w2", "w1"), [f"a{i}" for i in account]
    return frame, last, effect


def study_of(frame: pd.DataFrame, names: list[str], outcomes: dict, **keys: object) -> cx.Study:
    points = {name: {"experience": name, "scale": "s"} for name in names}
    return cx.Study.from_frame(frame, points, outcomes, scales=SCALES, wave="wave", **keys)


def touchpoints(seed: int, *, n: int, sample: str) -> list[float]:
    """Whether the interval of the one that moved holds its change, and whether any of the nine
    others is said to have changed.
    """
    rng, moved = np.random.default_rng(seed), [-0.4, *[0.0] * 9]
    frame, _, _ = drawn(rng, n, moved, sample)
    names = [f"t{j}" for j in range(10)]
    table = touchpoint_changes(study_of(frame, names, {}, **sampled(rng, frame, sample)))
    truth = mean_of(MIDDLE - 0.4) - mean_of(MIDDLE)
    low, high = table[["conf_low", "conf_high"]].iloc[0]
    return [low <= truth <= high, (table["p_holm"].iloc[1:] < 0.05).any()]


SLOPES = ([0.5, 0.4, 0.3, 0.0, 0.2], [0.5, 0.4, 0.3, 0.0, 0.5])


def parts(seed: int, *, n: int, sample: str, reference: str) -> list[float]:
    """t0 is rated worse, t4 weighs more, t1 is met by 70 %; nothing else changes but the level."""
    rng = np.random.default_rng(seed)
    frame, last, effect = drawn(rng, n, [-0.4, 0.0, 0.0, 0.0, 0.0], sample)
    names = [f"t{j}" for j in range(5)]
    met = rng.random(2 * n) < 0.7
    x = frame[names].to_numpy(float) - 4
    x[~met, 1] = 0
    slopes = np.where(last[:, None], SLOPES[1], SLOPES[0])
    noise = effect + np.sqrt(1 - ICC * (sample == "accounts")) * rng.normal(size=2 * n)
    frame["y"] = 5 + 0.2 * last + (slopes * x).sum(axis=1) + noise
    frame.loc[~met, "t1"] = NOT_USED
    outcomes = {"y": {"kind": "score", "column": "y", "scale": "y"}}
    study = study_of(frame, names, outcomes, **sampled(rng, frame, sample))
    table = decompose_change(study, "y", reference=reference, n_boot=N_BOOT, seed=seed)
    rows = table.set_index(["part", "touchpoint"])
    fell = mean_of(MIDDLE - 0.4) - mean_of(MIDDLE)
    weighs = (SLOPES[1][4] - SLOPES[0][4]) * (mean_of(MIDDLE) - 4)
    held = {
        ("experience", "t0"): 0.5 * fell,
        ("experience", "all_touchpoints"): 0.5 * fell,
        ("importance", "t4"): weighs,
        ("baseline", ""): 0.2,
    }
    covered = [
        rows.loc[key, "conf_low"] <= truth <= rows.loc[key, "conf_high"]
        for key, truth in held.items()
    ]
    alone = [("experience", "t2"), ("experience", "t3"), ("use", "t1"), ("importance", "t0")]
    wrong = [rows.loc[key, "p_value"] < 0.05 for key in alone]
    others = table[(table["part"] == "experience") & table["touchpoint"].isin(names[1:])]
    return [*covered, *wrong, (others["p_holm"] < 0.05).any()]


def mixes(seed: int, *, n: int, sample: str, moved: bool) -> list[float]:
    """Three groups with means 4, 5, 6, all .2 lower in the last wave; their shares may move."""
    rng, last = np.random.default_rng(seed), np.repeat([False, True], n)
    account = np.tile(np.arange(n) * ACCOUNTS // n, 2)
    p0, means = np.array([0.5, 0.3, 0.2]), np.array([4.0, 5.0, 6.0])
    p1 = np.array([0.35, 0.35, 0.3]) if moved else p0
    group = np.where(last, rng.choice(3, 2 * n, p=p1), rng.choice(3, 2 * n, p=p0))
    effect = np.zeros(2 * n)
    if sample == "accounts":
        effect = np.sqrt(ICC) * rng.normal(size=ACCOUNTS)[account]
    y = means[group] - 0.2 * last + effect + rng.normal(size=2 * n)
    frame = pd.DataFrame({"y": y, "g": np.array(list("abc"))[group], "a": account.astype(str)})
    frame["wave"] = np.where(last, "w2", "w1")
    outcomes = {"y": {"kind": "score", "column": "y", "scale": "y"}}
    study = study_of(frame, [], outcomes, segments=["g"], **sampled(rng, frame, sample))
    table = decompose_mix(study, "y", by="g", n_boot=N_BOOT, seed=seed)
    rows = table.set_index(["level", "part"])
    truth = {("all", "mix"): (p1 - p0) @ means, ("all", "within"): -0.2}
    covered = [
        rows.loc[key, "conf_low"] <= one <= rows.loc[key, "conf_high"] for key, one in truth.items()
    ]
    return covered if moved else [*covered[1:], not covered[0]]


OUTCOMES = {
    "score": {"kind": "score", "column": "y", "scale": "y"},
    "nps": {"kind": "nps", "column": "y"},
    "binary": {"kind": "binary", "column": "y"},
}
# Expectation and standard deviation of one answer's part in the metric, by the kind of outcome.
TRUTH = {"score": (0.0, 1.0), "nps": (45.0, np.sqrt(1e4 * 0.75 - 45.0**2)), "binary": (0.6, 0.49)}


def answers(rng: np.random.Generator, kind: str, latent: np.ndarray) -> np.ndarray:
    """Answers of standard normal latent ones: 60 % promoters and 15 % detractors; 60 % yes."""
    if kind == "nps":
        return np.array([3, 8, 10])[np.searchsorted(stats.norm.ppf([0.15, 0.4]), latent)]
    return latent if kind == "score" else (latent > stats.norm.ppf(0.4)).astype(int)


def steady(
    seed: int, *, n: int, waves: int, outcome: str, chart: str, between: float
) -> list[float]:
    """A steady process whose waves vary besides by `between` errors of a wave: is any called
    unusual; and is one that is five of all errors off, and any other beside it?
    """
    rng = np.random.default_rng(seed)
    at = np.repeat(np.arange(waves), n)
    shift = between / np.sqrt(n) * rng.normal(size=waves)
    found = []
    for jump in (0.0, 5 * np.sqrt((1 + between**2) / n)):
        move = shift - jump * (np.arange(waves) == waves // 2)
        y = answers(rng, outcome, rng.normal(size=len(at)) + move[at])
        frame = pd.DataFrame({"y": y, "wave": [f"w{i:02}" for i in at]})
        study = study_of(frame, [], {"y": OUTCOMES[outcome]})
        found.append((control_chart(study, "y", chart=chart)["signal"] != "").to_numpy())
    off = found[1]
    return [found[0].any(), off[waves // 2], np.delete(off, waves // 2).any()]


def found_change(seed: int, *, n: int, sample: str, outcome: str) -> list[float]:
    """Is a change of the size that `detectable` names found as often as it says? Its size is that
    of a first study of this kind.
    """
    rng, last = np.random.default_rng(seed), np.repeat([False, True], n)
    account = np.tile(np.arange(n) * ACCOUNTS // n, 2)

    def study(by: float) -> cx.Study:
        latent = rng.normal(size=2 * n) - by * last
        if sample == "accounts":
            latent = np.sqrt(1 - ICC) * latent + np.sqrt(ICC) * rng.normal(size=ACCOUNTS)[account]
        frame = pd.DataFrame({"y": answers(rng, outcome, latent), "a": account.astype(str)})
        frame["wave"] = np.where(last, "w2", "w1")
        return study_of(frame, [], {"y": OUTCOMES[outcome]}, **sampled(rng, frame, sample))

    row = detectable(study(0.0), "y").iloc[0]
    # The change of the latent mean that moves the metric by so much.
    by = row["detectable"] / (np.sqrt(1 - ICC) if sample == "accounts" else 1)
    low, high = cx.changes(study(by), "y")[["conf_low", "conf_high"]].iloc[-1]
    return [high < 0, row["detectable"]]


def at_target(seed: int, *, n: int, sample: str, outcome: str) -> list[float]:
    """Where the figure of all customers is the target: is either said?"""
    rng = np.random.default_rng(seed)
    latent, account = rng.normal(size=n), np.arange(n) * ACCOUNTS // n
    if sample == "accounts":
        latent = np.sqrt(1 - ICC) * latent + np.sqrt(ICC) * rng.normal(size=ACCOUNTS)[account]
    frame = pd.DataFrame({"y": answers(rng, outcome, latent), "a": account.astype(str)})
    keys = sampled(rng, frame, sample) | {"targets": {"y": TRUTH[outcome][0]}}
    points = {"t": {"experience": "p", "scale": "s"}}
    study = cx.Study.from_frame(
        frame.assign(p=4), points, {"y": OUTCOMES[outcome]}, scales=SCALES, **keys
    )
    return [against_targets(study)["verdict"].iloc[0] != "open"]


KINDS = {
    "touchpoint_change": Kind(
        touchpoints, {"covered": COVERAGE, "any_other": ONE_SIDED}, "Changes of touchpoints"
    ),
    "parts_of_change": Kind(
        parts,
        {
            "rated": COVERAGE,
            "all_rated": COVERAGE,
            "weighs": COVERAGE,
            "baseline": COVERAGE,
            "rated_alike": ONE_SIDED,
            "no_weight": ONE_SIDED,
            "met_alike": ONE_SIDED,
            "weighs_alike": ONE_SIDED,
            "any_other": ONE_SIDED,
        },
        "Parts of a change by touchpoint",
    ),
    "mix_of_change": Kind(
        mixes,
        lambda cell: (
            {"mix": COVERAGE, "within": COVERAGE}
            if cell["moved"]
            else {"within": COVERAGE, "false_mix": ONE_SIDED}
        ),
        "Mix of groups in a change",
    ),
    "steady_process": Kind(
        steady,
        {"false_signal": ONE_SIDED, "found": None, "another": ONE_SIDED},
        "Waves of a steady process called unusual, and one that is five errors off",
    ),
    "detectable_change": Kind(
        found_change, {"found": Bar(77, 83), "size": Mean()}, "A change that is called detectable"
    ),
    "at_target": Kind(at_target, {"said": ONE_SIDED}, "Verdicts where the target is the truth"),
}


def cells() -> list[dict]:
    both = [{"n": n, "sample": sample} for n in (150, 500) for sample in SAMPLES]
    return [
        *({"kind": "touchpoint_change", **one} for one in both),
        *({"kind": "parts_of_change", **one, "reference": "previous"} for one in both),
        {"kind": "parts_of_change", "n": 150, "sample": "plain", "reference": "pooled"},
        *(
            {"kind": "mix_of_change", **one, "moved": moved}
            for one in both
            for moved in (True, False)
        ),
        *(
            {"kind": "steady_process", "n": n, "waves": waves, "outcome": outcome}
            | {"chart": chart, "between": between}
            for waves, n in ((8, 150), (12, 500))
            for outcome in OUTCOMES
            for chart in ("shewhart", "ewma", *["p_prime"] * (outcome == "binary"))
            for between in (0.0, 2.0)
        ),
        *({"kind": "detectable_change", **one, "outcome": "score"} for one in both),
        *({"kind": "at_target", **one, "outcome": outcome} for one in both for outcome in OUTCOMES),
    ]
