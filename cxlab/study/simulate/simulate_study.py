"""Studies with a planted truth, so that a method can be tried where the right answer is known.

Real surveys never tell what the customers' loyalty really depends on. Here it is planted: students
see whether they find it, tests see whether our estimators do, and the sample clients of `data/`
come from the same call. The designs (what is asked, of whom, how strongly each touchpoint matters)
are data, in `designs/*.yml`; `draws` draws the ratings, this module the loyalty that they lead to.
"""

from __future__ import annotations

import copy
import functools
from dataclasses import replace
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import yaml

from cxlab.errors import ModelError
from cxlab.study.simulate.draws import (
    HALO,
    HIGHEST,
    KANO_CELLS,
    LOWEST,
    MIDPOINT,
    SHARED_HALO,
    SHARED_OWN,
    Draw,
    Plan,
    draw,
    whole,
)
from cxlab.study.simulate.write_study import write_study
from cxlab.study.study import Study

__all__ = ["DESIGNS", "FORMS", "simulate_study", "write_study"]

DESIGNS = ("learn", "telecom", "software", "retail", "panel")
FORMS = ("performance", "difference", "asymmetric", "congruence", "rising_ridge")
LOSS_RATIO = 2.0
# Beyond this share of loyalty scores cut at 0 or 100 the planted line would no longer be the true
# one.
CUT_ALLOWED = 0.005


def simulate_study(
    n: int = 500,
    *,
    seed: int,
    design: str = "learn",
    form: str | None = None,
    slopes: dict[str, float] | None = None,
    noise: float | None = None,
) -> Study:
    """A made-up study of `n` respondents whose truth is known: `study.truth`, columns `quantity
    touchpoint coefficient`.

    Expectation E and experience P are correlated ratings on 1–7. The outcome `loyalty` (0–100,
    decimals) is, exactly,

        loyalty = intercept + Σ_t used_t·(offset_t + f_t(E_t, P_t)) + account effect + Normal(0,
        noise)

    in the ratings as answered, so that a right model recovers the planted numbers without
    attenuation. With b_t the touchpoint's slope in `slopes` (points of loyalty per scale point),
    `form` says what f_t is:

    - "performance": b_t·(P−4); quantity `experience` = b_t
    - "difference": b_t·(P−E); `experience` = b_t, `expectation` = −b_t
    - "asymmetric": ⅔b_t·max(P−E, 0) + 4/3·b_t·min(P−E, 0); `gain` = ⅔b_t, `loss` = 4/3·b_t,
      `loss_ratio` = 2
    - "congruence": −(b_t/5)·(P−E)²; `experience^2` = `expectation^2` = −b_t/5,
      `expectation:experience` = 2b_t/5
    - "rising_ridge": (b_t/3)·(E−4 + P−4) − (b_t/5)·(P−E)²; `sum` = b_t/3, `gap^2` = −b_t/5

    The design "panel" asks the same people in three waves; its E is made of what was answered
    before,

        E_w = expectation_intercept + previous_expectation·E_{w−1} + previous_experience·P_{w−1}
              + word_of_mouth·(its answers' mean) + market·(its answers' mean) + noise of mean 0

    in whole ratings as answered, for every touchpoint alike, so again without attenuation; these
    weights are listed too, as are `zone` (mean width from adequate to desired level), `kano_…`
    (shares of Kano's classes) and `respondent_sd` (what loyalty differs between people).

    Also listed: `intercept`, `noise_sd`; `used` (offset_t, what meeting the touchpoint adds where
    its rating term is 0, for instance at P = 4; a model that centres ratings elsewhere shows
    another number) where some never met it; `account_sd` (B2B); `trend` (change of mean experience
    per wave, scale points). All other outcomes follow loyalty with noise of their own. Ratings not
    given (`no_answer`) still count in loyalty.

    Parameters ---------- n : rows over all waves; each a respondent of its own, but in the panel a
    third as many people three times. seed : of the random numbers; the same call gives the same
    answers, and the same ratings whatever the form. design : "learn" (five touchpoints, nothing
    missing), "telecom", "software" (B2B), "retail" (waves, weights) or "panel". form : see above;
    None takes the design's own (performance; in telecom difference, in the panel asymmetric).
    slopes : replaces the design's slopes; a touchpoint left out gets 0. noise : standard deviation
    of the noise in loyalty; None takes the design's own.

    Raises ModelError for an unknown design, form or touchpoint, and where the slopes are so steep
    that more than 0.5 % of the loyalty scores would be cut at 0 or 100.
    """
    plan = _plan(design, form, slopes, noise)
    if not n >= 1:
        raise ModelError("n={n}: a study needs at least one respondent", n=n)
    drawn = draw(plan, n, np.random.default_rng(seed))
    truth, loyalty = _loyalty(plan, drawn)
    frame = _frame(plan, drawn, loyalty)
    study = Study.from_frame(
        frame, touchpoints=[_declared(t) for t in plan.touchpoints], simulated=True, **plan.study
    )
    return replace(study, truth=truth)


