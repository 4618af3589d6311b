"""Regression of loyalty on the experience at each touchpoint.

Most customers never meet every touchpoint. Listwise deletion keeps the few who met all, and an
imputed rating of a touchpoint never met has no meaning. Usage coding (Cohen & Cohen 1983) keeps all
rows: an indicator of use, and the rating centred among users.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.controls import controls_of, dummies
from cxlab.models.design import (
    Design,
    chosen_outcome,
    chosen_touchpoints,
    counted,
    first_reason,
    ratings_of,
    refuse_parts,
    states_of,
)
from cxlab.models.estimable import MIN_CARRIERS, carriers
from cxlab.models.estimator import estimator
from cxlab.models.fit import Fit, least_squares
from cxlab.models.importance.drivers import drivers_of, refuse_few_units
from cxlab.models.loyalty.categorical import coded, fit_categorical
from cxlab.models.loyalty.firth import fit_firth
from cxlab.models.loyalty.imputation import completed_ratings, pooled
from cxlab.models.loyalty.mixed import fit_mixed
from cxlab.study.sample import Sample
from cxlab.study.study import Study

# The options of each family, and their defaults.
USES = {
    "ols": {"covariance"},
    "ordinal": {"link", "categories", "covariance"},
    "binary": {"link", "penalty", "covariance"},
    "mixed": {"group"},
}
USUAL = {"link": "logit", "categories": "answers", "penalty": None, "group": None}
# Above this share of rows that never used some touchpoint, listwise deletion changes the population
# studied.
USAGE_FROM = 0.05
# An indicator that differs from another (or from the intercept) in fewer rows than this has a
# leverage near one there: neither its error nor the other's can be estimated.
MIN_UNUSED = 5
# With more touchpoints than this the subsets of drivers are too many to weigh with their
# uncertainty.
MOST_TOUCHPOINTS = 15


@estimator("fit_loyalty")
def fit_loyalty(
    study: Study,
    outcome: str | None = None,
    *,
    touchpoints: str | Iterable[str] | None = None,
    family: str = "ols",
    missing: str | None = None,
    covariance: str | None = None,
    link: str = "logit",
    categories: str = "answers",
    penalty: str | None = None,
    group: str | None = None,
    controls: str | Iterable[str] = (),
    n_imputed: int = 20,
    seed: int = 0,
    stages: str = "never",
) -> Fit:
    """The outcome on the experience of each touchpoint, others held: an association, not a cause.

    Parameters
    ----------
    study : Study
    outcome : str, optional
        Id of the outcome; the report's, else the first, unless given.
    touchpoints : str or iterable of str, optional
        All that ask an experience unless given; then one that fewer than the study's min_cell met,
        that all rate alike (with stages="where_needed" all but three), or of whose terms one
        respondent (or account) alone decides, is left out and named in `fit.omitted`.
    family : {"ols", "ordinal", "binary", "mixed"}
        "ols": slopes in outcome units per scale point. "ordinal": P(Y ≤ j) = F(θ_j − x'b), the
        cumulative model (McCullagh 1980). "binary": a binary outcome, promoters of an NPS outcome,
        the top two answers of a CSAT outcome. "mixed": ols with a random intercept by `group`.
    missing : {"listwise", "usage", "mice"}, optional
        "listwise" uses complete rows; "usage" adds for each touchpoint that some never used an
        indicator (term `id:used`) and centres the rating at its mean among users, 0 for the others,
        so that the slope is the effect among users (Cohen & Cohen 1983); "mice" is usage coding
        with the answers that were refused imputed `n_imputed` times and pooled (Rubin 1987). Usage
        where any touchpoint is not used by more than 5 % of rows, else listwise, unless given.
    covariance : str, optional
        What errors rest on. Unless given: of ols CR2 where there are accounts or a panel, else HC2,
        both with Bell & McCaffrey's (2002) degrees of freedom (options: HC3, clustered, linearised
        as R's svyglm, classical); of ordinal and binary models clustered, else linearised with
        sampling weights, else the observed information. Mixed models have their own, and are
        refused with weights.
    link : {"logit", "probit"}
        Of an ordinal or binary model: log-odds, or standard deviations, per scale point.
    categories : {"answers", "nps"}
        Of an ordinal model: the answers, or detractor | passive | promoter.
    penalty : {"firth"}, optional
        Firth's (1993) likelihood, for a binary outcome that a touchpoint separates; intervals are
        profiled (Heinze & Schemper 2002).
    group : str, optional
        Of a mixed model: "account", "respondent" or a segment; the study's accounts, or the panel's
        respondents, unless given.
    controls : str or iterable of str
        Segments, constructs, "wave" or, where problems are declared, "problem", held constant as
        terms without a touchpoint.
    n_imputed : int
        Completed data sets of `missing="mice"`.
    seed : int
        Seed of their draws.
    stages : {"never", "always", "where_needed"}
        Whether stages of the journey (`study.by_stage()`) stand for the touchpoints: "where_needed"
        where the study has more than 15 touchpoints, or where `importance` would refuse to rank
        the single ones, and only where it has stages.

    Returns
    -------
    Fit
        Or `CategoricalFit` of ordinal and binary models, `MixedFit`, `PooledFit`. Rows left out are
        counted in `dropped`: those with no answer, and in usage coding the few who alone never met
        a touchpoint, or met one and not another that all others met with it (fewer than 5: their
        indicator would fit them and nothing else).

    Raises
    ------
    ModelError
        Unknown names or options, too few rows, accounts (fewer than 3 of equal size) or weights
        that differ (fewer than 8 rows of equal weight), constant or collinear touchpoints, one that
        all but three rate alike, an outcome that is constant or told exactly, separation, no
        convergence, an outcome that is not of the family's kind.

    Notes
    -----
    Checked against R's lm, survey::svyglm and svyolr, ordinal::clm, lme4 and closed forms.

    Examples
    --------
    >>> import cxlab as cx
    >>> fit = cx.fit_loyalty(cx.simulate_study(300, seed=1), touchpoints=["delivery", "support"])
    >>> fit.params.round(2).to_dict()
    {'intercept': 2.21, 'delivery': 0.7, 'support': 0.5}
    """
    options = {"link": link, "categories": categories, "penalty": penalty, "group": group}
    options |= {"covariance": covariance}
    _check_options(family, missing, options)
    if touchpoints is not None:
        touchpoints = chosen_touchpoints(study, touchpoints, "experience")
    settings = {"touchpoints": touchpoints, "family": family, "missing": missing, **options}
    controls = [controls] if isinstance(controls, str) else list(dict.fromkeys(controls))
    settings |= {"controls": controls, "n_imputed": n_imputed, "seed": seed}
    staged, reason, least = None, "", MIN_CARRIERS if stages == "where_needed" else 1
    if stages == "always":
        staged = study.by_stage()
    elif stages == "where_needed":
        if touchpoints is not None:
            raise ModelError(
                "stages='where_needed' chooses between all touchpoints and all stages; leave out"
                " touchpoints=, or stages="
            )
        reason = "many" if len(study.touchpoints) > MOST_TOUCHPOINTS else "few_answers"
        with suppress(ModelError):
            if reason == "few_answers":
                fit = _fitted(study, outcome, settings, least)
                # What `importance` refuses to rank for want of answers is fitted by stage.
                if family != "mixed" and penalty is None:
                    drivers_of(fit)
                    refuse_few_units(fit)
                return fit
        # Without stages the touchpoints stay, and whoever ranks them hears why not.
        with suppress(ModelError):
            staged = study.by_stage()
    elif stages != "never":
        raise ModelError("stages={stages}: give never, always or where_needed", stages=stages)
    if staged is None:
        return _fitted(study, outcome, settings, least)
    fit, single = _fitted(staged, outcome, settings, least), len(study.touchpoints)
    return replace(fit, by_stage=True, stage_reason=reason, single_touchpoints=single)


def _fitted(study: Study, outcome: str | None, settings: Mapping[str, Any], least: int = 1) -> Fit:
    """The fit; of touchpoints that nobody named without those of which one respondent alone
    decides.
    """
    omitted = ()
    while True:
        try:
            return _fitted_without(omitted, study, outcome, settings, least)
        except ModelError as error:
            lone = {*error.values.get("alone", ())} - {None, *omitted}
            if settings["touchpoints"] is not None or not lone:
                raise
            omitted = (*omitted, *lone)


def _fitted_without(
    omitted: tuple[str, ...],
    study: Study,
    outcome: str | None,
    settings: Mapping[str, Any],
    least: int,
) -> Fit:
    """The fit; of touchpoints that nobody named those that are not `omitted` and from which `least`
    ratings or more differ from the commonest.
    """
    family, missing, touchpoints = (settings[key] for key in ("family", "missing", "touchpoints"))
    outcome = chosen_outcome(study, outcome)
    names = chosen_touchpoints(study, touchpoints, "experience")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ModelError(
            "touchpoint {touchpoint} stands twice in touchpoints; name it once", touchpoint=twice[0]
        )
    refuse_parts(study, outcome, "outcome", [*names, *settings["controls"]])
    if touchpoints is None:
        # Where nobody rated a touchpoint, all alike, or fewer than may be shown, a slope would be
        # their own answers.
        ratings = ratings_of(study, names)[study.outcome(outcome).notna()]
        few = ratings.count() < study.codebook.report.min_cell
        alike = ratings.apply(carriers) < least
        omitted = tuple(ratings.columns[alike | few | ratings.columns.isin(omitted)])
        names = [t for t in names if t not in omitted] or names
    states = states_of(study, names)
    unused = states == "not_used"
    if missing is None:
        missing = "usage" if unused.mean().max() > USAGE_FROM else "listwise"
    ordered = family in ("ordinal", "binary")
    y, labels = study.outcome(outcome), {}
    if ordered:
        y, labels = coded(study, outcome, family, settings["categories"])
    rare = rarely_apart(unused[y.notna()]).reindex(states.index, fill_value=False)
    for name in rare.columns[rare.any()]:
        states[name] = states[name].astype(str).mask(rare[name], "rare")
    held = controls_of(study, settings["controls"], [*names, outcome])
    groups = _groups(study, settings["group"]) if family == "mixed" else None
    # The outcome first, then the touchpoint state that costs most.
    checks = {"outcome_not_answered": y.isna(), "control_not_answered": held.isna().any(axis=1)}
    lost = {
        "rating_not_asked": ["not_asked"],
        "rating_no_answer": [] if missing == "mice" else ["no_answer"],
        "rating_not_used": ["rare", "not_used"] if missing == "listwise" else ["rare"],
    }
    # Column by column: categories are compared by their codes.
    lost = {why: states.apply(pd.Series.isin, values=of).any(axis=1) for why, of in lost.items()}
    reason = first_reason(checks | lost)
    used = reason == ""
    if not used.any():
        raise ModelError(
            "outcome {outcome}: nobody answered everything that is compared; left out: {lost}",
            outcome=outcome,
            lost=counted(reason),
        )
    sample = Sample.of(study, y.index[used], groups)
    held = dummies(study, held[used])

    def fit_completed(ratings: pd.DataFrame, states: pd.DataFrame) -> Fit:
        """The model on these ratings of the rows used, none of which may be `no_answer`."""
        x, owner = _usage_coded(ratings, states, sample)
        design = Design.of(
            study,
            outcome,
            pd.concat([x, held], axis=1),
            y,
            reason,
            sample=sample,
            touchpoint=owner,
            missing=missing,
            observed=y if ordered else None,
            controls=tuple(held.columns),
        )
        covariance = settings["covariance"]
        if settings["penalty"] is not None:
            fit = fit_firth(design, labels)
        elif ordered:
            fit = fit_categorical(design, labels, family, settings["link"], covariance)
        elif family == "mixed":
            fit = fit_mixed(design)
        else:
            fit = least_squares(design, "loyalty: ols", covariance)
        return replace(fit, omitted=omitted, settings=settings)

    ratings, states = ratings_of(study, names)[used], states[used]
    if missing != "mice":
        return fit_completed(ratings, states)
    n_imputed, seed = settings["n_imputed"], settings["seed"]
    tables = completed_ratings(ratings, states, y[used], sample, n_imputed, seed, held)
    refused = states == "no_answer"
    fits = [fit_completed(table, states.mask(refused, "answered")) for table in tables]
    return pooled(fits, refused.sum())


def _check_options(family: str, missing: str | None, options: dict[str, str | None]) -> None:
    """Refuse unknown options, and options that have no effect in the family."""
    penalty = options["penalty"]
    if family not in USES:
        raise ModelError("family={family!r}: give ols, ordinal, binary or mixed", family=family)
    if missing not in (None, "listwise", "usage", "mice"):
        raise ModelError("missing={missing!r}: give listwise, usage or mice", missing=missing)
    if penalty not in (None, "firth"):
        raise ModelError("penalty={penalty!r}: give firth, or None", penalty=penalty)
    if penalty and missing == "mice":
        raise ModelError(
            "penalty='firth' with missing='mice': likelihood profiles of imputed data sets cannot"
            " be pooled; use missing='usage'"
        )
    uses = USES[family] & {"penalty"} if penalty else USES[family]
    for option, value in options.items():
        if value != USUAL.get(option) and option not in uses:
            raise ModelError(
                "{option}={value!r} has no meaning for this model (family {family}); leave it out",
                option=option,
                value=value,
                family=family,
            )


def _groups(study: Study, group: str | None) -> pd.Series:
    """The groups of a mixed model's intercepts."""
    groups = study.clusters if group is None else study.respondents
    if group not in (None, "respondent"):
        groups = study.group(group)
    if groups is None:
        raise ModelError(
            "family='mixed' needs groups: no two rows of this study share an account or a panel"
            " member; name a split by group="
        )
    return groups


def rarely_apart(unused: pd.DataFrame, least: int = MIN_UNUSED) -> pd.DataFrame:
    """Cells of the few rows (fewer than `least`) in which who did not meet a touchpoint differs
    from nobody, or from who did not (or did) meet an earlier one.
    """
    apart, known = pd.DataFrame(False, unused.index, unused.columns), [np.zeros(len(unused), bool)]
    for name, column in unused.items():
        mine = column.to_numpy()
        others = [*known, *(~one for one in known[1:])]
        few = next((mine ^ one for one in others if (mine ^ one).sum() < least), None)
        if few is None:
            known.append(mine)
        else:
            apart[name] = few
    return apart


def _usage_coded(
    ratings: pd.DataFrame, states: pd.DataFrame, sample: Sample
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Ratings, centred among users and 0 for others, with indicators of use, and the touchpoint of
    each term.
    """
    columns, owner, indicators = {}, {}, []
    for touchpoint in ratings:
        met, rating = (states[touchpoint] == "answered").to_numpy(), ratings[touchpoint].to_numpy()
        columns[touchpoint], owner[touchpoint] = rating, touchpoint
        if met.all():
            continue
        if not met.any():
            raise ModelError(
                "touchpoint {touchpoint}: none of the {n} respondents met it; leave it out",
                touchpoint=touchpoint,
                n=len(met),
            )
        mean = sample.at(met).average(rating[met])
        columns[touchpoint] = np.where(met, rating - mean, 0.0)
        # Touchpoints with the same users (all shop visitors), or with complementary users (shop or
        # web), share the first one's indicator.
        if not any((met == one).all() or (met != one).all() for one in indicators):
            indicators.append(met)
            used = f"{touchpoint}:used"
            columns[used], owner[used] = met.astype(float), touchpoint
    return pd.DataFrame(columns, index=ratings.index), owner
