"""Studies with a planted truth, so that a method can be tried where the right answer is known.

Real surveys never tell what the customers' loyalty really depends on. Here it is planted: students see whether they find
it, tests see whether our estimators do, and the sample clients of `data/` come from the same call. The designs (what is
asked, of whom, how strongly each touchpoint matters) are data, in `designs/*.yml`; this module only draws from them.
"""

from __future__ import annotations

import copy
import functools
import math
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import yaml

from cxlab.errors import ModelError
from cxlab.study.study import Study
from cxlab.study.writing import write_study

__all__ = ["DESIGNS", "FORMS", "simulate_study", "write_study"]

DESIGNS = ("learn", "telecom", "software", "retail")
FORMS = ("performance", "difference", "asymmetric", "congruence")
LOSS_RATIO = 2.0
# Touchpoints of one respondent resemble each other (halo), and so do the expectation and the experience of one touchpoint.
HALO, SHARED_HALO, SHARED_OWN = 0.35, 0.3, 0.2
MIDPOINT, LOWEST, HIGHEST = 4, 1, 7
# Beyond this share of loyalty scores cut at 0 or 100 the planted line would no longer be the true one.
CUT_ALLOWED = 0.005


def simulate_study(
    n: int = 500, *, seed: int, design: str = "learn", form: str | None = None, slopes: dict[str, float] | None = None, noise: float | None = None
) -> Study:
    """A made-up study of `n` respondents whose truth is known: `study.truth`, columns `quantity touchpoint coefficient`.

    Expectation E and experience P are correlated ratings on 1–7. The outcome `loyalty` (0–100, decimals) is, exactly,

        loyalty = intercept + Σ_t used_t·(offset_t + f_t(E_t, P_t)) + account effect + Normal(0, noise)

    in the ratings as answered, so that a right model recovers the planted numbers without attenuation. With b_t the
    touchpoint's slope in `slopes` (points of loyalty per scale point), `form` says what f_t is:

    - "performance": b_t·(P−4); quantity `experience` = b_t
    - "difference": b_t·(P−E); `experience` = b_t, `expectation` = −b_t
    - "asymmetric": ⅔b_t·max(P−E, 0) + 4/3·b_t·min(P−E, 0); `gain` = ⅔b_t, `loss` = 4/3·b_t, `loss_ratio` = 2
    - "congruence": −(b_t/5)·(P−E)²; `experience^2` = `expectation^2` = −b_t/5, `expectation:experience` = 2b_t/5

    Also listed: `intercept`, `noise_sd`; `used` (offset_t, what meeting the touchpoint adds where its rating term is 0, for
    instance at P = 4; a model that centres ratings elsewhere shows another number) where some never met it; `account_sd` (B2B);
    `trend` (change of mean experience per wave, scale points). All other outcomes follow loyalty with noise of their own.
    Ratings not given (`no_answer`) still count in loyalty.

    Parameters
    ----------
    n : respondents, over all waves.
    seed : of the random numbers; the same call gives the same answers, and the same ratings whatever the form.
    design : "learn" (five touchpoints, nothing missing), "telecom", "software" (B2B) or "retail" (waves, weights).
    form : see above; None takes the design's own (performance; in telecom, difference).
    slopes : replaces the design's slopes; a touchpoint left out gets 0.
    noise : standard deviation of the noise in loyalty; None takes the design's own.

    Raises ModelError for an unknown design, form or touchpoint, and where the slopes are so steep that more than 0.5 % of
    the loyalty scores would be cut at 0 or 100.
    """
    plan = _plan(design, form, slopes, noise)
    if not n >= 1:
        raise ModelError("n={n}: a study needs at least one respondent", n=n)
    draw = _draw(plan, n, np.random.default_rng(seed))
    truth, loyalty = _loyalty(plan, draw)
    frame = _frame(plan, draw, loyalty)
    study = Study.from_frame(frame, touchpoints=[_declared(t) for t in plan.touchpoints], simulated=True, **plan.study)
    return replace(study, truth=truth)


@dataclass(frozen=True)
class _Plan:
    """A design with its form and slopes settled."""

    design: dict[str, Any]
    form: str
    noise: float

    @property
    def touchpoints(self) -> list[dict]:
        return self.design["touchpoints"]

    @property
    def study(self) -> dict[str, Any]:
        return {**self.design["study"], "responses": self.design["responses"]}

    def column(self, key: str) -> np.ndarray:
        return np.array([float(t.get(key, 0)) for t in self.touchpoints])

    def pair(self, key: str) -> tuple[np.ndarray, np.ndarray]:
        mean, sd = np.array([t[key] for t in self.touchpoints], dtype=float).T
        return mean, sd