def _plan(
    design: str, form: str | None, slopes: dict[str, float] | None, noise: float | None
) -> Plan:
    if design not in DESIGNS:
        raise ModelError(
            "design={design!r}: it is one of {known}", design=design, known=", ".join(DESIGNS)
        )
    declared = copy.deepcopy(_design(design))
    form = declared["form"] if form is None else form
    if form not in FORMS:
        raise ModelError("form={form!r}: it is one of {known}", form=form, known=", ".join(FORMS))
    if slopes is not None:
        known = [t["touchpoint"] for t in declared["touchpoints"]]
        if unknown := sorted(set(slopes) - set(known)):
            raise ModelError(
                "slopes: no touchpoint {name!r} in this design; it has: {known}",
                name=unknown[0],
                known=", ".join(known),
            )
        for touchpoint in declared["touchpoints"]:
            touchpoint["slope"] = slopes.get(touchpoint["touchpoint"], 0)
    return Plan(declared, form, float(declared["noise"] if noise is None else noise))


@functools.cache
def _design(name: str) -> dict[str, Any]:
    # Recovery studies draw hundreds of times: the file is parsed once.
    return yaml.safe_load(
        resources.files("cxlab.study.simulate")
        .joinpath("designs", f"{name}.yml")
        .read_text(encoding="utf-8")
    )


def _declared(touchpoint: dict) -> dict:
    """The touchpoint as study.yml would declare it: `<id>_e`, `<id>_p`, and `_i`, `_a`, `_f`, `_d`
    for what else is asked.
    """
    name = touchpoint["touchpoint"]
    row = {
        "touchpoint": name,
        "label": {"en": touchpoint["label_en"], "pt-BR": touchpoint["label_pt"]},
    }
    row |= {key: touchpoint[key] for key in ("stage", "contact", "channels")}
    row |= {"scale": "agree7", "expectation": f"{name}_e", "experience": f"{name}_p"}
    asked = {
        "i": {"importance": "i"},
        "zone": {"adequate": "a"},
        "kano": {"functional": "f", "dysfunctional": "d"},
    }
    return row | {
        role: f"{name}_{end}"
        for key, ends in asked.items()
        if key in touchpoint
        for role, end in ends.items()
    }


# ---- the planted outcome


