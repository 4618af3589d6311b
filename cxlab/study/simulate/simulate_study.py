"""Studies with a planted truth, so that a method can be tried where the right answer is known.

Real surveys never tell what the customers' loyalty really depends on. Here it is planted: students
see whether they find it, tests see whether our estimators do, and the sample clients of `data/`
come from the same call. The designs (what is asked, of whom, how strongly each touchpoint matters)
are data, in `designs/*.yml`; `draws` draws the ratings, this module the loyalty that they lead to.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from numbers import Integral, Real

import numpy as np
import pandas as pd

from cxlab.data_files import read_data
from cxlab.errors import ModelError, wrong_kind
from cxlab.study.codebook.schema import KANO_ROLES, kano_classes
from cxlab.study.event_log import Source
from cxlab.study.simulate.beside import (
    BESIDE,
    channel_column,
    coded_by,
    columns_beside,
    competitor_rows,
    followed_up,
    planted_beside,
    ratings_beside,
    several,
)
from cxlab.study.simulate.contacts import contact_log, planted_chain
from cxlab.study.simulate.draws import (
    HALO,
    MIDPOINT,
    SHARED_HALO,
    SHARED_OWN,
    Array,
    Draw,
    Plan,
    draw,
    picked,
    whole,
)
from cxlab.study.simulate.items import (
    class_answers,
    construct_answers,
    planted_classes,
    planted_items,
)
from cxlab.study.study import Study

LOSS_RATIO = 2.0
_TERMS, _ASKED, _KEYS, DESIGNS = read_data("study.simulate", "forms.yml").values()
FORMS = tuple(_TERMS)
# Beyond this share of loyalty scores cut at 0 or 100 the planted line would no longer be the true
# one.
CUT_ALLOWED = 0.005


def simulate_study(
    n: int = 500,
    *,
    seed: int = 0,
    design: str = "learn",
    form: str | None = None,
    slopes: dict[str, float] | None = None,
    noise: float | None = None,
) -> Study:
    """A made-up study of `n` respondents whose truth is known.

    Parameters
    ----------
    n : int
        Rows over all waves; each a respondent of its own, but in the panel a third as many people
        three times.
    seed : int
        Seed of the random numbers: the same call gives the same answers, and the same ratings
        whatever the form.
    design : str
        "learn" (five touchpoints, nothing missing), "telecom", "software" (B2B), "retail" (waves,
        weights), "panel" (the same people in three waves) or "insurance" (constructs with paths).
    form : str, optional
        How expectation and experience lead to loyalty, see Notes; by default the design's own
        (performance; in telecom difference, in the panel asymmetric).
    slopes : dict, optional
        Points of loyalty per scale point by touchpoint, in place of the design's; a touchpoint left
        out gets 0.
    noise : float, optional
        Standard deviation of the noise in loyalty; by default the design's own.

    Returns
    -------
    Study
        With `study.truth`, the planted numbers: columns `quantity touchpoint coefficient`.

    Raises
    ------
    ModelError
        For an unknown design, form or touchpoint, and where the slopes are so steep that more than
        0.5 % of the loyalty scores would be cut at 0 or 100. For an argument of another kind.

    Notes
    -----
    Expectation E and experience P are correlated ratings on 1–7. The outcome `loyalty` (0–100,
    decimals) is, exactly,

        loyalty = intercept + Σ_t used_t·(offset_t + f_t(E_t, P_t)) + account effect + Normal(0,
        noise)

    in the ratings as answered, so that a right model recovers the planted numbers without
    attenuation. With b_t the touchpoint's slope, `form` says what f_t is:

    - "performance": b_t·(P−4); quantity `experience` = b_t
    - "difference": b_t·(P−E); `experience` = b_t, `expectation` = −b_t
    - "asymmetric": ⅔b_t·max(P−E, 0) + 4/3·b_t·min(P−E, 0); `gain` = ⅔b_t, `loss` = 4/3·b_t,
      `loss_ratio` = 2
    - "congruence": −(b_t/5)·(P−E)²; `experience^2` = `expectation^2` = −b_t/5,
      `expectation:experience` = 2b_t/5
    - "rising_ridge": (b_t/3)·(E−4 + P−4) − (b_t/5)·(P−E)²; `sum` = b_t/3, `gap^2` = −b_t/5

    In the design "panel" E is made of what was answered before,

        E_w = expectation_intercept + previous_expectation·E_{w−1} + previous_experience·P_{w−1}
              + word_of_mouth·(its answers' mean) + market·(its answers' mean) + noise of mean 0

    in whole ratings as answered, for every touchpoint alike, so again without attenuation; these
    weights are listed too, as are `zone` (mean width from adequate to desired level), `kano_…`
    (shares of Kano's classes) and `respondent_sd` (what loyalty differs between people).

    Where asked, emotion follows the experience, effort runs against it, channels are met and
    choices named by chance; listed are `conversion` (to each step of the funnel), `chosen` (share
    of each choice among those who name any), `weight` (slope × share who meet the
    touchpoint) and, of loyalty, `resolved_none`, `unresolved_none` and `resolved_unresolved`
    (differences between who had a problem that was resolved, one that was not, and none). Who is
    followed up leaves at a rate of exp(log_hazard·loyalty) times that of a customer whose loyalty
    is 0 (`log_hazard`), spends exp(log_spend·loyalty) times as much (`log_spend`), and the study
    declares what a better contact costs (`cost`).
    A log of contacts (the panel's) is a chain of the first order; listed are `onward` (probability
    of its success from a touchpoint on) and `removal` (share of the successes that come by it), at
    a rating of the mean: the worse customers rate some contacts, the sooner their path ends there.
    `class_share` is the share of a class of customers, `class_answer` that of its own answer to a
    question among them.
    `coded` is the share of comments that a code of the codebook is about, `path` what one standard
    deviation of a construct (the mean of its answers) changes another by, in its own.

    Also listed: `intercept`, `noise_sd`; `used` (offset_t, what meeting the touchpoint adds where
    its rating term is 0, for instance at P = 4; a model that centres ratings elsewhere shows
    another number) where some never met it; `account_sd` (B2B); `trend` (change of mean experience
    per wave, scale points). All other outcomes follow loyalty with noise of their own. Ratings not
    given (`no_answer`) still count in loyalty.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(n=200, seed=1, form="difference", slopes={"delivery": 3}, noise=2)
    >>> truth = study.truth.set_index(["quantity", "touchpoint"])["coefficient"]
    >>> float(truth["experience", "delivery"]), float(truth["expectation", "delivery"])
    (3.0, -3.0)
    """
    for given, kind, wanted, write in (
        (
            n,
            Integral,
            "a whole number of respondents first",
            "simulate_study(500, design='telecom')",
        ),
        (seed, Integral, "a whole number from 0 on as its seed", "seed=0"),
        (slopes, Mapping | None, "slopes by touchpoint", "slopes={'delivery': 3}"),
        (noise, Real | None, "a standard deviation as its noise", "noise=6"),
    ):
        if not isinstance(given, kind) or (write == "seed=0" and seed < 0):
            raise wrong_kind("simulate_study", wanted, given, write)
    if design not in DESIGNS:
        raise ModelError(
            "design={design!r}: it is one of {known}", design=design, known=", ".join(DESIGNS)
        )
    declared = read_data("study.simulate.designs", f"{design}.yml")
    form = declared["form"] if form is None else form
    if form not in FORMS:
        raise ModelError("form={form!r}: it is one of {known}", form=form, known=", ".join(FORMS))
    points = {point["touchpoint"]: point for point in declared["touchpoints"]}
    if unknown := sorted(set(slopes or ()) - set(points)):
        raise ModelError(
            "slopes: no touchpoint {name!r} in this design; it has: {known}",
            name=unknown[0],
            known=", ".join(points),
        )
    if n < 1:
        raise ModelError("n={n}: a study needs at least one respondent", n=n)
    noise = float(declared["noise"] if noise is None else noise)
    rngs = (np.random.default_rng(one) for one in (seed, [seed, 1], [seed, 3]))
    plan = Plan(declared, form, noise, n, *rngs)
    drawn = draw(plan)
    slope = plan.column("slope")
    if slopes is not None:
        slope = np.array([slopes.get(name, 0) for name in points])
    truth, loyalty = _loyalty(plan, drawn, slope)
    touchpoints = [
        {"scale": "agree7", **{key: point[key] for key in _KEYS}, **_columns(point)}
        | ({"channel": channel_column(point)} if "channel_shares" in point else {})
        for point in plan.touchpoints
    ]
    answers = construct_answers(plan, loyalty, np.random.default_rng([seed, 4]))
    drawn = replace(
        drawn,
        ratings=drawn.ratings | ratings_beside(plan, drawn),
        constructs=drawn.constructs | answers,
    )
    told = class_answers(plan, np.random.default_rng([seed, 5]))
    frame = _frame(plan, drawn, loyalty).assign(**told)
    keys = declared["study"]
    if "coded" in declared:
        coded, planted = coded_by(plan, frame)
        keys, truth = keys | {"coded": coded}, pd.concat([truth, planted], ignore_index=True)
    study = Study.from_frame(frame, touchpoints, simulated=True, **keys)
    log = contact_log(plan, drawn, np.random.default_rng([seed, 2]))
    return replace(study, truth=truth, _log=None if log is None else Source(log))


def _columns(touchpoint: dict) -> dict[str, str]:
    """The column of each role asked of a touchpoint: `<id>_e`, `<id>_p` …"""
    name = touchpoint["touchpoint"]
    return {role: name + end for role, (key, end) in _ASKED.items() if key in touchpoint}


# ---- the planted outcome


def _loyalty(plan: Plan, draw: Draw, slope: Array) -> tuple[pd.DataFrame, Array]:
    """Truth and loyalty scores. The intercept puts the mean near the design's target, from the
    design alone, not from the draw.
    """
    offset, met = plan.column("used"), 1 - plan.column("never")
    weights = {name: slope * share for name, share in _TERMS[plan.form].items()}
    means, terms = _expected(plan), _terms(draw.ratings["expectation"], draw.ratings["experience"])
    expected, signal = (
        offset + sum(weight * values[name] for name, weight in weights.items())
        for values in (means, terms)
    )
    intercept = round(plan.design["target"] - float((met * expected).sum()), 1)
    loyalty = intercept + (draw.used * signal).sum(axis=1) + draw.rest
    cut = (loyalty < 0) | (loyalty > 100)
    if cut.mean() > CUT_ALLOWED and cut.sum() > 3:
        raise ModelError(
            "the planted slopes are too steep: {share} of the loyalty scores would be cut at 0 or"
            " 100; give smaller slopes or less noise",
            share=f"{cut.mean():.1%}",
        )
    planted = [*_planted(plan, weights, intercept), *planted_beside(plan, slope)]
    planted += [*planted_chain(plan), *planted_items(plan), *planted_classes(plan)]
    truth = pd.DataFrame(planted, columns=["quantity", "touchpoint", "coefficient"])
    truth["coefficient"] += 0.0  # no −0.0
    return truth, np.round(np.clip(loyalty, 0, 100), 2)


def _planted(
    plan: Plan, weights: dict[str, Array], intercept: float
) -> Iterator[tuple[str, str, float]]:
    """Quantity, touchpoint and number of all that is planted; a touchpoint has `used` only where
    some never met it.
    """
    design, points = plan.design, {point["touchpoint"]: point for point in plan.touchpoints}
    for term, numbers in weights.items():
        yield from ((term, *each) for each in zip(points, numbers, strict=True))
    for quantity, where in (("used", "never"), ("trend", "trend")):
        yield from ((quantity, t, point[quantity]) for t, point in points.items() if where in point)
    yield "intercept", "", intercept
    yield "noise_sd", "", plan.noise
    if "account" in design:
        yield "account_sd", "", design["account"]["loyalty"]
    if "formation" in design:
        yield from ((name, "", round(weight, 10)) for name, weight in plan.formation().items())
        yield from (("zone", t, point["zone"]) for t, point in points.items())
        for t, point in points.items():
            shares = zip(kano_classes(), point.get("kano", ()), strict=False)
            yield from ((f"kano_{kind}", t, share) for kind, share in shares)
        yield "respondent_sd", "", design["person"]
    if plan.form == "asymmetric":
        yield "loss_ratio", "", LOSS_RATIO


def _terms(expectation: Array, experience: Array) -> dict[str, Array]:
    """The terms of every form, both ratings centred at the scale's midpoint."""
    e, p = expectation - MIDPOINT, experience - MIDPOINT
    gap = p - e
    return {
        "experience": p,
        "expectation": e,
        "gap": gap,
        "gain": np.maximum(gap, 0),
        "loss": np.minimum(gap, 0),
        "expectation^2": e * e,
        "expectation:experience": e * p,
        "experience^2": p * p,
        "sum": e + p,
        "gap^2": gap * gap,
    }


def _expected(plan: Plan) -> dict[str, Array]:
    """Means of the terms under the design's normal latents, near enough to the rounded ratings' to
    place the intercept.
    """
    from scipy.stats import norm

    (mean_e, sd_e), (mean_p, sd_p) = plan.pair("e"), plan.pair("p")
    covariance = sd_e * sd_p * (HALO * SHARED_HALO + (1 - HALO) * SHARED_OWN)
    means, sd = _terms(mean_e, mean_p), np.sqrt(sd_e**2 + sd_p**2 - 2 * covariance)
    gap = means["gap"]
    means["gain"] = gap * norm.cdf(gap / sd) + sd * norm.pdf(gap / sd)
    means["loss"] = gap - means["gain"]
    means["expectation^2"] += sd_e**2
    means["expectation:experience"] += covariance
    means["experience^2"] += sd_p**2
    means["gap^2"] += sd**2
    return means


# ---- the answers as a survey tool would export them


def _frame(plan: Plan, draw: Draw, loyalty: Array) -> pd.DataFrame:
    design, study, rng, n = plan.design, plan.study, plan.rng, plan.n
    numbered = {
        study["respondent"]: f"R{{:0{max(4, len(str(n)))}d}}",
        **dict(plan.each("personal")),
    }
    columns = {name: [*map(text.format, draw.people + 1)] for name, text in numbered.items()}
    columns |= draw.groups
    if "weights" in design:
        # Mean 1, with a jitter: online customers answer more readily than those of the stores.
        weight = np.exp(design["weights"]["jitter"] * plan.normal(1)[:, 0])
        for name, by_level in design["weights"]["factors"].items():
            weight *= [by_level[level] for level in draw.groups[name]]
        columns[study["weight"]["column"]] = np.round(weight / weight.mean(), 4)

    def coded(answers: Array, missing: Array, scale: str, state: str) -> Array:
        """The answers with the scale's first code of the state where they are missing; as they are
        without a code.
        """
        codes = study["scales"].get(scale, {}).get(state)
        return np.where(missing, codes[0], answers) if codes else answers

    def skipped(answers: Array, scale: str) -> Array:
        return coded(answers, rng.random(n) < design.get("no_answer", 0), scale, "no_answer")

    for j, touchpoint in enumerate(plan.touchpoints):
        for role, column in _columns(touchpoint).items():
            answers = draw.ratings[role][:, j]
            if role not in (*KANO_ROLES, *BESIDE):
                answers = skipped(answers, "agree7")
            if role in ("experience", *BESIDE):
                answers = coded(answers, ~draw.used[:, j], "agree7", "not_used")
            columns[column] = answers
    for name, answers in draw.constructs.items():
        columns |= dict(zip(study["constructs"][name]["columns"], answers.T, strict=True))
    derived = _derived(plan, loyalty)
    # Of the others tells what comes after the survey.
    for outcome in filter(derived.__contains__, study["outcomes"]):
        declared = study["outcomes"][outcome]
        columns[declared["column"]] = skipped(derived[outcome], declared.get("scale"))
    for name, share in plan.each("comments"):
        comments = _comments(plan, draw, derived["recommend"], share)
        columns[study["comments"][name]["column"]] = comments
    frame = pd.DataFrame(columns | columns_beside(plan, draw) | followed_up(plan, loyalty))
    return several(plan, competitor_rows(plan, draw, frame))


def _derived(plan: Plan, loyalty: Array) -> dict[str, Array]:
    """The outcomes, which follow loyalty with noise of their own."""
    design = plan.design
    z = (loyalty - design["target"]) / design["spread"]

    def rated(key: str, share: float, noise: float, *ends: int) -> Array:
        mean, sd = design[key]
        return whole(mean + share * sd * z + noise * plan.normal(1)[:, 0], *ends)

    derived = {
        "loyalty": loyalty,
        "recommend": rated("recommend", 1, 0.6, 0, 10),
        "satisfaction": rated("satisfaction", 1, 0.6),
        "effort": rated("satisfaction", 0.8, 0.9),
    }
    chance = 1 / (1 + np.exp(-design["repurchase"] - 1.2 * z))
    derived["repurchase"] = (plan.rng.random(plan.n) < chance).astype(int)
    if "spend" in design:
        level, rise, sd = design["spend"]
        derived["spend"] = np.round(np.exp(level + rise * z + sd * plan.normal(1)[:, 0]), 2)
    return derived


def _comments(plan: Plan, draw: Draw, recommend: Array, share: float) -> list[str]:
    """Promoters praise the touchpoint they met and rated best, detractors complain of the worst,
    passives do either.
    """
    random, n = plan.rng.random, plan.n
    rated = np.where(draw.used, draw.ratings["experience"], np.nan) + 0.1 * random(draw.used.shape)
    writes = random(n) < share
    praises = random(n) < np.interp(recommend, [6, 9], [0, 1])
    about = np.where(praises, np.nanargmax(rated, axis=1), np.nanargmin(rated, axis=1))
    phrases = [
        plan.touchpoints[point]["praise" if praise else "complaint"] if wrote else [""]
        for point, praise, wrote in zip(about, praises, writes, strict=True)
    ]
    return picked(phrases, random(n))