def _plan(design: str, form: str | None, slopes: dict[str, float] | None, noise: float | None) -> _Plan:
    if design not in DESIGNS:
        raise ModelError("design={design!r}: it is one of {known}", design=design, known=", ".join(DESIGNS))
    declared = copy.deepcopy(_design(design))
    form = declared["form"] if form is None else form
    if form not in FORMS:
        raise ModelError("form={form!r}: it is one of {known}", form=form, known=", ".join(FORMS))
    if slopes is not None:
        known = [t["touchpoint"] for t in declared["touchpoints"]]
        if unknown := sorted(set(slopes) - set(known)):
            raise ModelError("slopes: no touchpoint {name!r} in this design; it has: {known}", name=unknown[0], known=", ".join(known))
        for touchpoint in declared["touchpoints"]:
            touchpoint["slope"] = slopes.get(touchpoint["touchpoint"], 0)
    return _Plan(declared, form, float(declared["noise"] if noise is None else noise))


@functools.cache
def _design(name: str) -> dict[str, Any]:
    # Recovery studies draw hundreds of times: the file is parsed once.
    return yaml.safe_load(resources.files("cxlab.study").joinpath("designs", f"{name}.yml").read_text(encoding="utf-8"))


def _declared(touchpoint: dict) -> dict:
    """The touchpoint as study.yml would declare it: `<id>_e`, `<id>_p` and, where importance is asked, `<id>_i`."""
    name = touchpoint["touchpoint"]
    row = {"touchpoint": name, "label": {"en": touchpoint["label_en"], "pt-BR": touchpoint["label_pt"]}}
    row |= {key: touchpoint[key] for key in ("stage", "contact", "channels")}
    row |= {"scale": "agree7", "expectation": f"{name}_e", "experience": f"{name}_p"}
    return row | ({"importance": f"{name}_i"} if "i" in touchpoint else {})


# ---- the draws, all made before anything depends on the form


@dataclass(frozen=True)
class _Draw:
    expectation: np.ndarray  # n × touchpoints, 1–7
    experience: np.ndarray
    importance: np.ndarray
    used: np.ndarray  # bool
    groups: dict[str, np.ndarray]  # segments, wave, account: text
    account_effect: np.ndarray
    noise: np.ndarray  # standard normal
    rng: np.random.Generator


def _draw(plan: _Plan, n: int, rng: np.random.Generator) -> _Draw:
    design, points = plan.design, len(plan.touchpoints)
    groups, lift = {}, np.zeros(n)
    for name, shares in design["draw"].items():
        groups[name] = rng.choice(list(shares), size=n, p=list(shares.values()))
        lifts = design.get("lift", {}).get(name, {})
        lift += np.array([lifts.get(level, 0.0) for level in groups[name]])
    effect = np.zeros(n)
    if account := design.get("account"):
        members = _members(n, account["accounts"], rng)
        groups[design["study"]["account"]] = np.array([f"Account {k + 1:02d}" for k in members])
        lift += account["latent"] * rng.standard_normal(account["accounts"])[members]
        effect = account["loyalty"] * rng.standard_normal(account["accounts"])[members]
    trend = np.zeros((n, points))
    if waves := design.get("waves"):
        number = np.arange(n) * len(waves) // n
        groups[design["study"]["wave"]] = np.array(waves)[number]
        trend = number[:, None] * plan.column("trend")
    halo_p, own_p = rng.standard_normal((n, 1)), rng.standard_normal((n, points))
    halo_e = _correlated(SHARED_HALO, halo_p, rng.standard_normal((n, 1)))
    own_e = _correlated(SHARED_OWN, own_p, rng.standard_normal((n, points)))
    expectation = _rated(plan.pair("e"), halo_e, own_e, 0.0)
    experience = _rated(plan.pair("p"), halo_p, own_p, lift[:, None] + trend)
    importance = _rated((plan.column("i"), np.full(points, 1.0)), halo_e, rng.standard_normal((n, points)), 0.0)
    used = rng.random((n, points)) >= plan.column("never")
    return _Draw(expectation, experience, importance, used, groups, effect, rng.standard_normal(n), rng)