def _loyalty(plan: Plan, draw: Draw) -> tuple[pd.DataFrame, np.ndarray]:
    """Truth and loyalty scores. The intercept puts the mean near the design's target, from the
    design alone, not from the draw.
    """
    slope, offset, met = plan.column("slope"), plan.column("used"), 1 - plan.column("never")
    terms = _terms(plan.form, draw.expectation, draw.experience)
    weights = _weights_of(plan.form, slope)
    expected = sum(
        weight * mean for weight, mean in zip(weights.values(), _expected(plan), strict=True)
    )
    intercept = round(plan.design["target"] - float((met * (offset + expected)).sum()), 1)
    signal = sum(weight * term for weight, term in zip(weights.values(), terms, strict=True))
    loyalty = (
        intercept
        + (draw.used * (offset + signal)).sum(axis=1)
        + draw.effect
        + plan.noise * draw.noise
    )
    cut = (loyalty < 0) | (loyalty > 100)
    if cut.mean() > CUT_ALLOWED and cut.sum() > 3:
        message = (
            "the planted slopes are too steep: {share} of the loyalty scores would be cut at 0 or"
            " 100; give smaller slopes or less noise"
        )
        raise ModelError(message, share=f"{cut.mean():.1%}")
    names = [t["touchpoint"] for t in plan.touchpoints]
    rows = [
        (quantity, name, weight)
        for quantity, column in weights.items()
        for name, weight in zip(names, column, strict=True)
    ]
    rows += [
        ("used", name, value)
        for name, value, share in zip(names, offset, met, strict=True)
        if share < 1
    ]
    rows += [
        ("trend", name, value)
        for name, value in zip(names, plan.column("trend"), strict=True)
        if value
    ]
    rows += [("intercept", "", intercept), ("noise_sd", "", plan.noise)]
    rows += (
        [("account_sd", "", float(plan.design["account"]["loyalty"]))]
        if "account" in plan.design
        else []
    )
    rows += _panel_truth(plan) if "formation" in plan.design else []
    rows += [("loss_ratio", "", LOSS_RATIO)] if plan.form == "asymmetric" else []
    truth = pd.DataFrame(rows, columns=["quantity", "touchpoint", "coefficient"])
    truth["coefficient"] = truth["coefficient"].astype(float) + 0.0  # no −0.0
    return truth, np.round(np.clip(loyalty, 0, 100), 2)


def _panel_truth(plan: Plan) -> list[tuple[str, str, float]]:
    rows = [
        (name if name != "intercept" else "expectation_intercept", "", round(weight, 10))
        for name, weight in plan.formation().items()
    ]
    rows += [("zone", t["touchpoint"], t["zone"]) for t in plan.touchpoints]
    rows += [
        (f"kano_{kind}", t["touchpoint"], share)
        for t in plan.touchpoints
        if "kano" in t
        for kind, share in zip(KANO_CELLS, t["kano"], strict=True)
    ]
    return rows + [("respondent_sd", "", float(plan.design["person"]))]


def _weights_of(form: str, slope: np.ndarray) -> dict[str, np.ndarray]:
    # so that gain and loss are slope on average, and every form is about as steep
    gain = 2 / (1 + LOSS_RATIO)
    return {
        "performance": {"experience": slope},
        "difference": {"experience": slope, "expectation": -slope},
        "asymmetric": {"gain": gain * slope, "loss": LOSS_RATIO * gain * slope},
        "congruence": {
            "expectation^2": -slope / 5,
            "expectation:experience": 2 * slope / 5,
            "experience^2": -slope / 5,
        },
        "rising_ridge": {"sum": slope / 3, "gap^2": -slope / 5},
    }[form]


def _terms(form: str, expectation: np.ndarray, experience: np.ndarray) -> tuple[np.ndarray, ...]:
    """The terms that `_weights_of` weights, in its order, both ratings centred at the scale's
    midpoint.
    """
    e, p = expectation - MIDPOINT, experience - MIDPOINT
    gap = experience - expectation
    return {
        "performance": (p,),
        "difference": (p, e),
        "asymmetric": (np.maximum(gap, 0), np.minimum(gap, 0)),
        "congruence": (e * e, e * p, p * p),
        "rising_ridge": (e + p, gap * gap),
    }[form]


def _expected(plan: Plan) -> tuple[np.ndarray, ...]:
    """Means of the terms under the design's normal latents, near enough to the rounded ratings' to
    place the intercept.
    """
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
        "rising_ridge": (e + p, gap * gap + sd**2),
    }[plan.form]


# ---- the answers as a survey tool would export them


def _frame(plan: Plan, draw: Draw, loyalty: np.ndarray) -> pd.DataFrame:
    design, study, rng, n = plan.design, plan.design["study"], draw.rng, len(loyalty)
    width = max(4, len(str(n)))
    columns: dict[str, Any] = {study["respondent"]: [f"R{i:0{width}d}" for i in draw.people + 1]}
    columns |= {
        name: [text.format(i) for i in draw.people + 1]
        for name, text in design.get("personal", {}).items()
    }
    columns |= draw.groups
    if "weights" in design:
        columns[study["weight"]["column"]] = _sampling_weights(design["weights"], draw.groups, rng)
    codes = study["scales"]["agree7"]
    skipped = design.get("no_answer", 0)
    for j, touchpoint in enumerate(plan.touchpoints):
        name = touchpoint["touchpoint"]
        answers = {"e": draw.expectation[:, j], "p": draw.experience[:, j]} | (
            {"i": draw.importance[:, j]} if "i" in touchpoint else {}
        )
        answers |= {"a": draw.adequate[:, j]} if "zone" in touchpoint else {}
        for role, answer in answers.items():
            columns[f"{name}_{role}"] = np.where(
                rng.random(n) < skipped, *_code(codes, "no_answer", answer)
            )
            if role == "p":
                columns[f"{name}_p"] = np.where(
                    draw.used[:, j], columns[f"{name}_p"], _code(codes, "not_used", answer)[0]
                )
        if name in draw.kano:
            columns |= {f"{name}_{end}": draw.kano[name][:, side] for side, end in enumerate("fd")}
    for name, answers in draw.constructs.items():
        columns |= {
            column: answers[:, k] for k, column in enumerate(study["constructs"][name]["columns"])
        }
    z = (loyalty - design["target"]) / design["spread"]
    derived = _derived(design, loyalty, z, rng)
    for outcome, declared in study["outcomes"].items():
        scale = study["scales"].get(declared.get("scale"), {})
        columns[declared["column"]] = np.where(
            rng.random(n) < skipped, *_code(scale, "no_answer", derived[outcome])
        )
    for name, share in design.get("comments", {}).items():
        columns[study["comments"][name]["column"]] = _comments(
            plan, draw, derived["recommend"], share
        )
    return pd.DataFrame(columns)


def _code(scale: dict, state: str, answer: np.ndarray) -> tuple[Any, np.ndarray]:
    """The scale's code for `state` (the answer itself where it has none), and the answer."""
    codes = scale.get(state)
    return (codes[0] if codes else answer), answer


def _derived(
    design: dict, loyalty: np.ndarray, z: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    n = len(loyalty)
    (nps_mean, nps_sd), (sat_mean, sat_sd) = design["recommend"], design["satisfaction"]
    derived = {
        "loyalty": loyalty,
        "recommend": whole(nps_mean + nps_sd * z + 0.6 * rng.standard_normal(n), 0, 10),
        "satisfaction": whole(
            sat_mean + sat_sd * z + 0.6 * rng.standard_normal(n), LOWEST, HIGHEST
        ),
        "effort": whole(
            sat_mean + 0.8 * sat_sd * z + 0.9 * rng.standard_normal(n), LOWEST, HIGHEST
        ),
        "repurchase": (
            (rng.random(n) < 1 / (1 + np.exp(-design["repurchase"] - 1.2 * z))).astype(int)
        ),
    }
    if "spend" in design:
        level, rise, sd = design["spend"]
        derived["spend"] = np.round(np.exp(level + rise * z + sd * rng.standard_normal(n)), 2)
    return derived


def _sampling_weights(
    design: dict, groups: dict[str, np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    """Design weights by cell with a jitter, mean 1: online customers answer more readily than those
    of the stores.
    """
    n = len(next(iter(groups.values())))
    weight = np.exp(design["jitter"] * rng.standard_normal(n))
    for name, factors in design.items():
        if name != "jitter":
            weight = weight * np.array([factors[level] for level in groups[name]])
    return np.round(weight / weight.mean(), 4)


def _comments(plan: Plan, draw: Draw, recommend: np.ndarray, share: float) -> list[str]:
    """Promoters praise the touchpoint they met and rated best, detractors complain of the worst,
    passives do either.
    """
    rng, n = draw.rng, len(recommend)
    rated = np.where(draw.used, draw.experience, np.nan) + 0.1 * rng.random(draw.used.shape)
    best, worst = np.nanargmax(rated, axis=1), np.nanargmin(rated, axis=1)
    writes, praises, pick = (
        rng.random(n) < share,
        rng.random(n) < np.interp(recommend, [6, 9], [0, 1]),
        rng.random(n),
    )
    text = []
    for i in range(n):
        phrases = (
            plan.touchpoints[best[i]]["praise"]
            if praises[i]
            else plan.touchpoints[worst[i]]["complaint"]
        )
        text.append(phrases[int(pick[i] * len(phrases))] if writes[i] else "")
    return text