def _correlated(r: float, known: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    return r * known + math.sqrt(1 - r * r) * fresh


def _rated(level: tuple[np.ndarray, np.ndarray], halo: np.ndarray, own: np.ndarray, shift: np.ndarray | float) -> np.ndarray:
    mean, sd = level
    latent = mean + shift + sd * (math.sqrt(HALO) * halo + math.sqrt(1 - HALO) * own)
    return _whole(latent, LOWEST, HIGHEST)


def _whole(values: np.ndarray, low: int, high: int) -> np.ndarray:
    return np.clip(np.floor(values + 0.5), low, high).astype(int)


def _members(n: int, accounts: int, rng: np.random.Generator) -> np.ndarray:
    """Account of each respondent: one at least in each where there are enough, the rest unevenly, as in real client lists."""
    sizes = rng.dirichlet(np.full(accounts, 3.0))
    members = np.concatenate([np.arange(min(n, accounts)), rng.choice(accounts, size=max(n - accounts, 0), p=sizes)])
    return np.sort(members)


# ---- the planted outcome


def _loyalty(plan: _Plan, draw: _Draw) -> tuple[pd.DataFrame, np.ndarray]:
    """Truth and loyalty scores. The intercept puts the mean near the design's target, from the design alone, not from the draw."""
    slope, offset, met = plan.column("slope"), plan.column("used"), 1 - plan.column("never")
    terms = _terms(plan.form, draw.expectation, draw.experience)
    weights = _weights_of(plan.form, slope)
    expected = sum(weight * mean for weight, mean in zip(weights.values(), _expected(plan)))
    intercept = round(plan.design["target"] - float((met * (offset + expected)).sum()), 1)
    signal = sum(weight * term for weight, term in zip(weights.values(), terms))
    loyalty = intercept + (draw.used * (offset + signal)).sum(axis=1) + draw.account_effect + plan.noise * draw.noise
    cut = (loyalty < 0) | (loyalty > 100)
    if cut.mean() > CUT_ALLOWED and cut.sum() > 3:
        message = "the planted slopes are too steep: {share} of the loyalty scores would be cut at 0 or 100; give smaller slopes or less noise"
        raise ModelError(message, share=f"{cut.mean():.1%}")
    names = [t["touchpoint"] for t in plan.touchpoints]
    rows = [(quantity, name, weight) for quantity, column in weights.items() for name, weight in zip(names, column)]
    rows += [("used", name, value) for name, value, share in zip(names, offset, met) if share < 1]
    rows += [("trend", name, value) for name, value in zip(names, plan.column("trend")) if value]
    rows += [("intercept", "", intercept), ("noise_sd", "", plan.noise)]
    rows += [("account_sd", "", float(plan.design["account"]["loyalty"]))] if "account" in plan.design else []
    rows += [("loss_ratio", "", LOSS_RATIO)] if plan.form == "asymmetric" else []
    truth = pd.DataFrame(rows, columns=["quantity", "touchpoint", "coefficient"])
    truth["coefficient"] = truth["coefficient"].astype(float) + 0.0  # no −0.0
    return truth, np.round(np.clip(loyalty, 0, 100), 2)


def _weights_of(form: str, slope: np.ndarray) -> dict[str, np.ndarray]:
    gain = 2 / (1 + LOSS_RATIO)  # so that gain and loss are slope on average, and every form is about as steep
    return {
        "performance": {"experience": slope},
        "difference": {"experience": slope, "expectation": -slope},
        "asymmetric": {"gain": gain * slope, "loss": LOSS_RATIO * gain * slope},
        "congruence": {"expectation^2": -slope / 5, "expectation:experience": 2 * slope / 5, "experience^2": -slope / 5},
    }[form]


def _terms(form: str, expectation: np.ndarray, experience: np.ndarray) -> tuple[np.ndarray, ...]:
    """The terms that `_weights_of` weights, in its order, both ratings centred at the scale's midpoint."""
    e, p = expectation - MIDPOINT, experience - MIDPOINT
    gap = experience - expectation
    return {
        "performance": (p,),
        "difference": (p, e),
        "asymmetric": (np.maximum(gap, 0), np.minimum(gap, 0)),
        "congruence": (e * e, e * p, p * p),
    }[form]


def _expected(plan: _Plan) -> tuple[np.ndarray, ...]:
    """Means of the terms under the design's normal latents, near enough to the rounded ratings' to place the intercept."""
    from scipy.stats import norm

    (mean_e, sd_e), (mean_p, sd_p) = plan.pair("e"), plan.pair("p")
    e, p = mean_e - MIDPOINT, mean_p - MIDPOINT
    covariance = sd_e * sd_p * (HALO * SHARED_HALO + (1 - HALO) * SHARED_OWN)
    gap, sd = p - e, np.sqrt(sd_e**2 + sd_p**2 - 2 * covariance)
    gain = gap * norm.cdf(gap / sd) + sd * norm.pdf(gap / sd)
    return {
        "performance": (p,),
        "difference": (p, e),
        "asymmetric": (gain, gap - gain),
        "congruence": (e * e + sd_e**2, e * p + covariance, p * p + sd_p**2),
    }[plan.form]


# ---- the answers as a survey tool would export them


def _frame(plan: _Plan, draw: _Draw, loyalty: np.ndarray) -> pd.DataFrame:
    design, study, rng, n = plan.design, plan.design["study"], draw.rng, len(loyalty)
    width = max(4, len(str(n)))
    columns: dict[str, Any] = {study["respondent"]: [f"R{i:0{width}d}" for i in range(1, n + 1)]}
    columns |= {name: [text.format(i) for i in range(1, n + 1)] for name, text in design.get("personal", {}).items()}
    columns |= draw.groups
    if "weights" in design:
        columns[study["weight"]["column"]] = _sampling_weights(design["weights"], draw.groups, rng)
    codes = study["scales"]["agree7"]
    skipped = design.get("no_answer", 0)
    for j, touchpoint in enumerate(plan.touchpoints):
        name = touchpoint["touchpoint"]
        answers = {"e": draw.expectation[:, j], "p": draw.experience[:, j]} | ({"i": draw.importance[:, j]} if "i" in touchpoint else {})
        for role, answer in answers.items():
            columns[f"{name}_{role}"] = np.where(rng.random(n) < skipped, *_code(codes, "no_answer", answer))
            if role == "p":
                columns[f"{name}_p"] = np.where(draw.used[:, j], columns[f"{name}_p"], _code(codes, "not_used", answer)[0])
    z = (loyalty - design["target"]) / design["spread"]
    derived = _derived(design, loyalty, z, rng)
    for outcome, declared in study["outcomes"].items():
        scale = study["scales"].get(declared.get("scale"), {})
        columns[declared["column"]] = np.where(rng.random(n) < skipped, *_code(scale, "no_answer", derived[outcome]))
    for name, share in design.get("comments", {}).items():
        columns[study["comments"][name]["column"]] = _comments(plan, draw, derived["recommend"], share)
    return pd.DataFrame(columns)


def _code(scale: dict, state: str, answer: np.ndarray) -> tuple[Any, np.ndarray]:
    """The scale's code for `state` (the answer itself where it has none), and the answer."""
    codes = scale.get(state)
    return (codes[0] if codes else answer), answer


def _derived(design: dict, loyalty: np.ndarray, z: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    n = len(loyalty)
    (nps_mean, nps_sd), (sat_mean, sat_sd) = design["recommend"], design["satisfaction"]
    derived = {
        "loyalty": loyalty,
        "recommend": _whole(nps_mean + nps_sd * z + 0.6 * rng.standard_normal(n), 0, 10),
        "satisfaction": _whole(sat_mean + sat_sd * z + 0.6 * rng.standard_normal(n), LOWEST, HIGHEST),
        "effort": _whole(sat_mean + 0.8 * sat_sd * z + 0.9 * rng.standard_normal(n), LOWEST, HIGHEST),
        "repurchase": (rng.random(n) < 1 / (1 + np.exp(-design["repurchase"] - 1.2 * z))).astype(int),
    }
    if "spend" in design:
        level, rise, sd = design["spend"]
        derived["spend"] = np.round(np.exp(level + rise * z + sd * rng.standard_normal(n)), 2)
    return derived


def _sampling_weights(design: dict, groups: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Design weights by cell with a jitter, mean 1: online customers answer more readily than those of the stores."""
    n = len(next(iter(groups.values())))
    weight = np.exp(design["jitter"] * rng.standard_normal(n))
    for name, factors in design.items():
        if name != "jitter":
            weight = weight * np.array([factors[level] for level in groups[name]])
    return np.round(weight / weight.mean(), 4)


def _comments(plan: _Plan, draw: _Draw, recommend: np.ndarray, share: float) -> list[str]:
    """Promoters praise the touchpoint they met and rated best, detractors complain of the worst, passives do either."""
    rng, n = draw.rng, len(recommend)
    rated = np.where(draw.used, draw.experience, np.nan) + 0.1 * rng.random(draw.used.shape)
    best, worst = np.nanargmax(rated, axis=1), np.nanargmin(rated, axis=1)
    writes, praises, pick = rng.random(n) < share, rng.random(n) < np.interp(recommend, [6, 9], [0, 1]), rng.random(n)
    text = []
    for i in range(n):
        phrases = plan.touchpoints[best[i]]["praise"] if praises[i] else plan.touchpoints[worst[i]]["complaint"]
        text.append(phrases[int(pick[i] * len(phrases))] if writes[i] else "")
    return text
